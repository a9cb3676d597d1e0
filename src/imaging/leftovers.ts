// Where signatures of an earlier use may stand on a target: there it becomes zero wherever the image has nothing. Pure.
import type { PartitionTable } from '../contract/image.ts'
import { alignExtents, type Extent, intersectExtents, normalizeExtents, subtractExtents } from './extents.ts'
import type { DiskGeometry } from './gpt.ts'

const MiB = 1024 * 1024
/** The last copy of a LUKS 2 header stands at 4 MiB; VMFS begins at 1 and 2 MiB, ZFS has two labels in the first 512 KiB. */
const HEAD_BYTES = 5 * MiB
/** Promise's controllers go farthest from the end, 3087 sectors; ZFS has two labels there, LDM its database in the last MiB. */
const TAIL_BYTES = 2 * MiB
/** Copies of the superblock of Btrfs, by which its tools bring a dead one back (Btrfs on-disk format). */
const BTRFS_COPIES = [64 * MiB, 256 * 1024 * MiB]
const BTRFS_SUPER_BYTES = 4096

export interface Target {
  readonly geometry: DiskGeometry
  /** As it comes to stand there. */
  readonly table: PartitionTable
  /** What the image or its table has, in order. */
  readonly kept: readonly Extent[]
}

/** old: every partition that any table of the target has now, and every place at which a tool found a signature. In order, of whole sectors. */
export function leftoverRanges({ geometry, table, kept }: Target, old: readonly Extent[]): Extent[] {
  const { sizeBytes, sectorBytes } = geometry
  const disk = { offset: 0, length: sizeBytes }
  const now =
    table.kind === 'none' ? [] : table.partitions.map(({ startBytes, sizeBytes: length }) => ({ offset: startBytes, length }))
  const zones = [disk, ...now, ...old].flatMap(zonesOf)
  const inside = intersectExtents(alignExtents(normalizeExtents(zones), sectorBytes), [disk])
  return subtractExtents(inside, kept)
}

function zonesOf({ offset, length }: Extent): Extent[] {
  const head = { offset, length: Math.min(HEAD_BYTES, length) }
  const tailBytes = Math.min(TAIL_BYTES, length)
  const tail = { offset: offset + length - tailBytes, length: tailBytes }
  const copies = BTRFS_COPIES.filter((at) => at + BTRFS_SUPER_BYTES <= length)
  return [head, tail, ...copies.map((at) => ({ offset: offset + at, length: BTRFS_SUPER_BYTES }))]
}
