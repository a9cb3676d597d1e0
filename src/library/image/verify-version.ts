// Reads a whole version out of the store and digests it: is every chunk there, and is each what its name says? Writes nothing itself;
// a chunk that is damaged is set aside by the store, so that the next capture brings it anew.
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import type { Manifest } from '../../contract/image.ts'
import type { DamagedChunk } from '../../contract/image-care.ts'
import { chunkDigest } from '../../imaging/chunk-digest.ts'
import { storedChunksOf } from '../../imaging/manifest-codec.ts'
import { corruptChunk } from './chunk-file.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { CheckRun } from './image-service.ts'

const decompress = promisify(zstdDecompress)

/** Enough to keep disk and processor busy, little enough to leave room for booting machines. */
const AT_ONCE = 2

export async function verifyVersion(
  manifest: Manifest,
  chunks: Pick<ChunkStore, 'get'>,
  run?: CheckRun,
): Promise<DamagedChunk[]> {
  const damaged: DamagedChunk[] = []
  let checkedChunks = 0
  const digests = storedChunksOf(manifest).values()
  const reader = async (): Promise<void> => {
    for (const digest of digests) {
      const damage = await damageOf(digest, chunks)
      if (damage !== undefined) damaged.push({ digest, reason: damage.reason })
      run?.signal.throwIfAborted()
      run?.onChecked(++checkedChunks)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, reader))
  return damaged.sort((a, b) => (a.digest < b.digest ? -1 : 1))
}

/** lost: it is not there at all. */
export interface Damage {
  readonly kind: 'lost' | 'rotten'
  readonly reason: string
}

/** undefined: the chunk is what its name says. */
export async function damageOf(digest: string, chunks: Pick<ChunkStore, 'get'>): Promise<Damage | undefined> {
  try {
    const content = await decompress(await chunks.get(digest)).catch((cause: Error) => {
      throw corruptChunk(digest, `it does not decompress (${cause.message})`)
    })
    const actual = chunkDigest(content)
    return actual === digest ? undefined : { kind: 'rotten', reason: `its content has the digest ${actual}` }
  } catch (error) {
    if (error instanceof AppError)
      return { kind: error.code === 'IMAGE_CHUNK_NOT_FOUND' ? 'lost' : 'rotten', reason: error.message }
    throw error
  }
}
