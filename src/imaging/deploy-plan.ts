// What a deploy does to a disk: checked against the disk and written down before the first write. Pure.
import { AppError } from '../contract/errors.ts'
import type { DiskManifest, PartitionTable } from '../contract/image.ts'
import type { ChunkSpan } from './chunk-grid.ts'
import { type Extent, normalizeExtents, subtractExtents } from './extents.ts'
import { type DiskGeometry, encodeGpt, gptLastUsableEnd, type Placed } from './gpt.ts'
import { unpackDisk } from './manifest-codec.ts'
import { formatBytes } from './plan-text.ts'

/** A chunk as it must stand on the target. */
export interface TargetChunk extends ChunkSpan {
  readonly digest: string
}

export interface DeployPlan {
  readonly geometry: DiskGeometry
  readonly chunkBytes: number
  readonly extents: readonly Extent[]
  readonly chunks: readonly TargetChunk[]
  /** The partition table for this disk, in disk order. Written apart from the chunks. */
  readonly tableWrites: readonly Placed[]
  /** For the job's log, one step a line. */
  readonly lines: readonly string[]
}

/** Throws IMAGE_SECTOR_SIZE_MISMATCH or IMAGE_DOES_NOT_FIT. */
export function planDeploy(disk: DiskManifest, target: DiskGeometry): DeployPlan {
  if (disk.sectorBytes !== target.sectorBytes) {
    throw new AppError(
      'IMAGE_SECTOR_SIZE_MISMATCH',
      `the image was made on sectors of ${disk.sectorBytes} bytes, this disk has sectors of ${target.sectorBytes}`,
      'Deploy to a disk with the same logical sector size, or capture an image from such a disk; tables and filesystems do not survive the change.',
    )
  }
  const { extents, spans, digests } = unpackDisk(disk)
  refuseIfTooSmall(disk, extents, target)

  const tableWrites = encodeTable(disk.table, target)
  refuseOverlap(extents, tableWrites)
  const chunks = spans.map((span, position) => ({ ...span, digest: digests[position]! }))
  return {
    geometry: target,
    chunkBytes: disk.chunkBytes,
    extents,
    chunks,
    tableWrites,
    lines: describe(disk, target, chunks.length),
  }
}

function refuseIfTooSmall(disk: DiskManifest, extents: readonly Extent[], target: DiskGeometry): void {
  const lastExtent = extents.at(-1)
  const contentEnd = lastExtent === undefined ? 0 : lastExtent.offset + lastExtent.length
  const partitions = disk.table.kind === 'none' ? [] : disk.table.partitions
  const partitionEnd = Math.max(0, ...partitions.map((partition) => partition.startBytes + partition.sizeBytes))
  const neededEnd = Math.max(contentEnd, partitionEnd)
  const usableEnd = disk.table.kind === 'gpt' ? gptLastUsableEnd(target, disk.table.entryCount) : target.sizeBytes
  if (neededEnd <= usableEnd) return
  throw new AppError(
    'IMAGE_DOES_NOT_FIT',
    `the image's partitions end at byte ${neededEnd} (${formatBytes(neededEnd)}), this disk has room up to byte ${usableEnd} (${formatBytes(usableEnd)})`,
    'Choose a disk at least as large as the one that was captured, or build the image with smaller partitions.',
  )
}

function encodeTable(table: PartitionTable, target: DiskGeometry): Placed[] {
  switch (table.kind) {
    case 'gpt':
      return encodeGpt(table, target)
    case 'mbr':
      return table.records.map(({ startBytes, bytes }) => ({ offset: startBytes, bytes: Buffer.from(bytes, 'base64') }))
    case 'none':
      return []
  }
}

/** A manifest whose used blocks lie under the table would destroy one of them. */
function refuseOverlap(extents: readonly Extent[], tableWrites: readonly Placed[]): void {
  const table = normalizeExtents(tableWrites.map(({ offset, bytes }) => ({ offset, length: bytes.length })))
  const kept = subtractExtents(extents, table)
  if (kept.length === extents.length && kept.every((extent, index) => extent.length === extents[index]!.length)) return
  throw new AppError(
    'IMAGE_MANIFEST_INVALID',
    'used blocks of the image lie where the partition table belongs',
    'Capture the image again; this version cannot be deployed.',
  )
}

function describe(disk: DiskManifest, target: DiskGeometry, chunkCount: number): string[] {
  const lines = [
    `target: ${formatBytes(target.sizeBytes)}, sectors of ${target.sectorBytes} bytes; image of a disk of ${formatBytes(disk.sizeBytes)}`,
  ]
  switch (disk.table.kind) {
    case 'gpt':
      lines.push(`table: gpt ${disk.table.id}, backup at the end of the disk`)
      for (const partition of disk.table.partitions) {
        lines.push(
          `partition ${partition.number}: "${partition.name}" at ${formatBytes(partition.startBytes)}, ${formatBytes(partition.sizeBytes)}, ${contentOf(disk, partition.number)}`,
        )
      }
      break
    case 'mbr':
      lines.push(`table: mbr ${disk.table.id}`)
      for (const partition of disk.table.partitions) {
        lines.push(
          `partition ${partition.number}: at ${formatBytes(partition.startBytes)}, ${formatBytes(partition.sizeBytes)}, ${contentOf(disk, partition.number)}`,
        )
      }
      break
    case 'none':
      lines.push(`table: none, ${contentOf(disk, 0)}`)
      break
  }
  lines.push(`content: ${formatBytes(disk.usedBytes)} in ${chunkCount} chunks; those that the disk holds already are not fetched`)
  return lines
}

function contentOf(disk: DiskManifest, number: number): string {
  const content = disk.contents.find((candidate) => candidate.number === number)
  return content === undefined ? 'not copied' : `${content.content}, ${formatBytes(content.usedBytes)} in use`
}
