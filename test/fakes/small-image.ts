// Versions of images of a few chunks, put into a store of images as they are.
import { zstdCompressSync } from 'node:zlib'
import type { ImageVersionView } from '../../src/contract/image.ts'
import { chunkDigest } from '../../src/imaging/chunk-digest.ts'
import { CHUNK_BYTES } from '../../src/imaging/chunk-grid.ts'
import type { ImageStoreService } from '../../src/library/index.ts'
import { manifestOf } from './small-manifest.ts'

/** Bytes that do not compress, so many, then zeros: a chunk of its own for each seed. */
export function chunkOf(seed: number, noisyBytes = 40_000): Buffer {
  const bytes = Buffer.alloc(CHUNK_BYTES)
  let state = (seed * 2_654_435_761 + 1) >>> 0
  for (let at = 0; at < noisyBytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

/** A version of chunks of these seeds. nodeId: a job made it. */
export async function publishImage(
  images: ImageStoreService,
  imageName: string,
  seeds: readonly number[],
  nodeId?: string,
): Promise<ImageVersionView> {
  const origin = { jobId: `${imageName} ${seeds.join()}`, imageName, ...(nodeId === undefined ? {} : { nodeId }) }
  const chunks = seeds.map((seed) => chunkOf(seed))
  await images.reserve(origin, chunks.length * CHUNK_BYTES)
  for (const bytes of chunks) await images.putChunk(origin.jobId, chunkDigest(bytes), zstdCompressSync(bytes))
  return images.publish(origin, manifestOf(chunks.map(chunkDigest)))
}
