// The bytes of a disk that belong to no partition and no table: boot loaders, vendors' areas. What of them an image keeps. Pure.
import type { PartitionTable } from '../contract/image.ts'
import { isZero } from './disk-signature.ts'
import { type Extent, intersectExtents, normalizeExtents, subtractExtents } from './extents.ts'
import { type DiskGeometry, gptLastUsableEnd } from './gpt.ts'

/** A block with a byte that is not zero is kept as a whole: zeros inside of a boot loader are as much of it as its code. */
export const BLOCK_BYTES = 1024 * 1024
/** Two kept blocks nearer than this may be one thing: what lies between is kept with them. */
const NEAR_BYTES = 16 * BLOCK_BYTES

/** Ranges in order; none where there is no table. places: where the parts of the table stand. */
export function outsideRanges(table: PartitionTable, places: readonly Extent[], geometry: DiskGeometry): Extent[] {
  if (table.kind === 'none') return []
  const owned = table.partitions.flatMap((partition) =>
    'isContainer' in partition && partition.isContainer ? [] : [{ offset: partition.startBytes, length: partition.sizeBytes }],
  )
  const whole = [{ offset: 0, length: geometry.sizeBytes }]
  return subtractExtents(whole, normalizeExtents([...places, ...owned, ...placeOfBackup(table, geometry)]))
}

/** Also when no backup stands there now: a copy will have its own. */
function placeOfBackup(table: PartitionTable, geometry: DiskGeometry): Extent[] {
  if (table.kind !== 'gpt') return []
  const start = gptLastUsableEnd(geometry, table.entryCount)
  return [{ offset: start, length: geometry.sizeBytes - start }]
}

/** The blocks to look at, in order: each inside of one range, and on the grid of blocks. */
export function* blocksOf(ranges: readonly Extent[]): Generator<Extent> {
  for (const { offset, length } of ranges) {
    const end = offset + length
    for (let start = offset; start < end; ) {
      const stop = Math.min(end, (Math.floor(start / BLOCK_BYTES) + 1) * BLOCK_BYTES)
      yield { offset: start, length: stop - start }
      start = stop
    }
  }
}

export const isKept = (bytes: Uint8Array): boolean => !isZero(bytes)

/** What an image keeps: the blocks that are not zero, and what lies between near ones. Both lists in order. */
export function keptOutside(blocks: readonly Extent[], ranges: readonly Extent[]): Extent[] {
  const joined: Extent[] = []
  for (const block of blocks) {
    const last = joined.at(-1)
    if (last !== undefined && block.offset - (last.offset + last.length) <= NEAR_BYTES)
      joined[joined.length - 1] = { offset: last.offset, length: block.offset + block.length - last.offset }
    else joined.push(block)
  }
  return intersectExtents(joined, ranges)
}
