// The content of chunks, checked, for the few that do not go to their own place on a disk. Touches the network through the client.
import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import type { TargetChunk } from '../../imaging/chunk-grid.ts'
import type { ChunkClient } from './chunk-client.ts'

const decompress = promisify(zstdDecompress)
const BATCH = 16

/** Each chunk with its bytes, in order; equal ones are fetched once a batch. Throws IMAGE_DIGEST_MISMATCH. */
export async function* chunkContents(
  chunks: readonly TargetChunk[],
  client: ChunkClient,
): AsyncGenerator<{ readonly chunk: TargetChunk; readonly bytes: Buffer }> {
  for (let at = 0; at < chunks.length; at += BATCH) {
    const batch = Map.groupBy(chunks.slice(at, at + BATCH), ({ digest }) => digest)
    for await (const frame of client.fetch([...batch.keys()])) {
      const bytes = await decompress(frame.bytes)
      if (hash('sha256', bytes, 'hex') !== frame.digest) throw wrongContent(frame.digest)
      for (const chunk of batch.get(frame.digest)!) yield { chunk, bytes }
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
