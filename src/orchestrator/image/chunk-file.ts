// A chunk as a file: its zstd frame, then a skippable frame with the CRC-32 of that frame. Pure: bytes in, bytes out.
// Any zstd reads such a file (RFC 8878 §3.1.2 skips the second frame); the checksum finds rot without decompressing.
import { crc32 } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'

const SKIPPABLE_MAGIC = 0x184d_2a50
const SEAL_BYTES = 12

/** What is written behind the compressed chunk. */
export function sealOf(compressed: Uint8Array): Buffer {
  const seal = Buffer.alloc(SEAL_BYTES)
  seal.writeUInt32LE(SKIPPABLE_MAGIC, 0)
  seal.writeUInt32LE(4, 4)
  seal.writeUInt32LE(crc32(compressed), 8)
  return seal
}

/** The zstd frame inside; throws IMAGE_CHUNK_CORRUPT. */
export function openChunk(digest: string, file: Buffer): Buffer {
  if (file.length <= SEAL_BYTES) throw corruptChunk(digest, `its file has only ${file.length} bytes`)
  const compressed = file.subarray(0, file.length - SEAL_BYTES)
  const seal = file.subarray(file.length - SEAL_BYTES)
  if (seal.readUInt32LE(0) !== SKIPPABLE_MAGIC || seal.readUInt32LE(4) !== 4) {
    throw corruptChunk(digest, 'its file has no seal at its end')
  }
  if (seal.readUInt32LE(8) !== crc32(compressed)) {
    throw corruptChunk(digest, 'its bytes do not have the checksum they were stored with')
  }
  return compressed
}

export function corruptChunk(digest: string, reason: string): AppError {
  return new AppError(
    'IMAGE_CHUNK_CORRUPT',
    `chunk ${digest} in the store is damaged: ${reason}`,
    'Nothing bad was sent. Capture the image again from a node that runs this version: the chunk is stored anew. `platen image verify` lists what else is hurt.',
  )
}
