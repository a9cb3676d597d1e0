// Where a bundle lies between being brought and being installed: <data folder>/bundles/incoming/ID. With install.json in it, the installation
// has begun and is finished, whatever happens; without, it is nobody's after a restart. Touches that folder.
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { BundleIndex, OnConflict } from '../../contract/bundle.ts'
import { replaceFile, syncFolder } from '../../store/index.ts'
import type { Staged } from './kind.ts'

const INDEX = 'index.json'
const BEGUN = 'install.json'
const CHUNKS = 'chunks'
const MANIFESTS = 'manifests'
const FILES = 'files'

/** What was decided before anything was listed. */
export interface Begun {
  readonly onConflict: OnConflict
  /** Known from now on. */
  readonly newKey?: { readonly id: string; readonly publicKey: string }
}

export class StagedFolder implements Staged {
  readonly id: string
  readonly #path: string

  private constructor(parent: string, id: string) {
    this.id = id
    this.#path = join(parent, id)
  }

  static async make(parent: string): Promise<StagedFolder> {
    const staged = new StagedFolder(parent, randomUUID())
    for (const part of [CHUNKS, MANIFESTS, FILES]) await mkdir(join(staged.#path, part), { recursive: true, mode: 0o700 })
    return staged
  }

  /** Those whose installation has begun. All others are removed. */
  static async begun(parent: string): Promise<readonly StagedFolder[]> {
    await mkdir(parent, { recursive: true, mode: 0o700 })
    const all = (await readdir(parent)).map((id) => new StagedFolder(parent, id))
    const begun: StagedFolder[] = []
    for (const staged of all) {
      if (await staged.hasBegun()) begun.push(staged)
      else await staged.remove()
    }
    return begun
  }

  manifestPath(digest: string): string {
    return join(this.#path, MANIFESTS, digest)
  }

  filePath(digest: string): string {
    return join(this.#path, FILES, digest)
  }

  async writeIndex(index: BundleIndex): Promise<void> {
    await replaceFile(join(this.#path, INDEX), textOf(index), false)
  }

  async readIndex(): Promise<BundleIndex> {
    return JSON.parse(await readFile(join(this.#path, INDEX), 'utf8')) as BundleIndex
  }

  async writeManifest(digest: string, compressed: Uint8Array): Promise<void> {
    await writeFile(this.manifestPath(digest), compressed, { flush: true })
  }

  async writeFile(digest: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    await pipeline(pieces, createWriteStream(this.filePath(digest), { flush: true }))
  }

  /** It reaches the store before the installation begins, so it need not survive a power cut here. */
  async writeChunk(digest: string, compressed: Uint8Array): Promise<void> {
    await writeFile(join(this.#path, CHUNKS, digest), compressed)
  }

  chunks(): Promise<readonly string[]> {
    return readdir(join(this.#path, CHUNKS))
  }

  async chunkBytes(digest: string): Promise<number> {
    const file = await open(join(this.#path, CHUNKS, digest), 'r')
    return file
      .stat()
      .then(({ size }) => size)
      .finally(() => file.close())
  }

  readChunk(digest: string): Promise<Buffer> {
    return readFile(join(this.#path, CHUNKS, digest))
  }

  async dropChunk(digest: string): Promise<void> {
    await rm(join(this.#path, CHUNKS, digest), { force: true })
  }

  /** From here on there is no way back, only to the end. */
  async begin(begun: Begun): Promise<void> {
    for (const part of [MANIFESTS, FILES, '.']) await syncFolder(join(this.#path, part))
    await syncFolder(join(this.#path, '..'))
    await replaceFile(join(this.#path, BEGUN), textOf(begun), false)
  }

  hasBegun(): Promise<boolean> {
    return access(join(this.#path, BEGUN)).then(
      () => true,
      () => false,
    )
  }

  async readBegun(): Promise<Begun> {
    return JSON.parse(await readFile(join(this.#path, BEGUN), 'utf8')) as Begun
  }

  /** The mark goes first: a folder that is half removed is nobody's. */
  async remove(): Promise<void> {
    await rm(join(this.#path, BEGUN), { force: true })
    await rm(this.#path, { recursive: true, force: true })
  }
}

async function* textOf(value: unknown): AsyncGenerator<string> {
  yield JSON.stringify(value)
}
