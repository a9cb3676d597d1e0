// What a simulated disk holds: many chunks, a few of which differ from one seed to the next. Small in the store, large to look at.
import { zstdCompressSync } from 'node:zlib'
import { MANIFEST_FORMAT, type Manifest } from '../../../src/contract/image.ts'
import { chunkDigest } from '../../../src/imaging/chunk-digest.ts'
import { CHUNK_BYTES, contentDigestOf, encodeDigests } from '../../../src/imaging/chunk-grid.ts'
import { encodeExtents } from '../../../src/imaging/extents-codec.ts'

const CHUNKS = 1200
/** So many chunks really differ from each other. */
const KINDS = 40
const CHANGED = 60

interface Chunk {
  readonly digest: string
  readonly bytes: Uint8Array
}

export function contentOf(seed: number): { readonly manifest: Manifest; readonly chunks: readonly Chunk[] } {
  const family = Math.floor(seed / 100)
  const own = chunkOf(`seed ${seed}`)
  const shared = Array.from({ length: KINDS }, (_, n) => chunkOf(`family ${family} kind ${n}`))
  const digests = Array.from({ length: CHUNKS + (seed % 7) * 20 }, (_, n) =>
    n >= 200 && n < 200 + CHANGED ? own.digest : shared[n % KINDS]!.digest,
  )
  return { manifest: manifestOf(digests), chunks: [own, ...shared] }
}

function chunkOf(text: string): Chunk {
  const content = Buffer.alloc(CHUNK_BYTES, `${text}\n`)
  return { digest: chunkDigest(content), bytes: zstdCompressSync(content) }
}

function manifestOf(digests: readonly string[]): Manifest {
  const usedBytes = digests.length * CHUNK_BYTES
  const extents = [{ offset: 0, length: usedBytes }]
  return {
    format: MANIFEST_FORMAT,
    disks: [
      {
        sizeBytes: 4 * usedBytes,
        sectorBytes: 512,
        table: { kind: 'none' },
        contents: [{ number: 0, content: 'ext', usedBytes }],
        usedBytes,
        chunkBytes: CHUNK_BYTES,
        extents: encodeExtents(extents),
        digests: encodeDigests(digests),
        contentDigest: contentDigestOf(CHUNK_BYTES, extents, digests),
      },
    ],
  }
}
