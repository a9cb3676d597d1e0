// Files in memory for as long as they are asked for: many machines fetch the same loader at once. Reads the file system.
import { readdir } from 'node:fs/promises'
import { findServedFile } from '../served-file.ts'
import { FileContent } from './file-content.ts'

export type CachedFile =
  | { readonly kind: 'file'; readonly content: FileContent }
  | { readonly kind: 'refused'; readonly reason: 'not-found' | 'outside' | 'too-large' }

interface Entry {
  readonly sizeBytes: number
  readonly modifiedMs: number
  readonly content: Promise<FileContent>
}

export class FileCache {
  #root: string
  #limits: { readonly maxFileBytes: number; readonly cacheBytes: number }
  /** The longest unused one first. */
  #entries = new Map<string, Entry>()
  #heldBytes = 0

  constructor(root: string, limits: { readonly maxFileBytes: number; readonly cacheBytes: number }) {
    this.#root = root
    this.#limits = limits
  }

  async read(name: string): Promise<CachedFile> {
    const found = await findServedFile(this.#root, name)
    if (found.kind === 'refused') return found
    if (found.sizeBytes > this.#limits.maxFileBytes) return { kind: 'refused', reason: 'too-large' }
    const held = this.#entries.get(found.path)
    const isFresh = held?.sizeBytes === found.sizeBytes && held.modifiedMs === found.modifiedMs
    const entry = isFresh ? held : { sizeBytes: found.sizeBytes, modifiedMs: found.modifiedMs, content: this.#open(found) }
    this.#keep(found.path, entry)
    try {
      return { kind: 'file', content: await entry.content }
    } catch {
      this.#drop(found.path)
      return { kind: 'refused', reason: 'not-found' }
    }
  }

  /**
   * What lies there to be asked for, up to half of what may be held: whole before the first machine asks, which would otherwise share the
   * processors with the reading. Never fails.
   */
  async readAhead(): Promise<void> {
    for (const name of await readdir(this.#root).catch(() => [])) {
      if (this.#heldBytes > this.#limits.cacheBytes / 2) return
      const file = await this.read(name)
      if (file.kind === 'file') await file.content.whenThere(file.content.bytes.length).catch(() => undefined)
    }
  }

  /** What cannot be read to its end is not kept: whoever asks next begins anew. */
  #open({ path, sizeBytes }: { readonly path: string; readonly sizeBytes: number }): Promise<FileContent> {
    return FileContent.read(path, sizeBytes, () => this.#drop(path))
  }

  #keep(path: string, entry: Entry): void {
    this.#drop(path)
    this.#entries.set(path, entry)
    this.#heldBytes += entry.sizeBytes
    for (const oldest of this.#entries.keys()) {
      if (this.#heldBytes <= this.#limits.cacheBytes) break
      this.#drop(oldest)
    }
  }

  #drop(path: string): void {
    this.#heldBytes -= this.#entries.get(path)?.sizeBytes ?? 0
    this.#entries.delete(path)
  }
}
