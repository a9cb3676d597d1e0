// The content of chunks, checked, for the few that do not go to their own place on a disk. Touches the network through the client.
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import { chunkDigest } from '../../imaging/chunk-digest.ts'
import type { TargetChunk } from '../../imaging/chunk-grid.ts'
import { composeChunk } from '../../imaging/composition.ts'
import type { ChunkClient } from './chunk-client.ts'

const decompress = promisify(zstdDecompress)
const BATCH = 16

/** Each chunk with its bytes, in order; equal ones are fetched once a batch. Throws IMAGE_DIGEST_MISMATCH. */
export async function* chunkContents(
  chunks: readonly TargetChunk[],
  client: ChunkClient,
): AsyncGenerator<{ readonly chunk: TargetChunk; readonly bytes: Buffer }> {
  for (let at = 0; at < chunks.length; at += BATCH) {
    const batch = chunks.slice(at, at + BATCH)
    const stored = new Map<string, Buffer>()
    const wanted = new Set(batch.flatMap(({ digest, composition }) => composition?.chunks ?? digest))
    // Nothing is fetched twice here, so all of it is to be checked before it leaves the store.
    for await (const { digest, bytes } of client.fetch([...wanted], { again: true })) stored.set(digest, await decompress(bytes))
    for (const chunk of batch) {
      const { composition, digest } = chunk
      const bytes = composition === undefined ? stored.get(digest)! : composeChunk(composition, (source) => stored.get(source)!)
      if (chunkDigest(bytes) !== digest) throw wrongContent(digest)
      yield { chunk, bytes }
    }
  }
}

function wrongContent(digest: string): AppError {
  return new AppError(
    'IMAGE_DIGEST_MISMATCH',
    `chunk ${digest} came with other content`,
    'Test the memory of this machine and the network between it and the appliance; `platen image verify` tells whether the store is whole.',
  )
}
