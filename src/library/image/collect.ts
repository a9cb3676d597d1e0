// Mark and sweep: chunks that no version names leave the store. Safe while captures run.
import type { Manifest } from '../../contract/image.ts'
import type { CollectResult } from '../../contract/image-care.ts'
import { storedChunksOf } from '../../imaging/manifest-codec.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { CheckRun } from './image-service.ts'

export interface CollectInput {
  readonly chunks: Pick<ChunkStore, 'list' | 'remove'>
  /** Every version's manifest, one after the other. Throws when one cannot be read: then nothing is removed. */
  readonly manifests: () => AsyncIterable<Manifest>
  /** Whether a running capture was told that the chunk is there, or brought it. Asked at the moment of removal. */
  readonly isPromised: (digest: string) => boolean
  /** Left out: to the end. */
  readonly run?: CheckRun | undefined
}

/** No version may be published while it runs: its chunks would be unmarked. */
export async function collectChunks({ chunks, manifests, isPromised, run }: CollectInput): Promise<CollectResult> {
  const marked = new Set<string>()
  for await (const manifest of manifests()) for (const digest of storedChunksOf(manifest)) marked.add(digest)

  const result = { keptChunks: 0, removedChunks: 0, freedBytes: 0 }
  for await (const { digest, sizeBytes } of chunks.list()) {
    run?.signal.throwIfAborted()
    run?.onChecked(result.keptChunks + result.removedChunks)
    if (marked.has(digest) || isPromised(digest)) {
      result.keptChunks++
    } else {
      await chunks.remove(digest)
      result.removedChunks++
      result.freedBytes += sizeBytes
    }
  }
  return result
}
