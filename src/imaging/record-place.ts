// Where the record of a deploy stands on a disk beside all partitions, and how: found by the size of the disk alone. Pure.
//
//   behind   131,072 bytes before the last whole 64 KiB of the disk end: in front of the copy of a GPT and of what md RAID keeps there
//   before   at 960 KiB, behind a GPT and what boots from the sectors after it, and in front of the first partition at 1 MiB
//
// A block of 32 KiB: sixteen letters that say what it is, the text, a line feed, zeros. docs/record.md
import { RECORD_MAX_CHARS } from '../contract/disk-record.ts'
import type { PartitionTable } from '../contract/image.ts'
import { type Extent, intersectExtents, normalizeExtents } from './extents.ts'

export const RECORD_BYTES = 32 * 1024
const MAGIC = 'PLATEN RECORD 1\n'
const KiB = 1024
const BEFORE_BYTES = 960 * KiB
/** On less there is no room beside a table. */
const LEAST_DISK_BYTES = 4 * KiB * KiB

/** The first that is free is taken. */
export function recordPlaces(sizeBytes: number): Extent[] {
  if (sizeBytes < LEAST_DISK_BYTES) return []
  const behind = Math.floor(sizeBytes / (64 * KiB)) * 64 * KiB - 128 * KiB
  return [behind, BEFORE_BYTES].map((offset) => ({ offset, length: RECORD_BYTES }))
}

export interface Occupied {
  readonly sizeBytes: number
  readonly table: PartitionTable
  /** What the table and the image have of the disk. */
  readonly kept: readonly Extent[]
}

/** undefined: partitions or the image have both. Without a table all of the disk is somebody's. */
export function freeRecordPlace({ sizeBytes, table, kept }: Occupied): Extent | undefined {
  if (table.kind === 'none') return undefined
  const partitions = table.partitions.map(({ startBytes, sizeBytes: length }) => ({ offset: startBytes, length }))
  const taken = normalizeExtents([...kept, ...partitions])
  return recordPlaces(sizeBytes).find((place) => intersectExtents([place], taken).length === 0)
}

/** undefined: it is too long for the block. */
export function encodeRecordBlock(text: string): Buffer | undefined {
  const bytes = Buffer.from(`${MAGIC}${text}\n`)
  if (text.length > RECORD_MAX_CHARS || bytes.length > RECORD_BYTES) return undefined
  return Buffer.concat([bytes, Buffer.alloc(RECORD_BYTES - bytes.length)])
}

/** undefined: no record stands here. The text is as it was found, whatever that is. */
export function decodeRecordBlock(block: Uint8Array): string | undefined {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined
  const end = bytes.indexOf('\n', MAGIC.length)
  return bytes.toString('utf8', MAGIC.length, end === -1 ? bytes.length : end)
}
