// Reads every chunk of the store and digests it; says which versions a damaged one hurts and which nodes still hold its bytes.
// Writes nothing itself: the store sets a damaged chunk aside, and the next capture from such a node brings it anew.
import { AppError } from '../../contract/errors.ts'
import type { Manifest } from '../../contract/image.ts'
import type { ScrubResult } from '../../contract/image-care.ts'
import { storedChunksOf } from '../../imaging/manifest-codec.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { CheckRun } from './image-service.ts'
import { damageOf } from './verify-version.ts'

export interface ScrubInput {
  readonly chunks: Pick<ChunkStore, 'get' | 'list' | 'has'>
  readonly versions: () => Iterable<{
    readonly imageName: string
    readonly version: number
    /** Throws IMAGE_RECORD_DAMAGED. */
    readonly manifest: () => Promise<Manifest>
  }>
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
  for (const { imageName, version, manifest } of versions()) {
    const needed = await manifest().catch(unreadable)
    const heldBy = () => [...nodesWith(imageName, version)]
    if (typeof needed === 'string') {
      hurt.push({ imageName, version, chunks: 0, heldBy: heldBy(), unreadable: needed })
      continue
    }
    const lost = [...storedChunksOf(needed)].filter((digest) => damaged.has(digest) || !chunks.has(digest))
    if (lost.length > 0) hurt.push({ imageName, version, chunks: lost.length, heldBy: heldBy() })
  }
  return { checkedChunks, damaged: [...damaged].map(([digest, reason]) => ({ digest, reason })), hurt }
}

/** What hurts one version must not hide what hurts the others. */
function unreadable(error: unknown): string {
  if (error instanceof AppError && error.code === 'IMAGE_RECORD_DAMAGED') return error.message
  throw error
}
