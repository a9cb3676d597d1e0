// The directory of a ZIP archive (PKWARE APPNOTE 6.3 §4.3, with Zip64). Pure but for the reads it is given.
import { AppError } from '../contract/errors.ts'
import type { ReadAt } from './qcow2-reader.ts'

export interface ZipEntry {
  readonly name: string
  readonly method: number
  readonly isEncrypted: boolean
  readonly crc: number
  readonly packedBytes: number
  readonly sizeBytes: number
  /** Where its own header stands. */
  readonly headerAt: number
}

export interface ZipEnd {
  readonly directoryAt: number
  readonly directoryBytes: number
  readonly count: number
}

const END = 0x0605_4b50
const END_BYTES = 22
const END64_LOCATOR = 0x0706_4b50
const END64 = 0x0606_4b50
const ENTRY = 0x0201_4b50
const ENTRY_BYTES = 46
const HEADER = 0x0403_4b50
const FULL_32 = 0xffff_ffff

/** tail: the end of the file, which begins at tailAt. Throws IMAGE_FILE_INVALID. */
export async function findZipEnd(tail: Buffer, tailAt: number, read: ReadAt): Promise<ZipEnd> {
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END) continue
    const hasLocator = at >= 20 && tail.readUInt32LE(at - 20) === END64_LOCATOR
    if (hasLocator) return decodeEnd64(await read(toNumber(tail.readBigUInt64LE(at - 20 + 8)), 56))
    return {
      count: tail.readUInt16LE(at + 10),
      directoryBytes: tail.readUInt32LE(at + 12),
      directoryAt: tail.readUInt32LE(at + 16),
    }
  }
  throw zipInvalid(`there is no directory in the ${tail.length} bytes from ${tailAt} to its end`)
}

function decodeEnd64(end: Buffer): ZipEnd {
  if (end.length < 56 || end.readUInt32LE(0) !== END64) throw zipInvalid('its Zip64 directory is not where it should be')
  return {
    count: toNumber(end.readBigUInt64LE(32)),
    directoryBytes: toNumber(end.readBigUInt64LE(40)),
    directoryAt: toNumber(end.readBigUInt64LE(48)),
  }
}

/** Throws IMAGE_FILE_INVALID. */
export function decodeZipDirectory(directory: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = []
  let at = 0
  while (entries.length < count) {
    if (at + ENTRY_BYTES > directory.length || directory.readUInt32LE(at) !== ENTRY)
      throw zipInvalid(`entry ${entries.length + 1} of ${count} of its directory is damaged`)
    const nameBytes = directory.readUInt16LE(at + 28)
    const extraAt = at + ENTRY_BYTES + nameBytes
    const extra = directory.subarray(extraAt, extraAt + directory.readUInt16LE(at + 30))
    entries.push({
      name: directory.toString('utf8', at + ENTRY_BYTES, extraAt),
      method: directory.readUInt16LE(at + 10),
      isEncrypted: (directory.readUInt16LE(at + 8) & 1) !== 0,
      crc: directory.readUInt32LE(at + 16),
      ...widened(extra, directory.readUInt32LE(at + 24), directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 42)),
    })
    at = extraAt + extra.length + directory.readUInt16LE(at + 32)
  }
  return entries
}

/** Fields that are full have their value in the Zip64 note, in this order, and only those. */
function widened(extra: Buffer, size: number, packed: number, header: number) {
  const note = zip64Note(extra)
  let at = 0
  const wide = (value: number): number => {
    if (value !== FULL_32 || note === undefined || note.length < at + 8) return value
    at += 8
    return toNumber(note.readBigUInt64LE(at - 8))
  }
  const sizeBytes = wide(size)
  const packedBytes = wide(packed)
  return { sizeBytes, packedBytes, headerAt: wide(header) }
}

function zip64Note(extra: Buffer): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 1) return extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
  }
  return undefined
}

/** Behind the entry's own header, whose name and notes may have other lengths than in the directory. Takes its first 30 bytes. */
export function zipDataOffset({ name, headerAt }: ZipEntry, header: Buffer): number {
  if (header.length < 30 || header.readUInt32LE(0) !== HEADER)
    throw zipInvalid(`the head of ${name} is not where its directory says`)
  return headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
}

function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw zipInvalid(`it names byte ${value}, beyond any disk`)
  return Number(value)
}

export function zipInvalid(reason: string, cause?: unknown): AppError {
  return new AppError(
    'IMAGE_FILE_INVALID',
    `this is no whole ZIP archive: ${reason}`,
    'Copy or download it again; `unzip -t FILE` checks it.',
    { cause },
  )
}
