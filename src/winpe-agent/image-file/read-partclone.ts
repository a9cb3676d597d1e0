// The blocks of a partclone image, in disk order, out of a stream. Bounded by what the stream really brings. Touches nothing else.
import { crc32 } from 'node:zlib'
import {
  decodePartcloneHead,
  extentsOfBlocks,
  PARTCLONE_START_BYTES,
  type PartcloneHead,
  partcloneCrc,
  partcloneHeadBytes,
  partcloneInvalid,
} from '../../imaging/partclone-image.ts'
import type { ByteReader } from './pieces.ts'

const BITMAP_END = 'BiTmAgIc'
const READ_BYTES = 1024 * 1024

export interface PartcloneContent {
  readonly head: PartcloneHead
  /** Bytes at their offset in the partition; what is not given is not in the image. */
  blocks(): AsyncGenerator<{ readonly offset: number; readonly bytes: Buffer }>
}

/** The reader stands at the beginning of the image. Throws IMAGE_FILE_INVALID, IMAGE_FILE_UNSUPPORTED, also while blocks are read. */
export async function readPartclone(reader: ByteReader): Promise<PartcloneContent> {
  const headBytes = partcloneHeadBytes(await reader.peek(PARTCLONE_START_BYTES))
  const head = decodePartcloneHead(await reader.read(headBytes))
  const bits = await readBitmap(reader, head)
  return { head, blocks: () => readBlocks(reader, head, bits) }
}

/** One bit for each block. */
async function readBitmap(reader: ByteReader, head: PartcloneHead): Promise<Uint8Array> {
  const { blockCount } = head
  switch (head.bitmap) {
    case 'none':
      return Buffer.alloc(Math.ceil(blockCount / 8), 0xff)
    case 'bits': {
      const bits = await readExactly(reader, Math.ceil(blockCount / 8))
      if (partcloneCrc(crc32(bits)) !== (await readExactly(reader, 4)).readUInt32LE(0))
        throw partcloneInvalid('the checksum of its list of blocks is wrong')
      return bits
    }
    case 'bytes': {
      const bits = await readBytesAsBits(reader, blockCount)
      const mark = await readExactly(reader, BITMAP_END.length)
      if (mark.toString('latin1') !== BITMAP_END) throw partcloneInvalid('its list of blocks does not end where it should')
      return bits
    }
  }
}

/** Other values than 0 and 1 are met in old images; partclone takes them for unused. */
async function readBytesAsBits(reader: ByteReader, blockCount: number): Promise<Uint8Array> {
  const bits = Buffer.alloc(Math.ceil(blockCount / 8))
  for (let block = 0; block < blockCount; ) {
    const bytes = await readExactly(reader, Math.min(READ_BYTES, blockCount - block))
    for (const [index, byte] of bytes.entries()) if (byte === 1) bits[(block + index) >>> 3]! |= 1 << ((block + index) & 7)
    block += bytes.length
  }
  return bits
}

function usedBlocks(head: PartcloneHead, bits: Uint8Array): number {
  let blocks = 0
  for (const { length } of extentsOfBlocks(head, bits)) blocks += length / head.blockBytes
  return blocks
}

async function* readBlocks(reader: ByteReader, head: PartcloneHead, bits: Uint8Array) {
  const strips = stripReader(reader, head, usedBlocks(head, bits))
  for (const { offset, length } of extentsOfBlocks(head, bits)) {
    for (let at = 0; at < length; ) {
      const bytes = await strips(length - at)
      yield { offset: offset + at, bytes }
      at += bytes.length
    }
  }
  await strips(0)
  if ((await reader.peek(1)).length > 0) throw partcloneInvalid('something stands behind its last block')
}

/** Gives up to so many bytes of blocks; checksums between them are read and compared. 0: only what checksum is left behind the last. */
function stripReader(reader: ByteReader, head: PartcloneHead, blockCount: number): (most: number) => Promise<Buffer> {
  const { blockBytes, stripBlocks } = head
  const checksum = checksumOf(head)
  let blocksLeft = blockCount
  let inStrip = 0

  async function endStrip(): Promise<void> {
    if (inStrip === 0) return
    await checksum.check(reader, blocksLeft)
    inStrip = 0
  }

  return async (most) => {
    if (most === 0) {
      await endStrip()
      return Buffer.alloc(0)
    }
    const room = stripBlocks === 0 ? most / blockBytes : stripBlocks - inStrip
    const blocks = Math.min(most / blockBytes, room, Math.max(1, Math.floor(READ_BYTES / blockBytes)))
    const bytes = await readExactly(reader, blocks * blockBytes)
    checksum.update(bytes)
    blocksLeft -= blocks
    if (stripBlocks > 0) {
      inStrip += blocks
      if (inStrip === stripBlocks) await endStrip()
    }
    return bytes
  }
}

interface Checksum {
  update(bytes: Buffer): void
  /** blocksLeft: how many follow in the image. */
  check(reader: ByteReader, blocksLeft: number): Promise<void>
}

function checksumOf(head: PartcloneHead): Checksum {
  switch (head.checksum) {
    case 'none':
      return { update: () => undefined, check: async () => undefined }
    case 'unchecked':
      return { update: () => undefined, check: async (reader) => void (await readExactly(reader, head.checksumBytes)) }
    case 'crc32':
      return crcOfBytes(head)
    case 'crc32-of-first-byte':
      return crcOfFirstBytes(head)
  }
}

function crcOfBytes({ isReseeded }: PartcloneHead): Checksum {
  let state = 0
  return {
    update(bytes) {
      state = crc32(bytes, state)
    },
    async check(reader) {
      if ((await readExactly(reader, 4)).readUInt32LE(0) !== partcloneCrc(state)) throw wrongChecksum()
      if (isReseeded) state = 0
    },
  }
}

/**
 * Version 0001: a mistake of its writers made every checksum one over the first byte of each block, as often as the block has bytes, and
 * another made it 8 bytes long on some 64-bit machines. Which of the two lengths an image has, its second block tells: the checksum behind it
 * is found at one place or at the other.
 */
function crcOfFirstBytes({ blockBytes }: PartcloneHead): Checksum {
  const scratch = Buffer.alloc(blockBytes)
  let state = 0
  let extraBytes: number | undefined
  const after = (first: number) => crc32(scratch.fill(first), state)
  return {
    update(bytes) {
      state = after(bytes[0]!)
    },
    async check(reader, blocksLeft) {
      if ((await readExactly(reader, 4)).readUInt32LE(0) !== partcloneCrc(state)) throw wrongChecksum()
      extraBytes ??= blocksLeft === 0 ? await restOf(reader) : await lookAtNext(reader)
      if (extraBytes > 0) await readExactly(reader, extraBytes)
    },
  }

  async function lookAtNext(reader: ByteReader): Promise<number> {
    const next = await reader.peek(4 + blockBytes + 4)
    for (const extra of [0, 4]) {
      const at = extra + blockBytes
      if (next.length >= at + 4 && next.readUInt32LE(at) === partcloneCrc(after(next[extra]!))) return extra
    }
    throw wrongChecksum()
  }
}

/** Of an image with one block: whatever is behind its checksum, if it is as long as the mistake. */
const restOf = async (reader: ByteReader): Promise<number> => ((await reader.peek(5)).length === 4 ? 4 : 0)

async function readExactly(reader: ByteReader, length: number): Promise<Buffer> {
  const bytes = await reader.read(length)
  if (bytes.length < length) throw partcloneInvalid('it is cut short')
  return bytes
}

const wrongChecksum = () => partcloneInvalid('a checksum of its blocks is wrong')
