// Which partition fills what a larger disk has more, and by how much. Pure.
import type { ContentKind, DiskManifest, PartitionTable } from '../contract/image.ts'
import { type Extent, intersectExtents } from './extents.ts'
import { fixedEnd } from './fixed-ends.ts'
import type { DiskGeometry } from './gpt.ts'
import { formatBytes } from './plan-text.ts'
import { ALIGNMENT_BYTES, usableEnd } from './resize-table.ts'

const GROWABLE = ['ext', 'xfs', 'btrfs', 'ntfs'] as const satisfies readonly ContentKind[]
export type GrowableContent = (typeof GROWABLE)[number]

/** Windows' rescue system: NTFS, but nobody's data. */
const RECOVERY_TYPES = ['de94bba4-06d1-4d40-a16a-bfd50179d6ac', '0x27']

export interface Growth {
  /** 0: the disk itself, which has no table. */
  readonly number: number
  readonly content: GrowableContent
  readonly fromBytes: number
  readonly toBytes: number
}

export type GrowDecision =
  | { readonly kind: 'grows'; readonly growth: Growth }
  /** Why all keep their size; undefined: there is no room that anybody would miss. */
  | { readonly kind: 'keeps'; readonly reason: string | undefined }

interface Range {
  readonly number: number
  readonly startBytes: number
  readonly sizeBytes: number
  readonly typeId: string
}

/** extents: all that the image has, in order. What lies behind the last partition belongs to it, so nothing grows over that. */
export function decideGrowth(disk: DiskManifest, target: DiskGeometry, extents: readonly Extent[] = []): GrowDecision {
  const ranges = partitionRanges(disk.table, disk.sizeBytes).sort((a, b) => a.startBytes - b.startBytes)
  const last = ranges.at(-1)
  if (target.sizeBytes <= disk.sizeBytes || last === undefined) return { kind: 'keeps', reason: undefined }
  const end = usableEnd(disk.table, target)
  const alignedEnd = disk.table.kind === 'none' ? end : Math.floor(end / ALIGNMENT_BYTES) * ALIGNMENT_BYTES
  const toBytes = alignedEnd - last.startBytes
  if (toBytes <= last.sizeBytes) return { kind: 'keeps', reason: undefined }
  const room = formatBytes(toBytes - last.sizeBytes)

  const wanted = disk.grow === undefined ? ranges.findLast((range) => isGrowable(disk, range)) : rangeOf(ranges, disk.grow)
  if (wanted === undefined) return { kind: 'keeps', reason: `no partition holds a filesystem that can grow: ${room} stay free` }
  const content = contentOf(disk, wanted.number)
  if (!isOneOf(content)) {
    return {
      kind: 'keeps',
      reason: `partition ${wanted.number} cannot grow, it holds ${content ?? 'nothing known'}: ${room} stay free`,
    }
  }
  if (wanted !== last) {
    return {
      kind: 'keeps',
      reason: `partition ${wanted.number} cannot grow, partition ${last.number} follows it: ${room} stay free`,
    }
  }
  const fixed = fixedEnd(disk, extents, ranges, last)
  if (fixed !== undefined) return { kind: 'keeps', reason: `partition ${wanted.number} cannot grow, ${fixed}: ${room} stay free` }
  const lastEnd = last.startBytes + last.sizeBytes
  const behind = intersectExtents(extents, [{ offset: lastEnd, length: Number.MAX_SAFE_INTEGER - lastEnd }])[0]
  if (behind !== undefined) {
    return {
      kind: 'keeps',
      reason: `partition ${wanted.number} cannot grow, what stands behind it at byte ${behind.offset} belongs to the image: ${room} stay free`,
    }
  }
  return { kind: 'grows', growth: { number: wanted.number, content, fromBytes: wanted.sizeBytes, toBytes } }
}

/** What can hold a filesystem, in the order of the table; without a table the disk itself, as number 0. */
export function partitionRanges(table: PartitionTable, sizeBytes: number): Range[] {
  switch (table.kind) {
    case 'none':
      return [{ number: 0, startBytes: 0, sizeBytes, typeId: '' }]
    case 'gpt':
      return [...table.partitions]
    case 'mbr':
      return table.partitions
        .filter(({ isContainer }) => !isContainer)
        .map((partition) => ({ ...partition, typeId: `0x${partition.typeId.toString(16)}` }))
  }
}

function isGrowable(disk: DiskManifest, { number, typeId }: Range): boolean {
  return isOneOf(contentOf(disk, number)) && !RECOVERY_TYPES.includes(typeId)
}

const rangeOf = (ranges: readonly Range[], number: number): Range | undefined => ranges.find((range) => range.number === number)

/** The gap behind an MBR is number 0 as well; only without a table is that number the content of the disk. */
const contentOf = ({ contents }: DiskManifest, number: number): ContentKind | undefined =>
  contents.find((candidate) => candidate.number === number)?.content

const isOneOf = (content: ContentKind | undefined): content is GrowableContent =>
  content !== undefined && (GROWABLE as readonly ContentKind[]).includes(content)
