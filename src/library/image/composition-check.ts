// Whether the chunks that a manifest composes have the digests that it says: nothing is published that cannot be put together again.
// Reads the digests of sections out of the store; no chunk has to be decompressed.
import { AppError } from '../../contract/errors.ts'
import type { Manifest } from '../../contract/image.ts'
import { digestOfSections } from '../../imaging/chunk-digest.ts'
import { decodeDigests } from '../../imaging/chunk-grid.ts'
import { chunksOfRuns, sectionsOfRuns } from '../../imaging/composition.ts'
import type { ChunkStore } from './chunk-store.ts'

/** Throws IMAGE_MANIFEST_INVALID, or what ChunkStore.sections throws. */
export async function checkCompositions(manifest: Manifest, chunks: Pick<ChunkStore, 'sections'>): Promise<void> {
  const sections = new Map<string, Uint8Array>()
  for (const { digests: packed, composed = [] } of manifest.disks) {
    const digests = composed.length === 0 ? [] : decodeDigests(packed)
    for (const { position, runs } of composed) {
      for (const chunk of chunksOfRuns(runs)) if (!sections.has(chunk)) sections.set(chunk, await chunks.sections(chunk))
      const made = sectionsOfRuns(runs, (chunk) => sections.get(chunk))
      if (made === undefined || digestOfSections(made) !== digests[position]) throw wrongComposition(digests[position], position)
    }
  }
}

function wrongComposition(digest: string | undefined, position: number): AppError {
  return new AppError(
    'IMAGE_MANIFEST_INVALID',
    `the manifest cannot be used: the sections that it names for chunk ${digest} (at position ${position}) are not those of its content`,
    'Capture again; if it fails again, test the memory of the machine that captures.',
  )
}
