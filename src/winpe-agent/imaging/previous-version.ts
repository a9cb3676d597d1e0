// What the store has of the version before (of the image, or else the one that the node runs), and where on the disks it stood: asked for once, before the disks are read.
// Touches the network through the client.
import type { Composition, DiskManifest } from '../../contract/image.ts'
import type { ReservationAnswer } from '../../contract/image-transfer.ts'
import { CHUNK_BYTES } from '../../imaging/chunk-grid.ts'
import { wholeChunk } from '../../imaging/composition.ts'
import { expandManifest, storedChunksOf, unpackDisk } from '../../imaging/manifest-codec.ts'
import type { ChunkClient } from './chunk-client.ts'

export interface PreviousDisk {
  /** Where the blocks lie of the chunk that stood there, by place in the grid. Only chunks that the store has whole. */
  readonly at: ReadonlyMap<number, Composition>
  /** The same by digest, for chunks that are not stored as one. */
  readonly composed: ReadonlyMap<string, Composition>
}

export interface PreviousVersion {
  /** Stored chunks that need not be asked for again. */
  readonly stored: ReadonlySet<string>
  readonly disks: readonly PreviousDisk[]
}

/** Asking also keeps its chunks from being collected while the capture runs. */
export async function previousVersion(previous: ReservationAnswer['previous'], client: ChunkClient): Promise<PreviousVersion> {
  // The first version has nothing before it.
  if (previous === undefined) return { stored: new Set(), disks: [] }
  const manifest = await expandManifest(await client.manifest(previous.imageName, previous.version))
  const stored = storedChunksOf(manifest)
  for (const digest of await client.missing([...stored])) stored.delete(digest)
  return { stored, disks: manifest.disks.map((disk) => previousDisk(disk, stored)) }
}

function previousDisk(disk: DiskManifest, stored: ReadonlySet<string>): PreviousDisk {
  const at = new Map<number, Composition>()
  const composed = new Map<string, Composition>()
  const unpacked = unpackDisk(disk)
  const { spans, digests } = unpacked
  for (const [position, { index }] of spans.entries()) {
    const digest = digests[position]!
    const own = unpacked.composed.get(position)
    const composition = own ?? wholeChunk(digest, disk.chunkBytes)
    if (disk.chunkBytes !== CHUNK_BYTES || composition.chunks.some((chunk) => !stored.has(chunk))) continue
    at.set(index, composition)
    if (own !== undefined) composed.set(digest, own)
  }
  return { at, composed }
}
