// A process for one manifest that comes from outside: expands, parses and checks it, and ends. What it is given may be made to fill its memory.
// A thread would not do: when its heap is full in the middle of parsing, the whole process ends with it.
import { AppError } from '../../contract/errors.ts'
import type { Manifest } from '../../contract/image.ts'
import { expandManifest } from '../../imaging/manifest-codec.ts'

export type ManifestVerdict =
  | { readonly kind: 'good'; readonly manifest: Manifest }
  | { readonly kind: 'bad'; readonly message: string; readonly hint: string }

async function read(compressed: Uint8Array): Promise<ManifestVerdict> {
  try {
    return { kind: 'good', manifest: await expandManifest(compressed) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { kind: 'bad', message: error.message, hint: error.hint }
  }
}

process.once('message', async (compressed: Uint8Array) => {
  const verdict = await read(compressed)
  process.send?.(verdict, undefined, undefined, () => process.disconnect())
})
// Whoever asked is gone.
process.once('disconnect', () => process.exit())
