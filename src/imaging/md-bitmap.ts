// The write-intent bitmap of an md member: which parts of the array may differ between its members. Pure but for the read. (Linux: md-bitmap.h.)
import type { Extent } from './extents.ts'
import type { MdSuperblock } from './md-superblock.ts'

const MAGIC = 0x6d74_6962
const HEADER_BYTES = 256
const SECTOR = 512
const EVENTS_AT = 24
const SYNC_SECTORS_AT = 40
const CHUNK_AT = 52

export interface MdBitmap {
  /** Its first sector, with its own superblock. */
  readonly first: Extent
  /** The rest of it; empty for a small one. */
  readonly rest: Extent
}

/** undefined: it has none. */
export async function readMdBitmap(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  { bitmapOffsetBytes: offset }: Pick<MdSuperblock, 'bitmapOffsetBytes'>,
): Promise<MdBitmap | undefined> {
  if (offset === undefined || offset < 0) return undefined
  const header = Buffer.from(await read(offset, HEADER_BYTES))
  if (header.length < HEADER_BYTES || header.readUInt32LE(0) !== MAGIC) return undefined
  const chunkBytes = header.readUInt32LE(CHUNK_AT)
  const bits = Math.ceil((Number(header.readBigUInt64LE(SYNC_SECTORS_AT)) * SECTOR) / Math.max(SECTOR, chunkBytes))
  const end = Math.ceil((HEADER_BYTES + Math.ceil(bits / 8)) / SECTOR) * SECTOR
  return { first: { offset, length: SECTOR }, rest: { offset: offset + SECTOR, length: Math.max(0, end - SECTOR) } }
}

/** The same first sector, of an older event than any: whoever starts the array takes all of it as different. */
export function withoutEvents(first: Buffer): Buffer {
  const changed = Buffer.from(first)
  changed.writeBigUInt64LE(0n, EVENTS_AT)
  return changed
}
