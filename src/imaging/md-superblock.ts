// The superblock of a member of an md RAID, versions 0.90 and 1.x. Pure: bytes in, values out. (Linux: md_p.h, md.c super_90_load, super_1_load.)
import { decodeMd0, md0Place } from './md-superblock-0.ts'
import { decodeMd1, md1Places } from './md-superblock-1.ts'

export type MdMetadata = '0.90' | '1.0' | '1.1' | '1.2'

export interface MdSuperblock {
  readonly metadata: MdMetadata
  /** Of the array: 32 hex digits. */
  readonly arrayId: string
  /** Of this member; 0.90 has none. */
  readonly deviceId: string | undefined
  /** "host:name"; empty: none. */
  readonly name: string
  /** Whatever number stands there. */
  readonly level: number
  readonly layout: number
  readonly chunkBytes: number
  readonly memberCount: number
  /** What every member gives to the array; 0 where each gives what it has. */
  readonly usedBytes: number
  /** Where the array's bytes begin on this member, and how many there may be. */
  readonly dataOffsetBytes: number
  readonly dataBytes: number
  readonly events: bigint
  /** Its place in the array. */
  readonly role: number | 'spare' | 'faulty' | 'journal'
  /** How many places of the array have a member that is in use, by what this one knows. */
  readonly activeCount: number
  /** What of the array is not yet the same on all members, or not yet where it will be. undefined: nothing. */
  readonly unsettled: string | undefined
  /** What it has that is not read here, by name. */
  readonly unsupported: string | undefined
  /** The superblock itself, from the beginning of the member. */
  readonly place: { readonly offset: number; readonly length: number }
  /** Where its write-intent bitmap begins; undefined: it has none. */
  readonly bitmapOffsetBytes: number | undefined
}

/** Sectors of 512 bytes, whatever the disk's own are. */
export const MD_SECTOR = 512
export const MD_MAGIC = 0xa92b4efc
export const MD_SUPERBLOCK_BYTES = 4096

type ReadAt = (offset: number, length: number) => Promise<Uint8Array>

/** Every superblock of a device of this size that is whole by its own checksum: more than one of them is one too many. */
export async function readMdSuperblocks(read: ReadAt, sizeBytes: number): Promise<readonly MdSuperblock[]> {
  const found: MdSuperblock[] = []
  for (const place of [...md1Places(sizeBytes), md0Place(sizeBytes)]) {
    if (place.offset < 0 || place.offset + MD_SUPERBLOCK_BYTES > sizeBytes) continue
    const bytes = Buffer.from(await read(place.offset, MD_SUPERBLOCK_BYTES))
    const superblock =
      place.metadata === '0.90' ? decodeMd0(bytes, place.offset) : decodeMd1(bytes, { ...place, deviceBytes: sizeBytes })
    if (superblock !== undefined) found.push(superblock)
  }
  return found
}
