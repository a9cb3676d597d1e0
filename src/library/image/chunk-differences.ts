// What of a stored chunk somebody lacks who holds something like it. Reads the store; compresses in the threads of zlib.
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import {
  BLOCK_BYTES,
  BLOCK_DIGEST_BYTES,
  CHUNK_DIFFERENCE,
  createBlockDifferences,
  WHOLE_CHUNK,
} from '../../imaging/block-differences.ts'
import type { ImageStoreService } from './image-service.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const blocks = createBlockDifferences(BLOCK_BYTES, BLOCK_DIGEST_BYTES)
/** The largest chunk of any grid. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024
/** The machines of a rack that go back together hold the same: one answer serves all of them. */
const REMEMBERED_BYTES = 32 * 1024 * 1024

/** One byte that says what follows, then that. Errors of ImageStoreService.getChunk. */
export type ChunkDifferences = (digest: string, held: string) => Promise<Uint8Array>

export function createChunkDifferences(images: Pick<ImageStoreService, 'getChunk'>): ChunkDifferences {
  /** The oldest first. */
  const answers = new Map<string, Uint8Array>()
  let bytes = 0

  function remember(key: string, answer: Uint8Array): void {
    answers.set(key, answer)
    bytes += answer.length
    for (const [oldest, { length }] of answers) {
      if (bytes <= REMEMBERED_BYTES) return
      answers.delete(oldest)
      bytes -= length
    }
  }

  return async (digest, held) => {
    const key = `${digest} ${held}`
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = await differenceOf(images, digest, Buffer.from(held, 'base64'))
    if (!answers.has(key)) remember(key, answer)
    return answer
  }
}

async function differenceOf(images: Pick<ImageStoreService, 'getChunk'>, digest: string, held: Uint8Array): Promise<Uint8Array> {
  const stored = await images.getChunk(digest)
  // What does not expand is for whoever asks to notice: by the digest of the chunk, as always.
  const chunk = await decompress(stored, { maxOutputLength: MAX_CHUNK_BYTES }).catch(() => undefined)
  const difference = chunk === undefined ? undefined : blocks.difference(chunk, held)
  return difference === undefined
    ? Buffer.concat([Buffer.of(WHOLE_CHUNK), stored])
    : Buffer.concat([Buffer.of(CHUNK_DIFFERENCE), await compress(difference)])
}
