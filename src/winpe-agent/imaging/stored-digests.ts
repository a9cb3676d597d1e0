// Chunks of the version before that the store has: asked for all at once, not again while the disk is read. Touches the network.
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { ReservationAnswer } from '../../contract/image-transfer.ts'
import { chunkDigestsOf, decodeManifest } from '../../imaging/manifest-codec.ts'
import type { ChunkClient } from './chunk-client.ts'

const decompress = promisify(zstdDecompress)

/** Asking also keeps them from being collected while the capture runs. Without an earlier version there is nothing to ask. */
export async function storedDigests(previous: ReservationAnswer['previous'], client: ChunkClient): Promise<Set<string>> {
  if (previous === undefined) return new Set()
  const manifest = decodeManifest(await decompress(await client.manifest(previous.imageName, previous.version)))
  const stored = chunkDigestsOf(manifest)
  for (const digest of await client.missing([...stored])) stored.delete(digest)
  return stored
}
