// A chunk as a file: its zstd frame, then a skippable frame with the CRC-32 of that frame. Pure: bytes in, bytes out.
// Any zstd reads such a file (RFC 8878 §3.1.2 skips the second frame); the checksum finds rot without decompressing.
import { crc32 } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'

const SKIPPABLE_MAGIC = 0x184d_2a50
export const SEAL_BYTES = 12

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
  const reason = damageOfFile(file)
  if (reason !== undefined) throw corruptChunk(digest, reason)
  return file.subarray(0, file.length - SEAL_BYTES)
}

export const isSealed = (file: Buffer): boolean => damageOfFile(file) === undefined

function damageOfFile(file: Buffer): string | undefined {
  if (file.length <= SEAL_BYTES) return `its file has only ${file.length} bytes`
  const end = file.length - SEAL_BYTES
  if (file.readUInt32LE(end) !== SKIPPABLE_MAGIC || file.readUInt32LE(end + 4) !== 4) return 'its file has no seal at its end'
  if (file.readUInt32LE(end + 8) === crc32(file.subarray(0, end))) return undefined
  return 'its bytes do not have the checksum they were stored with'
}

export function corruptChunk(digest: string, reason: string): AppError {
  return new AppError(
    'IMAGE_CHUNK_CORRUPT',
    `chunk ${digest} in the store is damaged: ${reason}`,
    'Nothing bad was sent. Capture the image again from a node that runs this version: the chunk is stored anew. `platen image verify` lists what else is hurt.',
  )
}
