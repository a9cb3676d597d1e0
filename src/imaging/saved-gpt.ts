// Both copies of a GPT out of the first one, as it was saved: bytes stay what they were, the second is made of them (UEFI 2.10 §5.3.2). Pure.
import { crc32 } from 'node:zlib'
import { AppError } from '../contract/errors.ts'
import type { Placed } from './gpt.ts'

export interface SavedGpt {
  /** Sector 0. */
  readonly mbr: Buffer
  /** The header, at least its 92 bytes. */
  readonly header: Buffer
  /** The entries; what is cut off of them is zeros. */
  readonly entries: Buffer
}

export interface GptCopies {
  /** Of the disk that the table was made for. */
  readonly sizeBytes: number
  readonly writes: readonly Placed[]
  readonly partitions: readonly PartitionPlace[]
}

export interface PartitionPlace {
  readonly number: number
  readonly startBytes: number
  readonly sizeBytes: number
}

/** Throws IMAGE_TABLE_INVALID. */
export function gptCopies({ mbr, header, entries }: SavedGpt, sectorBytes: number): GptCopies {
  const headerBytes = header.length < 92 ? 0 : header.readUInt32LE(12)
  if (header.toString('latin1', 0, 8) !== 'EFI PART' || headerBytes < 92 || headerBytes > header.length)
    throw invalid('it does not begin like one')
  const other = Number(header.readBigUInt64LE(32))
  const entriesBytes = header.readUInt32LE(80) * header.readUInt32LE(84)
  if (entriesBytes > 1024 * 1024) throw invalid(`its entries have ${entriesBytes} bytes`)
  const whole = Buffer.alloc(entriesBytes)
  whole.set(entries.subarray(0, entriesBytes))
  if (crc32(whole) !== header.readUInt32LE(88)) throw invalid('the checksum of its entries is wrong')

  const entriesLba = Number(header.readBigUInt64LE(72))
  const backupEntriesLba = other - Math.ceil(entriesBytes / sectorBytes)
  const sizeBytes = (other + 1) * sectorBytes
  if (!Number.isSafeInteger(sizeBytes) || backupEntriesLba <= entriesLba) throw invalid(`its second copy is at sector ${other}`)
  const first = Buffer.from(header.subarray(0, headerBytes))
  const second = Buffer.from(first)
  second.writeBigUInt64LE(BigInt(other), 24)
  second.writeBigUInt64LE(1n, 32)
  second.writeBigUInt64LE(BigInt(backupEntriesLba), 72)
  second.writeUInt32LE(0, 16)
  second.writeUInt32LE(crc32(second), 16)
  return {
    sizeBytes,
    partitions: placesOf(whole, header.readUInt32LE(84), sectorBytes),
    writes: [
      { offset: 0, bytes: mbr.subarray(0, 512) },
      { offset: sectorBytes, bytes: first },
      { offset: entriesLba * sectorBytes, bytes: whole },
      { offset: backupEntriesLba * sectorBytes, bytes: whole },
      { offset: other * sectorBytes, bytes: second },
    ],
  }
}

function placesOf(entries: Buffer, entryBytes: number, sectorBytes: number): PartitionPlace[] {
  const places: PartitionPlace[] = []
  if (entryBytes < 128) throw invalid(`its entries have ${entryBytes} bytes each`)
  for (let at = 0; at + entryBytes <= entries.length; at += entryBytes) {
    if (entries.subarray(at, at + 16).every((byte) => byte === 0)) continue
    const first = Number(entries.readBigUInt64LE(at + 32))
    const last = Number(entries.readBigUInt64LE(at + 40))
    const number = at / entryBytes + 1
    if (last < first || !Number.isSafeInteger(last * sectorBytes)) throw invalid(`partition ${number} ends before it begins`)
    places.push({ number, startBytes: first * sectorBytes, sizeBytes: (last - first + 1) * sectorBytes })
  }
  return places
}

/** The first sectors of a disk, as `dd` copies them. */
export function savedGptOf(head: Buffer, sectorBytes: number): SavedGpt {
  const header = head.subarray(sectorBytes, 2 * sectorBytes)
  if (header.length < 92) throw invalid('it ends inside of its header')
  const entriesAt = Number(header.readBigUInt64LE(72)) * sectorBytes
  return { mbr: head.subarray(0, 512), header, entries: head.subarray(Math.min(entriesAt, head.length)) }
}

const BACKUP_BLOCK_BYTES = 512

/** What `sgdisk --backup` writes: sector 0, both headers in 512 bytes each, the entries. */
export function savedGptOfBackup(file: Buffer): SavedGpt {
  const block = (index: number) => file.subarray(index * BACKUP_BLOCK_BYTES, (index + 1) * BACKUP_BLOCK_BYTES)
  return { mbr: block(0), header: block(1), entries: file.subarray(3 * BACKUP_BLOCK_BYTES) }
}

export function isGptBackup(file: Buffer): boolean {
  const hasHeader = (index: number) => file.toString('latin1', index * 512, index * 512 + 8) === 'EFI PART'
  return hasHeader(1) && hasHeader(2)
}

function invalid(reason: string): AppError {
  return new AppError(
    'IMAGE_TABLE_INVALID',
    `the saved GUID partition table cannot be trusted: ${reason}`,
    'Restore the image with its own program onto a disk, and capture that.',
  )
}
