// The store that forgets: for tests, and the shortest reading of what the port promises.
import { applyAll, type Change, type History, type RecordStore } from './record-store.ts'
import { Watchers } from './watchers.ts'

export class MemoryStore<T extends { readonly id: string }> implements RecordStore<T> {
  readonly #records = new Map<string, T>()
  readonly #watchers = new Watchers<T>()

  get(id: string): T | undefined {
    return this.#records.get(id)
  }

  values(): Iterable<T> {
    return this.#records.values()
  }

  get size(): number {
    return this.#records.size
  }

  put(record: T): Promise<void> {
    return this.write([{ put: record }])
  }

  remove(id: string): Promise<void> {
    return this.write([{ remove: id }])
  }

  async write(changes: readonly Change<T>[]): Promise<void> {
    this.#watchers.tell(applyAll(this.#records, changes))
  }

  watch(onChange: (changes: readonly Change<T>[]) => void): () => void {
    return this.#watchers.add(onChange)
  }

  async close(): Promise<void> {}
}

export class MemoryHistory<T extends { readonly id: string }> implements History<T> {
  readonly #records = new Map<string, T>()

  async add(record: T): Promise<void> {
    this.#records.delete(record.id)
    this.#records.set(record.id, record)
  }

  has(id: string): boolean {
    return this.#records.has(id)
  }

  async find(id: string): Promise<T | undefined> {
    return this.#records.get(id)
  }

  async latest(limit: number): Promise<readonly T[]> {
    return [...this.#records.values()].reverse().slice(0, limit)
  }

  async close(): Promise<void> {}
}
