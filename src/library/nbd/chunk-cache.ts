// Chunks that were read lately, so that a filesystem that is read in small pieces expands each of them once. Bounded memory; no I/O of its own.
import { type DiskReader, readRange } from '../image/disk-bytes.ts'

export class ChunkCache {
  readonly #maxBytes: number
  #keptBytes = 0
  /** The one used last is the last. */
  readonly #chunks = new Map<string, { readonly bytes: Promise<Buffer>; readonly sizeBytes: number }>()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The same disk, by way of the cache; name: no two disks have one. */
  reader(name: string, { sizeBytes, chunkBytes, chunkAt }: DiskReader): DiskReader {
    const cached = (start: number): Promise<Buffer> => {
      const key = `${name}/${start}`
      const known = this.#chunks.get(key)
      this.#chunks.delete(key)
      const entry = known ?? this.#added(chunkBytes, chunkAt(start))
      this.#chunks.set(key, entry)
      // What failed once may be healed meanwhile.
      entry.bytes.catch(() => this.#drop(key, entry))
      return entry.bytes
    }
    return { sizeBytes, chunkBytes, chunkAt: cached }
  }

  #added(sizeBytes: number, bytes: Promise<Buffer>) {
    this.#keptBytes += sizeBytes
    for (const [key, oldest] of this.#chunks) {
      if (this.#keptBytes <= this.#maxBytes) break
      this.#drop(key, oldest)
    }
    return { bytes, sizeBytes }
  }

  #drop(key: string, entry: { readonly sizeBytes: number }): void {
    if (this.#chunks.get(key) !== entry) return
    this.#chunks.delete(key)
    this.#keptBytes -= entry.sizeBytes
  }
}

/** Pieces of chunks, in order; nobody writes into them. */
export async function pieces(reader: DiskReader, from: number, to: number): Promise<Buffer[]> {
  return Array.fromAsync(readRange(reader, { from, to }))
}
