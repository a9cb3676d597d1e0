// A disk without a table, as large as its chunks: the least that is a manifest.
import { MANIFEST_FORMAT, type Manifest } from '../../src/contract/image.ts'
import { CHUNK_BYTES, contentDigestOf, encodeDigests } from '../../src/imaging/chunk-grid.ts'
import { encodeExtents } from '../../src/imaging/extents-codec.ts'

export function manifestOf(digests: readonly string[]): Manifest {
  const usedBytes = digests.length * CHUNK_BYTES
  const extents = [{ offset: 0, length: usedBytes }]
  return {
    format: MANIFEST_FORMAT,
    disks: [
      {
        sizeBytes: 8 * CHUNK_BYTES,
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
