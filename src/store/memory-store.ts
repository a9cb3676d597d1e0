// The store that forgets: for tests, and the shortest reading of what the port promises.
import type { History, RecordStore } from './record-store.ts'

export class MemoryStore<T extends { readonly id: string }> implements RecordStore<T> {
  readonly #records = new Map<string, T>()

  get(id: string): T | undefined {
    return this.#records.get(id)
  }

  values(): Iterable<T> {
    return this.#records.values()
  }

  get size(): number {
    return this.#records.size
  }

  async put(record: T): Promise<void> {
    this.#records.set(record.id, record)
  }

  async remove(id: string): Promise<void> {
    this.#records.delete(id)
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
