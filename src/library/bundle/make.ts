// Puts a bundle together: what was chosen becomes index and bytes. Reads the store.
import { hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type BundleIndex, COMPOSITE_FORMAT } from '../../contract/bundle.ts'
import { writeBundle } from '../../imaging/composite-bundle.ts'
import { bundleInvalid } from '../../imaging/composite-members.ts'
import { expandManifest, storedChunksOf } from '../../imaging/manifest-codec.ts'
import type { MinisignSigner } from '../../imaging/minisign.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import type { Chosen, Things } from './selection.ts'

export interface BundleMaking {
  readonly chosen: readonly Chosen[]
  readonly things: Things
  readonly images: Pick<ImageStoreService, 'getChunk'>
  readonly signer: MinisignSigner
  readonly createdAt: string
  readonly createdBy: string
}

/** The whole file, piece by piece. What goes away while it is made ends it with an error, and nobody takes it for whole. */
export function makeBundle({ chosen, things, images, signer, createdAt, createdBy }: BundleMaking): AsyncGenerator<Uint8Array> {
  const paths = new Map(chosen.flatMap(({ paths: own }) => [...own]))
  const entries = chosen.map(({ entry }) => entry)
  const entryWith = new Map(entries.flatMap((entry) => (entry.manifest === undefined ? [] : [[entry.manifest.digest, entry]])))
  const index: BundleIndex = { format: COMPOSITE_FORMAT, createdAt, createdBy, entries }
  return writeBundle(
    index,
    {
      async manifest(digest) {
        const { kind, name } = entryWith.get(digest)!
        const compressed = (await things.get(kind)!.take(name))?.manifest
        if (compressed === undefined || hash('sha256', compressed, 'hex') !== digest)
          throw bundleInvalid(`${name} went away while the bundle was made`)
        return { compressed, chunks: storedChunksOf(await expandManifest(compressed)) }
      },
      file: (digest) => createReadStream(paths.get(digest)!),
      chunk: (digest) => images.getChunk(digest, { again: true }),
    },
    signer,
  )
}
