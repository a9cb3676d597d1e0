// Which configuration files each node should have by its function: rendered once for each change of what they are made of; of the texts only the
// digests are kept.
import type { FunctionWish } from '../../contract/wanted.ts'
import { digestOfText } from '../node/node-texts.ts'
import type { NodeRecord } from '../node/record.ts'
import type { WantedFile } from './difference.ts'
import type { FunctionDesk } from './function-desk.ts'

export type WantedFiles =
  | { readonly kind: 'files'; readonly files: readonly WantedFile[] }
  | { readonly kind: 'refused'; readonly reason: string }

interface Made {
  /** What it was made of. */
  readonly of: readonly unknown[]
  readonly files: WantedFiles
}

export class WantedFilesDesk {
  readonly #functions: Pick<FunctionDesk, 'fileChangeCount' | 'filesOf'>
  /** By node. */
  readonly #made = new Map<string, Made>()

  constructor(functions: Pick<FunctionDesk, 'fileChangeCount' | 'filesOf'>) {
    this.#functions = functions
  }

  of(wish: FunctionWish, node: NodeRecord): WantedFiles {
    const { id, name, tags, location, inventory } = node
    const of = [this.#functions.fileChangeCount(), JSON.stringify(wish), inventory, name, tags, location]
    const known = this.#made.get(id)
    if (known?.of.every((part, index) => part === of[index]) === true) return known.files
    const found = this.#functions.filesOf(wish, node)
    const files: WantedFiles =
      found.kind === 'refused'
        ? found
        : {
            kind: 'files',
            files: found.files.map(({ to, text }) => ({ to, digest: digestOfText(text), sizeBytes: Buffer.byteLength(text) })),
          }
    this.#made.set(id, { of, files })
    return files
  }
}
