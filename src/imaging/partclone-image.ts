// The head of a partclone image, versions 0001 and 0002, and which blocks follow it (partclone, IMAGE_FORMATS.md). Pure: bytes in, values out.
import { crc32 } from 'node:zlib'
import { AppError } from '../contract/errors.ts'
import type { Extent } from './extents.ts'

export const PARTCLONE_MAGIC = 'partclone-image'
/** Enough to tell the version. */
export const PARTCLONE_START_BYTES = 36
const HEAD_BYTES = { '0001': 4160, '0002': 110 } as const
/** partclone itself takes no larger ones. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024
/** A list of them is held in memory, one bit each. */
const MAX_BLOCKS = 2 ** 31
const LITTLE_ENDIAN = 0xc0de

export type PartcloneChecksum = 'none' | 'crc32' | 'crc32-of-first-byte' | 'unchecked'

export interface PartcloneHead {
  readonly version: '0001' | '0002'
  /** In partclone's words, such as EXTFS. */
  readonly filesystem: string
  readonly deviceBytes: number
  readonly blockBytes: number
  readonly blockCount: number
  readonly bitmap: 'bits' | 'bytes' | 'none'
  readonly checksum: PartcloneChecksum
  /** Behind every strip of so many blocks; of version 0001 it may turn out to be longer. */
  readonly checksumBytes: number
  /** 0: there are no checksums. */
  readonly stripBlocks: number
  /** Each checksum is over its own strip; otherwise over everything so far. */
  readonly isReseeded: boolean
}

/** How long the head is, told by its first 36 bytes. Throws IMAGE_FILE_INVALID, IMAGE_FILE_UNSUPPORTED. */
export function partcloneHeadBytes(start: Buffer): number {
  return HEAD_BYTES[versionOf(start)]
}

/** Throws IMAGE_FILE_INVALID, IMAGE_FILE_UNSUPPORTED. */
export function decodePartcloneHead(head: Buffer): PartcloneHead {
  const version = versionOf(head)
  if (head.length < HEAD_BYTES[version]) throw partcloneInvalid(`it ends after ${head.length} bytes, inside its head`)
  const decoded = version === '0001' ? decodeFirst(head) : decodeSecond(head)
  const { blockBytes, blockCount, deviceBytes } = decoded
  if (blockBytes === 0 || blockBytes > MAX_BLOCK_BYTES) throw partcloneInvalid(`its blocks have ${blockBytes} bytes`)
  if (blockCount > MAX_BLOCKS) throw unsupported(`it names ${blockCount} blocks; ${MAX_BLOCKS} are known`)
  const bytes = blockBytes * blockCount
  if (!Number.isSafeInteger(bytes) || bytes > deviceBytes) {
    throw partcloneInvalid(`it names ${blockCount} blocks of ${blockBytes} bytes on a device of ${deviceBytes} bytes`)
  }
  return decoded
}

function versionOf(head: Buffer): PartcloneHead['version'] {
  if (head.toString('latin1', 0, PARTCLONE_MAGIC.length) !== PARTCLONE_MAGIC) throw partcloneInvalid('it does not begin like one')
  if (head.length < PARTCLONE_START_BYTES) throw partcloneInvalid(`it ends after ${head.length} bytes`)
  const version = head.toString('latin1', 30, 34)
  if (version === '0001' || version === '0002') return version
  throw unsupported(`its format is of version "${version}"; 0001 and 0002 are known`)
}

function decodeFirst(head: Buffer): PartcloneHead {
  const blockBytes = head.readUInt32LE(36)
  return {
    version: '0001',
    filesystem: textOf(head.subarray(15, 30)),
    deviceBytes: toNumber(head.readBigUInt64LE(40)),
    blockBytes,
    blockCount: toNumber(head.readBigUInt64LE(48)),
    bitmap: 'bytes',
    checksum: 'crc32-of-first-byte',
    checksumBytes: 4,
    stripBlocks: 1,
    isReseeded: false,
  }
}

function decodeSecond(head: Buffer): PartcloneHead {
  if (head.readUInt16LE(34) !== LITTLE_ENDIAN) throw unsupported('it was written on a machine with another order of bytes')
  if (partcloneCrc(crc32(head.subarray(0, 106))) !== head.readUInt32LE(106))
    throw partcloneInvalid('the checksum of its head is wrong')
  const checksum = checksumOf(head.readUInt16LE(96))
  const stripBlocks = checksum === 'none' ? 0 : head.readUInt32LE(100)
  if (checksum !== 'none' && stripBlocks === 0) throw partcloneInvalid('its checksums are over no blocks')
  return {
    version: '0002',
    filesystem: textOf(head.subarray(36, 52)),
    deviceBytes: toNumber(head.readBigUInt64LE(52)),
    blockCount: toNumber(head.readBigUInt64LE(60)),
    blockBytes: head.readUInt32LE(84),
    bitmap: bitmapOf(head[105]!),
    checksum,
    checksumBytes: checksum === 'none' ? 0 : head.readUInt16LE(98),
    stripBlocks,
    isReseeded: head[104] !== 0,
  }
}

function checksumOf(mode: number): PartcloneChecksum {
  if (mode === 0x00) return 'none'
  if (mode === 0x20) return 'crc32'
  // XXH64 and XXH128 of newer ones.
  if (mode === 0x30 || mode === 0x31) return 'unchecked'
  throw unsupported(`its checksums are of a kind that is not known here (${mode})`)
}

function bitmapOf(mode: number): PartcloneHead['bitmap'] {
  if (mode === 0x00) return 'none'
  if (mode === 0x01) return 'bits'
  if (mode === 0x08) return 'bytes'
  throw unsupported(`its list of blocks is of a kind that is not known here (${mode})`)
}

/** partclone leaves out the last step of the usual CRC-32. */
export const partcloneCrc = (usualCrc: number): number => ~usualCrc >>> 0

/** Blocks in use, neighbours as one extent, in disk order and as they are asked for: a list of them could be as long as the disk. */
export function* extentsOfBlocks({ blockBytes, blockCount }: PartcloneHead, bits: Uint8Array): Generator<Extent> {
  let first = -1
  for (let block = 0; block <= blockCount; block++) {
    const used = block < blockCount && ((bits[block >>> 3]! >> (block & 7)) & 1) === 1
    if (used && first < 0) first = block
    if (used || first < 0) continue
    yield { offset: first * blockBytes, length: (block - first) * blockBytes }
    first = -1
  }
}

const textOf = (bytes: Buffer): string => bytes.toString('latin1').split('\0')[0]!

function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw partcloneInvalid(`it names byte ${value}, beyond any disk`)
  return Number(value)
}

export function partcloneInvalid(reason: string): AppError {
  return new AppError(
    'IMAGE_FILE_INVALID',
    `this is no whole partclone image: ${reason}`,
    'Check it with `partclone.chkimg -s FILE`; copy it again from where it was made.',
  )
}

function unsupported(reason: string): AppError {
  return new AppError(
    'IMAGE_FILE_UNSUPPORTED',
    `this partclone image cannot be read: ${reason}`,
    'Restore it with its own program into a raw file (`partclone.restore -C -s FILE -o RAW`), then import that.',
  )
}
