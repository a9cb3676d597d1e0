// A chunk as a file: its zstd frame, then its seal, a skippable frame with the digests of the chunk's sections, the length of the zstd
// frame and the CRC-32 of all that stands before. Pure: bytes in, bytes out.
// Any zstd reads such a file (RFC 8878 §3.1.2 skips the second frame); the checksum finds rot without decompressing.
import { crc32 } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import { DIGEST_BYTES, digestOfSections } from '../../imaging/chunk-digest.ts'

const SKIPPABLE_MAGIC = 0x184d_2a50
const SKIPPABLE_HEADER_BYTES = 8
/** Frame length and checksum. */
const TRAILER_BYTES = 8
/** The largest chunk of any grid, 16 MiB, has 128 sections. */
export const MAX_SEAL_BYTES = SKIPPABLE_HEADER_BYTES + 128 * DIGEST_BYTES + TRAILER_BYTES

/** What is written behind the compressed chunk. */
export function sealOf(compressed: Uint8Array, sections: Uint8Array): Buffer {
  const seal = Buffer.alloc(SKIPPABLE_HEADER_BYTES + sections.length + TRAILER_BYTES)
  seal.writeUInt32LE(SKIPPABLE_MAGIC, 0)
  seal.writeUInt32LE(sections.length + TRAILER_BYTES, 4)
  seal.set(sections, SKIPPABLE_HEADER_BYTES)
  seal.writeUInt32LE(compressed.length, seal.length - 8)
  seal.writeUInt32LE(crc32(seal.subarray(0, -4), crc32(compressed)), seal.length - 4)
  return seal
}

/** The zstd frame inside; throws IMAGE_CHUNK_CORRUPT. */
export function openChunk(digest: string, file: Buffer): Buffer {
  const seal = findSeal(file, file.length)
  if (seal === undefined) throw corruptChunk(digest, 'its file has no seal at its end')
  if (!holdsChecksum(file)) throw corruptChunk(digest, 'its bytes do not have the checksum they were stored with')
  return file.subarray(0, seal.frameBytes)
}

/** The length of the zstd frame; undefined: the file is damaged. Without a check only its seal is looked at. */
export function frameBytesOf(file: Buffer, check: boolean): number | undefined {
  return check && !holdsChecksum(file) ? undefined : findSeal(file, file.length)?.frameBytes
}

/** Digests of the chunk's sections, out of the last bytes of its file; throws IMAGE_CHUNK_CORRUPT unless they make up its digest. */
export function sectionsOfFile(digest: string, lastBytes: Buffer, fileBytes: number): Uint8Array {
  const sections = findSeal(lastBytes, fileBytes)?.sections
  if (sections !== undefined && digestOfSections(sections) === digest) return sections
  throw corruptChunk(digest, 'the digests of its sections are not those of its content')
}

function findSeal(
  lastBytes: Buffer,
  fileBytes: number,
): { readonly frameBytes: number; readonly sections: Uint8Array } | undefined {
  const end = lastBytes.length
  if (end < SKIPPABLE_HEADER_BYTES + TRAILER_BYTES) return undefined
  const frameBytes = lastBytes.readUInt32LE(end - 8)
  const start = end - (fileBytes - frameBytes)
  const length = end - start - SKIPPABLE_HEADER_BYTES
  if (start < 0 || length < TRAILER_BYTES) return undefined
  if (lastBytes.readUInt32LE(start) !== SKIPPABLE_MAGIC || lastBytes.readUInt32LE(start + 4) !== length) return undefined
  return { frameBytes, sections: lastBytes.subarray(start + SKIPPABLE_HEADER_BYTES, end - TRAILER_BYTES) }
}

function holdsChecksum(file: Buffer): boolean {
  return file.length > TRAILER_BYTES && file.readUInt32LE(file.length - 4) === crc32(file.subarray(0, -4))
}

export function corruptChunk(digest: string, reason: string): AppError {
  return new AppError(
    'IMAGE_CHUNK_CORRUPT',
    `chunk ${digest} in the store is damaged: ${reason}`,
    'Nothing bad was sent. `platen image heal` fetches the chunk from a node that holds it, and so does a new capture from one that runs this version. `platen image verify` lists what else is hurt.',
  )
}
