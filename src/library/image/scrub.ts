// Reads every chunk of the store and digests it; says which versions a damaged one hurts and which nodes still hold its bytes.
// Writes nothing itself: the store sets a damaged chunk aside, and the next capture from such a node brings it anew.
import type { Manifest, ScrubResult } from '../../contract/image.ts'
import { storedChunksOf } from '../../imaging/manifest-codec.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { CheckRun } from './image-service.ts'
import { damageOf } from './verify-version.ts'

export interface ScrubInput {
  readonly chunks: Pick<ChunkStore, 'get' | 'list' | 'has'>
  readonly versions: () => AsyncIterable<{ readonly imageName: string; readonly version: number; readonly manifest: Manifest }>
  /** Names of the nodes that run the version. */
  readonly nodesWith: (imageName: string, version: number) => readonly string[]
  readonly run: CheckRun | undefined
}

export async function scrubStore({ chunks, versions, nodesWith, run }: ScrubInput): Promise<ScrubResult> {
  const damaged = new Map<string, string>()
  let checkedChunks = 0
  // One after the other: a scrub has all night, and machines that boot come first.
  for await (const { digest } of chunks.list()) {
    const damage = await damageOf(digest, chunks)
    // One that is not there any more was collected meanwhile: if a version misses it, that is told below.
    if (damage?.kind === 'rotten') damaged.set(digest, damage.reason)
    checkedChunks++
    run?.signal.throwIfAborted()
    run?.onChecked(checkedChunks)
  }
  const hurt: ScrubResult['hurt'] = []
  for await (const { imageName, version, manifest } of versions()) {
    const lost = [...storedChunksOf(manifest)].filter((digest) => damaged.has(digest) || !chunks.has(digest))
    if (lost.length > 0) hurt.push({ imageName, version, chunks: lost.length, heldBy: [...nodesWith(imageName, version)] })
  }
  return { checkedChunks, damaged: [...damaged].map(([digest, reason]) => ({ digest, reason })), hurt }
}
