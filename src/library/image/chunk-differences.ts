// Answers about what of chunks somebody lacks who holds something like them, kept for a while: the machines of a rack that go back together hold
// the same. Pure but for what it keeps.
import type { DifferencesQuery } from '../../contract/image-transfer.ts'
import type { ImageStoreService } from './image-service.ts'

const REMEMBERED_BYTES = 32 * 1024 * 1024

/** Errors of ImageStoreService.difference. */
export type ChunkDifferences = (asked: DifferencesQuery['chunks'][number]) => Promise<Uint8Array>

export function createChunkDifferences(images: Pick<ImageStoreService, 'difference'>): ChunkDifferences {
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

  return async ({ digest, blocks, composition }) => {
    const key = `${digest} ${composition?.chunks.join(' ')} ${composition?.blocks} ${blocks}`
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = await images.difference(digest, composition, Buffer.from(blocks, 'base64'))
    if (!answers.has(key)) remember(key, answer)
    return answer
  }
}
