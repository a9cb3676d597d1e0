// The embedded store: a lowdb file that holds a collection as it was, and a journal of what changed since.
//
//   jobs.json            { generation: 7, records: […] }        written whole, now and then
//   jobs.json.previous   { generation: 6, records: […] }        read when the newest is unreadable
//   jobs.6.journal, jobs.7.journal                              one line a change; all since the previous generation are kept
//
// Rewriting ten thousand jobs for each claim would cost 50 ms of the event loop; a line in the journal costs one shared fsync.
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Low } from 'lowdb'
import { encodeLine } from '../contract/json-lines.ts'
import { AppendFile } from './durable-file.ts'
import { changesOf, type Damage, readJournal } from './journal.ts'
import type { Log } from './log.ts'
import { applyAll, type Change, idOf, type RecordStore } from './record-store.ts'
import { type Snapshot, SnapshotAdapter } from './snapshot-adapter.ts'
import { Watchers } from './watchers.ts'

/** A journal is folded into the file when it is larger than this and than the file itself. */
const COMPACT_BYTES = 8 * 1024 * 1024

export interface LowdbStoreConfig {
  readonly folder: string
  readonly name: string
  readonly compactBytes?: number
  /** Told of what the disk lost when it is opened. */
  readonly onDamaged?: (damage: Damage) => void
}

export async function openLowdbStore<T extends { readonly id: string }>(
  config: LowdbStoreConfig,
  log: Log,
): Promise<RecordStore<T>> {
  await mkdir(config.folder, { recursive: true, mode: 0o700 })
  const adapter = new SnapshotAdapter<T>(join(config.folder, `${config.name}.json`), log, config.onDamaged)
  const low = new Low<Snapshot<T>>(adapter, { generation: 0, records: [] })
  await low.read()
  const records = new Map(low.data.records.map((record) => [record.id, record]))
  let generation = low.data.generation
  let replayed = 0
  for (const number of await journalNumbers(config)) {
    if (number < low.data.generation) continue
    const { lines, damaged } = await readJournal<T>(journalPath(config, number))
    for (const { value } of lines) applyAll(records, changesOf(value))
    for (const each of damaged) config.onDamaged?.(each)
    replayed += lines.length
    // An empty journal is used again; one with lines may end in a torn one, so the next number begins.
    generation = Math.max(generation, lines.length > 0 ? number + 1 : number)
  }
  const store = new LowdbStore<T>(config, log, { low, adapter, records, generation })
  await store.begin(replayed > 0)
  return store
}

interface Opened<T extends { readonly id: string }> {
  readonly low: Low<Snapshot<T>>
  readonly adapter: SnapshotAdapter<T>
  readonly records: Map<string, T>
  readonly generation: number
}

class LowdbStore<T extends { readonly id: string }> implements RecordStore<T> {
  readonly #config: LowdbStoreConfig
  readonly #log: Log
  readonly #low: Low<Snapshot<T>>
  readonly #adapter: SnapshotAdapter<T>
  readonly #records: Map<string, T>
  #generation: number
  #journal!: AppendFile
  /** Changes whose write failed, by record: they go with the next one. */
  readonly #unwritten = new Map<string, Change<T>>()
  readonly #watchers = new Watchers<T>()
  #compacting: Promise<void> | undefined

  constructor(config: LowdbStoreConfig, log: Log, { low, adapter, records, generation }: Opened<T>) {
    this.#config = config
    this.#log = log
    this.#low = low
    this.#adapter = adapter
    this.#records = records
    this.#generation = generation
  }

  /** A journal that was read is folded in at once, so that the next start is quick. */
  async begin(hasReplayed: boolean): Promise<void> {
    this.#journal = await AppendFile.open(journalPath(this.#config, this.#generation), 0)
    // Without room for it the journals are read again next time: a full disk keeps nobody from starting.
    if (hasReplayed)
      await this.#writeSnapshot(this.#generation).catch((error: unknown) =>
        this.#log.error({ err: error, store: this.#config.name }, 'state could not be folded; the journals stay'),
      )
    this.#low.data = { generation: this.#generation, records: [] }
  }

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

  write(changes: readonly Change<T>[]): Promise<void> {
    const real = applyAll(this.#records, changes)
    if (real.length === 0) return Promise.resolve()
    this.#watchers.tell(real)
    return this.#append(real)
  }

  watch(onChange: (changes: readonly Change<T>[]) => void): () => void {
    return this.#watchers.add(onChange)
  }

  async close(): Promise<void> {
    await this.#compacting
    await this.#journal.close()
  }

  /** One line, whatever it holds: a crash leaves all of it or nothing. */
  async #append(changes: readonly Change<T>[]): Promise<void> {
    for (const change of changes) this.#unwritten.delete(idOf(change))
    const all = [...this.#unwritten.values(), ...changes]
    this.#unwritten.clear()
    try {
      await this.#journal.append(encodeLine(all.length === 1 ? all[0] : { all }))
    } catch (error) {
      // A record that changed again meanwhile is in a later line, which is newer than what failed here.
      for (const failed of all) if (this.#isCurrent(failed)) this.#unwritten.set(idOf(failed), failed)
      throw error
    }
    this.#compactWhenLarge()
  }

  #isCurrent(change: Change<T>): boolean {
    return this.#records.get(idOf(change)) === ('put' in change ? change.put : undefined)
  }

  #compactWhenLarge(): void {
    const limit = Math.max(this.#config.compactBytes ?? COMPACT_BYTES, this.#adapter.sizeBytes)
    if (this.#compacting !== undefined || this.#journal.sizeBytes <= limit) return
    this.#compacting = this.#compact()
      .catch((error: unknown) =>
        this.#log.error({ err: error, store: this.#config.name }, 'state could not be folded; the journal goes on'),
      )
      .finally(() => {
        this.#compacting = undefined
      })
  }

  /** New changes go to the next journal first; then what is known now is written as the file of that generation. */
  async #compact(): Promise<void> {
    const next = this.#generation + 1
    const journal = await AppendFile.open(journalPath(this.#config, next), 0)
    const old = this.#journal
    this.#journal = journal
    this.#generation = next
    // Records are never changed in place, so this list stays as it is while it is being written.
    const written = this.#writeSnapshot(next)
    await old.close()
    await written
  }

  async #writeSnapshot(generation: number): Promise<void> {
    this.#low.data = { generation, records: [...this.#records.values()] }
    const previous = this.#adapter.generation
    await this.#low.write()
    this.#low.data = { generation, records: [] }
    for (const number of await journalNumbers(this.#config)) {
      if (number < previous) await rm(journalPath(this.#config, number), { force: true })
    }
  }
}

function journalPath({ folder, name }: LowdbStoreConfig, generation: number): string {
  return join(folder, `${name}.${generation}.journal`)
}

async function journalNumbers({ folder, name }: LowdbStoreConfig): Promise<readonly number[]> {
  const numbers = (await readdir(folder)).flatMap((file) => {
    const match = /^(.+)\.(\d+)\.journal$/.exec(file)
    return match?.[1] === name ? [Number(match[2])] : []
  })
  return numbers.sort((a, b) => a - b)
}
