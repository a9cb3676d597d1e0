// A partclone image of version 0001 as old machines wrote it: no program of today writes one. Its own reader of today reads it.
import { crc32 } from 'node:zlib'

export interface OldPartclone {
  readonly content: Buffer
  readonly used: (block: number) => boolean
  readonly blockBytes?: number
  /** Some 64-bit machines wrote 8 bytes of checksum. */
  readonly checksumBytes?: 4 | 8
}

export function oldPartclone({ content, used, blockBytes = 4096, checksumBytes = 4 }: OldPartclone): Buffer {
  const blockCount = content.length / blockBytes
  const head = Buffer.alloc(4160)
  head.write('partclone-image', 0, 'latin1')
  head.write('EXTFS', 15, 'latin1')
  head.write('0001', 30, 'latin1')
  head.writeUInt32LE(blockBytes, 36)
  head.writeBigUInt64LE(BigInt(content.length), 40)
  head.writeBigUInt64LE(BigInt(blockCount), 48)
  const blocks = Array.from({ length: blockCount }, (_, block) => block).filter(used)
  head.writeBigUInt64LE(BigInt(blocks.length), 56)
  const bitmap = Buffer.from(Array.from({ length: blockCount }, (_, block) => (used(block) ? 1 : 0)))
  let state = 0
  const data = blocks.flatMap((block) => {
    const bytes = content.subarray(block * blockBytes, (block + 1) * blockBytes)
    state = crc32(Buffer.alloc(blockBytes, bytes[0]), state)
    const checksum = Buffer.alloc(checksumBytes)
    checksum.writeUInt32LE(~state >>> 0, 0)
    return [bytes, checksum]
  })
  return Buffer.concat([head, bitmap, Buffer.from('BiTmAgIc'), ...data])
}
