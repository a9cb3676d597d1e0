// GUID partition table: both copies, read and written (UEFI 2.10 §5.3). Pure: bytes in, values out.
import { crc32 } from 'node:zlib'
import { AppError } from '../contract/errors.ts'
import type { GptPartition, GptTable } from '../contract/image.ts'
import { decodeGuid, encodeGuid, NIL_GUID } from './guid.ts'

const SIGNATURE = 'EFI PART'
const HEADER_BYTES = 92
export const ENTRY_BYTES = 128
const REVISION_1_0 = 0x0001_0000
const MOST_ENTRIES = 4096
const PROTECTIVE_TYPE = 0xee
const MBR_ENTRIES_AT = 446
const MBR_ENTRY_BYTES = 16
export const BOOT_CODE_BYTES = 440

export interface DiskGeometry {
  readonly sizeBytes: number
  readonly sectorBytes: number
}

/** Bytes that belong at an offset of the disk. */
export interface Placed {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** How much of the disk's beginning decodeGpt must see. */
export const gptHeadBytes = (sectorBytes: number): number => 2 * sectorBytes + 128 * ENTRY_BYTES

/** Where partitions must end on a disk of this geometry: the backup copy stands behind. */
export function gptLastUsableEnd({ sizeBytes, sectorBytes }: DiskGeometry, entryCount: number): number {
  const sectors = Math.floor(sizeBytes / sectorBytes)
  return (sectors - 1 - entrySectors(entryCount, sectorBytes)) * sectorBytes
}

/**
 * undefined: no GPT here. Throws IMAGE_TABLE_INVALID when there is one that is damaged.
 * head begins at sector 0 and holds at least header and entries.
 */
export function decodeGpt(head: Uint8Array, sectorBytes: number): GptTable | undefined {
  const disk = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (disk.length < sectorBytes + HEADER_BYTES) return undefined
  const header = disk.subarray(sectorBytes, 2 * sectorBytes)
  if (header.toString('latin1', 0, 8) !== SIGNATURE) return undefined

  const fields = decodeGptHeader(header, sectorBytes)
  const { entriesStartBytes, entriesBytes } = fields
  return decodeGptEntries(fields, disk.subarray(entriesStartBytes, entriesStartBytes + entriesBytes), disk, sectorBytes)
}

/** One header, of either copy. */
export interface GptHeader {
  readonly id: string
  /** Where it says that it stands, and the other one. */
  readonly ownBytes: number
  readonly otherBytes: number
  readonly firstUsableBytes: number
  /** Behind the last sector that a partition may have. */
  readonly usableEndBytes: number
  readonly entryCount: number
  readonly entriesStartBytes: number
  readonly entriesBytes: number
  readonly entriesCrc: number
}

/** header: its sector, which begins with the signature. Throws IMAGE_TABLE_INVALID. */
export function decodeGptHeader(header: Buffer, sectorBytes: number): GptHeader {
  checkHeader(header)
  const entryCount = header.readUInt32LE(80)
  const entryBytes = header.readUInt32LE(84)
  const entriesStartBytes = toBytes(header.readBigUInt64LE(72), sectorBytes)
  // The kernel takes no other size either (block/partitions/efi.c).
  if (entryBytes !== ENTRY_BYTES || entryCount === 0 || entryCount > MOST_ENTRIES)
    throw invalid(`it announces ${entryCount} entries of ${entryBytes} bytes at byte ${entriesStartBytes}`)
  return {
    id: decodeGuid(header.subarray(56, 72)),
    ownBytes: toBytes(header.readBigUInt64LE(24), sectorBytes),
    otherBytes: toBytes(header.readBigUInt64LE(32), sectorBytes),
    firstUsableBytes: toBytes(header.readBigUInt64LE(40), sectorBytes),
    usableEndBytes: toBytes(header.readBigUInt64LE(48) + 1n, sectorBytes),
    entryCount,
    entriesStartBytes,
    entriesBytes: entryCount * ENTRY_BYTES,
    entriesCrc: header.readUInt32LE(88),
  }
}

/** The table that a header and its entries make; boot code out of sector 0. Throws IMAGE_TABLE_INVALID. */
export function decodeGptEntries(header: GptHeader, entries: Buffer, sector0: Buffer, sectorBytes: number): GptTable {
  const { id, entryCount, entriesStartBytes, entriesBytes, firstUsableBytes } = header
  if (entries.length < entriesBytes) throw invalid(`its entries at byte ${entriesStartBytes} are cut off`)
  if (crc32(entries) !== header.entriesCrc) throw invalid('the checksum of its entries is wrong')
  const partitions: GptPartition[] = []
  for (let index = 0; index < entryCount; index++) {
    const partition = decodeEntry(entries.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES), index + 1, sectorBytes)
    if (partition !== undefined) partitions.push(partition)
  }
  const bootCode = sector0.subarray(0, BOOT_CODE_BYTES).toString('base64')
  const isElsewhere = entriesStartBytes !== 2 * sectorBytes
  return { kind: 'gpt', id, entryCount, firstUsableBytes, partitions, bootCode, ...(isElsewhere ? { entriesStartBytes } : {}) }
}

/** Both copies for a disk of this geometry, the protective MBR with its boot code included. */
export function encodeGpt(table: GptTable, geometry: DiskGeometry): Placed[] {
  const { sectorBytes } = geometry
  const sectors = Math.floor(geometry.sizeBytes / sectorBytes)
  const entries = encodeEntries(table, sectorBytes)
  const backupEntriesLba = sectors - 1 - entrySectors(table.entryCount, sectorBytes)
  const header = (copy: { selfLba: number; otherLba: number; entriesLba: number }) =>
    encodeHeader(table, {
      ...copy,
      sectorBytes,
      lastUsableLba: backupEntriesLba - 1,
      entriesCrc: crc32(entries.subarray(0, table.entryCount * ENTRY_BYTES)),
    })

  const entriesAt = table.entriesStartBytes ?? 2 * sectorBytes
  const front = [
    table.firstSector === undefined
      ? encodeProtectiveMbr(table.bootCode, sectors, sectorBytes)
      : Buffer.from(table.firstSector, 'base64'),
    header({ selfLba: 1, otherLba: sectors - 1, entriesLba: entriesAt / sectorBytes }),
  ]
  const backup = Buffer.concat([entries, header({ selfLba: sectors - 1, otherLba: 1, entriesLba: backupEntriesLba })])
  const isTogether = entriesAt === 2 * sectorBytes
  return [
    { offset: 0, bytes: Buffer.concat(isTogether ? [...front, entries] : front) },
    ...(isTogether ? [] : [{ offset: entriesAt, bytes: entries }]),
    { offset: backupEntriesLba * sectorBytes, bytes: backup },
  ]
}

/**
 * Sector 0 for a disk of another size: only the length of an entry of type 0xEE changes, and only where it is alone or reached to the end of
 * its disk. One in a hybrid MBR that ends in front of other partitions stays, and so does one that says "as far as 32 bits go".
 */
export function resizeFirstSector(sector: Buffer, fromSectors: number, toSectors: number): Buffer {
  const bytes = Buffer.from(sector)
  const places = [0, 1, 2, 3].map((index) => MBR_ENTRIES_AT + index * MBR_ENTRY_BYTES)
  const used = places.filter((at) => bytes[at + 4] !== 0)
  for (const at of used.filter((place) => bytes[place + 4] === PROTECTIVE_TYPE)) {
    const start = bytes.readUInt32LE(at + 8)
    const count = bytes.readUInt32LE(at + 12)
    const isWhole = used.length === 1 || start + count >= fromSectors
    if (fromSectors === toSectors || !isWhole || count === 0xffff_ffff || start >= toSectors) continue
    bytes.writeUInt32LE(Math.min(toSectors - start, 0xffff_ffff), at + 12)
  }
  return bytes
}

function checkHeader(header: Buffer): void {
  const size = header.readUInt32LE(12)
  if (size < HEADER_BYTES || size > header.length) throw invalid(`its header says that it is ${size} bytes long`)
  const copy = Buffer.from(header.subarray(0, size))
  copy.writeUInt32LE(0, 16)
  if (crc32(copy) !== header.readUInt32LE(16)) throw invalid('the checksum of its header is wrong')
}

function decodeEntry(entry: Buffer, number: number, sectorBytes: number): GptPartition | undefined {
  const typeId = decodeGuid(entry.subarray(0, 16))
  if (typeId === NIL_GUID) return undefined
  const startBytes = toBytes(entry.readBigUInt64LE(32), sectorBytes)
  const endBytes = toBytes(entry.readBigUInt64LE(40) + 1n, sectorBytes)
  if (endBytes <= startBytes) throw invalid(`partition ${number} ends before it begins`)
  const name = entry.toString('utf16le', 56, 128)
  return {
    number,
    startBytes,
    sizeBytes: endBytes - startBytes,
    typeId,
    id: decodeGuid(entry.subarray(16, 32)),
    attributes: entry.readBigUInt64LE(48).toString(16).padStart(16, '0'),
    name: name.includes('\0') ? name.slice(0, name.indexOf('\0')) : name,
  }
}

function encodeEntries(table: GptTable, sectorBytes: number): Buffer {
  const bytes = Buffer.alloc(entrySectors(table.entryCount, sectorBytes) * sectorBytes)
  for (const partition of table.partitions) {
    const entry = bytes.subarray((partition.number - 1) * ENTRY_BYTES, partition.number * ENTRY_BYTES)
    entry.set(encodeGuid(partition.typeId), 0)
    entry.set(encodeGuid(partition.id), 16)
    entry.writeBigUInt64LE(BigInt(partition.startBytes / sectorBytes), 32)
    entry.writeBigUInt64LE(BigInt((partition.startBytes + partition.sizeBytes) / sectorBytes - 1), 40)
    entry.writeBigUInt64LE(BigInt(`0x${partition.attributes}`), 48)
    entry.write(partition.name, 56, 72, 'utf16le')
  }
  return bytes
}

interface HeaderFields {
  readonly selfLba: number
  readonly otherLba: number
  readonly entriesLba: number
  readonly lastUsableLba: number
  readonly entriesCrc: number
  readonly sectorBytes: number
}

function encodeHeader(table: GptTable, fields: HeaderFields): Buffer {
  const header = Buffer.alloc(fields.sectorBytes)
  header.write(SIGNATURE, 0, 'latin1')
  header.writeUInt32LE(REVISION_1_0, 8)
  header.writeUInt32LE(HEADER_BYTES, 12)
  header.writeBigUInt64LE(BigInt(fields.selfLba), 24)
  header.writeBigUInt64LE(BigInt(fields.otherLba), 32)
  header.writeBigUInt64LE(BigInt(table.firstUsableBytes / fields.sectorBytes), 40)
  header.writeBigUInt64LE(BigInt(fields.lastUsableLba), 48)
  header.set(encodeGuid(table.id), 56)
  header.writeBigUInt64LE(BigInt(fields.entriesLba), 72)
  header.writeUInt32LE(table.entryCount, 80)
  header.writeUInt32LE(ENTRY_BYTES, 84)
  header.writeUInt32LE(fields.entriesCrc, 88)
  header.writeUInt32LE(crc32(header.subarray(0, HEADER_BYTES)), 16)
  return header
}

/** One entry of type 0xEE over the whole disk, so that old tools see it as full (UEFI 2.10 §5.2.3). */
export function encodeProtectiveMbr(bootCode: string, sectors: number, sectorBytes: number): Buffer {
  const mbr = Buffer.alloc(sectorBytes)
  mbr.set(Buffer.from(bootCode, 'base64').subarray(0, BOOT_CODE_BYTES), 0)
  mbr.set([0x00, 0x00, 0x02, 0x00, PROTECTIVE_TYPE, 0xff, 0xff, 0xff], 446)
  mbr.writeUInt32LE(1, 454)
  mbr.writeUInt32LE(Math.min(sectors - 1, 0xffff_ffff), 458)
  mbr.set([0x55, 0xaa], 510)
  return mbr
}

export const entrySectors = (entryCount: number, sectorBytes: number): number =>
  Math.ceil((entryCount * ENTRY_BYTES) / sectorBytes)

function toBytes(lba: bigint, sectorBytes: number): number {
  const bytes = Number(lba) * sectorBytes
  if (!Number.isSafeInteger(bytes)) throw invalid(`it names sector ${lba}, beyond any disk`)
  return bytes
}

function invalid(reason: string): AppError {
  return new AppError(
    'IMAGE_TABLE_INVALID',
    `the GUID partition table cannot be trusted: ${reason}`,
    'Look at the disk with `sfdisk --verify`; repair it from the backup copy, or lay it out anew.',
  )
}
