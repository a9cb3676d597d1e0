// The store that forgets: for tests, and the shortest reading of what the port promises.
import type { JobRecord } from '../job/record.ts'
import type { JobHistory, RecordStore } from './store.ts'

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

export class MemoryHistory implements JobHistory {
  readonly #jobs = new Map<string, JobRecord>()

  async add(job: JobRecord): Promise<void> {
    this.#jobs.delete(job.id)
    this.#jobs.set(job.id, job)
  }

  has(id: string): boolean {
    return this.#jobs.has(id)
  }

  async find(id: string): Promise<JobRecord | undefined> {
    return this.#jobs.get(id)
  }

  async latest(limit: number): Promise<readonly JobRecord[]> {
    return [...this.#jobs.values()].reverse().slice(0, limit)
  }

  async close(): Promise<void> {}
}
