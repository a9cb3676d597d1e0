// Reads what of a disk belongs to no partition, and tells what of it is not zero. Only reads.
import type { FileHandle } from 'node:fs/promises'
import type { UsedContent } from '../../imaging/capture-plan.ts'
import { type Extent, normalizeExtents, subtractExtents, totalBytes } from '../../imaging/extents.ts'
import { blocksOf, isKept, keptOutside, outsideRanges } from '../../imaging/outside.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import type { StepContext } from '../performer.ts'
import { recordsOn } from '../record/record-block.ts'
import type { DiskLook } from './look-at-disk.ts'
import { readAt } from './open-disk.ts'

/** Of number 0, as content that is taken as it is; none where all of it is zeros, or there is no table. */
export async function scanOutside(
  disk: FileHandle,
  { table, geometry, reading }: DiskLook,
  { signal, progress }: Pick<StepContext, 'signal' | 'progress'>,
): Promise<UsedContent[]> {
  // What a deploy left about this machine is no content: in an image it would speak of another one.
  const records = (await recordsOn(disk, geometry.sizeBytes)).map(({ place }) => place)
  const ranges = subtractExtents(outsideRanges(table, reading.places, geometry), normalizeExtents(records))
  const allBytes = totalBytes(ranges)
  const blocks: Extent[] = []
  let seenBytes = 0
  for (const block of blocksOf(ranges)) {
    signal.throwIfAborted()
    if (isKept(await readAt(disk, block.offset, block.length))) blocks.push(block)
    seenBytes += block.length
    progress({ minorState: 'looking between the partitions', percent: Math.floor((100 * seenBytes) / allBytes), transfer: {} })
  }
  const used = keptOutside(blocks, ranges)
  if (used.length === 0) return []
  const notes = [`not zero outside of partitions, and kept: ${used.map(words).join(', ')}`]
  return [{ number: 0, startBytes: 0, sizeBytes: geometry.sizeBytes, content: 'raw', used, notes }]
}

const words = ({ offset, length }: Extent): string => `${formatBytes(length)} at byte ${offset}`
