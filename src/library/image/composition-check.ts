// Whether the chunks that a manifest composes have the digests that it says: nothing is published that cannot be put together again.
// Each is put together out of the store, but for those that the version before composes alike: they were proven then.
import { AppError } from '../../contract/errors.ts'
import type { Composition, Manifest } from '../../contract/image.ts'
import { unpackDisk } from '../../imaging/manifest-codec.ts'
import type { ChunkContent } from './chunk-content.ts'

/** Enough to keep the threads of the store busy. */
const AT_ONCE = 4

/** Throws IMAGE_MANIFEST_INVALID, or what ChunkContent.digestOf throws. */
export async function checkCompositions(
  manifest: Manifest,
  before: Manifest | undefined,
  content: Pick<ChunkContent, 'digestOf'>,
): Promise<void> {
  const proven = new Set(before === undefined ? [] : composedChunks(before).map(textOf))
  const unproven = composedChunks(manifest).filter((chunk) => !proven.has(textOf(chunk)))
  const rest = unproven.values()
  const checker = async (): Promise<void> => {
    for (const { digest, composition, position } of rest)
      if ((await content.digestOf(composition)) !== digest) throw wrongComposition(digest, position)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, checker))
}

interface ComposedChunk {
  readonly digest: string
  readonly position: number
  readonly composition: Composition
}

function composedChunks({ disks }: Manifest): ComposedChunk[] {
  return disks.flatMap((disk) => {
    if (disk.composed === undefined) return []
    const { digests, composed } = unpackDisk(disk)
    return [...composed].map(([position, composition]) => ({ digest: digests[position]!, position, composition }))
  })
}

const textOf = ({ digest, composition }: ComposedChunk): string => [digest, ...composition.chunks, composition.blocks].join(' ')

function wrongComposition(digest: string, position: number): AppError {
  return new AppError(
    'IMAGE_MANIFEST_INVALID',
    `the manifest cannot be used: the blocks that it names for chunk ${digest} (at position ${position}) are not those of its content`,
    'Capture again; if it fails again, test the memory of the machine that captures.',
  )
}
