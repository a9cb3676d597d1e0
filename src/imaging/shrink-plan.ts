// What an image needs on a disk that is smaller than its own: nothing, a smaller last filesystem, or another disk. Pure.
import { AppError } from '../contract/errors.ts'
import type { DiskManifest } from '../contract/image.ts'
import type { TargetChunk } from './chunk-grid.ts'
import { type Extent, intersectExtents, subtractExtents, totalBytes } from './extents.ts'
import { fixedEnd } from './fixed-ends.ts'
import type { DiskGeometry } from './gpt.ts'
import { partitionRanges } from './grow-plan.ts'
import { formatBytes } from './plan-text.ts'
import { ALIGNMENT_BYTES, resizePartition, usableEnd } from './resize-table.ts'

/** Of the filesystems here only ext and NTFS can be made smaller without being mounted; Windows does not like it done to its own. */
export interface Shrink {
  /** 0: the disk itself, which has no table. */
  readonly number: number
  readonly content: 'ext'
  readonly startBytes: number
  readonly fromBytes: number
  readonly toBytes: number
  readonly usedBytes: number
}

/** undefined: it fits as it is. Throws IMAGE_DOES_NOT_FIT with the figures. */
export function decideShrink(
  disk: DiskManifest,
  extents: readonly Extent[],
  target: DiskGeometry,
  keepSizes: boolean,
): Shrink | undefined {
  const end = usableEnd(disk.table, target)
  const needed = Math.max(neededEnd(disk, extents), ownEnd(disk))
  if (needed <= end) return undefined
  const ranges = partitionRanges(disk.table, disk.sizeBytes).sort((a, b) => a.startBytes - b.startBytes)
  const last = ranges.at(-1)
  const content = disk.contents.find(({ number }) => number === last?.number)?.content
  if (last === undefined || keepSizes)
    throw doesNotFit(needed, end, keepSizes ? 'the job says that partitions keep their size' : '')
  const name = last.number === 0 ? 'the filesystem' : `partition ${last.number}`
  if (content !== 'ext')
    throw doesNotFit(needed, end, `${name}, the last, holds ${content ?? 'nothing known'}: only ext can be made smaller`)
  const fixed = fixedEnd(disk, extents, ranges, last)
  if (fixed !== undefined) throw doesNotFit(needed, end, `${name} cannot be made smaller, ${fixed}`)

  const toBytes = Math.floor(end / ALIGNMENT_BYTES) * ALIGNMENT_BYTES - last.startBytes
  const usedBytes = totalBytes(intersectExtents(extents, [{ offset: last.startBytes, length: last.sizeBytes }]))
  if (toBytes <= usedBytes) {
    throw doesNotFit(needed, end, `${name} has ${usedBytes} bytes in use, and room for ${Math.max(0, toBytes)} here`)
  }
  const cut = resizePartition(disk.table, last.number, toBytes, target.sectorBytes)
  const others = neededEnd(
    { ...disk, table: cut },
    subtractExtents(extents, [{ offset: last.startBytes, length: last.sizeBytes }]),
  )
  if (others > end) throw doesNotFit(needed, end, `something else of the image ends behind that`)
  return { number: last.number, content, startBytes: last.startBytes, fromBytes: last.sizeBytes, toBytes, usedBytes }
}

export interface SplitChunks {
  /** What is written as it is; of a chunk that reaches into the partition only the part in front of it. */
  readonly outside: readonly TargetChunk[]
  readonly inside: readonly TargetChunk[]
}

export function splitChunks(chunks: readonly TargetChunk[], { startBytes, fromBytes }: Shrink): SplitChunks {
  const outside: TargetChunk[] = []
  const inside: TargetChunk[] = []
  for (const chunk of chunks) {
    const partition = clipped(startBytes - chunk.offset, fromBytes)
    const left = partition === undefined ? chunk.used : subtractExtents(chunk.used, [partition])
    const right = partition === undefined ? [] : intersectExtents(chunk.used, [partition])
    if (right.length === 0) outside.push(chunk)
    else {
      inside.push({ ...chunk, used: right })
      if (left.length > 0) outside.push({ ...chunk, used: left, isPart: true })
    }
  }
  return { outside, inside }
}

/** The partition, counted from the beginning of a chunk; undefined: it lies in front of it. */
function clipped(offset: number, length: number): Extent | undefined {
  const start = Math.max(0, offset)
  const end = offset + length
  return end <= start ? undefined : { offset: start, length: end - start }
}

/** Without a table the filesystem itself says how much of the disk it needs: it cannot be mounted on less, however little it uses. */
function ownEnd({ table, contents, sizeBytes }: DiskManifest): number {
  if (table.kind !== 'none') return 0
  return contents.find(({ number }) => number === 0)?.filesystemBytes ?? sizeBytes
}

function neededEnd(disk: DiskManifest, extents: readonly Extent[]): number {
  const lastExtent = extents.at(-1)
  const contentEnd = lastExtent === undefined ? 0 : lastExtent.offset + lastExtent.length
  const partitions = disk.table.kind === 'none' ? [] : disk.table.partitions
  return Math.max(contentEnd, ...partitions.map((partition) => partition.startBytes + partition.sizeBytes))
}

function doesNotFit(needed: number, end: number, why: string): AppError {
  return new AppError(
    'IMAGE_DOES_NOT_FIT',
    `the image's partitions end at byte ${needed} (${formatBytes(needed)}), this disk has room up to byte ${end} (${formatBytes(end)})${why === '' ? '' : `; ${why}`}`,
    'Choose a disk at least as large as the one that was captured, or build the image with smaller partitions.',
  )
}
