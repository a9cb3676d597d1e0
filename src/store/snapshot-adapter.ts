// lowdb's adapter for a whole collection: compact JSON, replaced durably, the last good copy kept and read when the newest is unreadable.
import { readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Adapter } from 'lowdb'
import { AppError } from '../contract/errors.ts'
import { previousOf, replaceFile } from './durable-file.ts'
import type { Damage } from './journal.ts'
import type { Log } from './log.ts'

export interface Snapshot<T> {
  /** Journals from this number on hold what changed since. */
  readonly generation: number
  readonly records: readonly T[]
}

type Read<T> =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'good'; readonly snapshot: Snapshot<T> }

/** So many records are written as text before other work gets its turn. */
const RECORDS_A_TURN = 200
/** Behind the records stands the CRC-32 of all that is before it; files of earlier versions have none. */
const CHECKSUM_MARK = '],"checksum":'

export class SnapshotAdapter<T> implements Adapter<Snapshot<T>> {
  readonly #path: string
  readonly #log: Log
  readonly #onDamaged: ((damage: Damage) => void) | undefined
  /** Only a good file may become the previous copy: an unreadable one must not push out the good one. */
  #newestIsGood = false
  #sizeBytes = 0
  #generation = 0

  constructor(path: string, log: Log, onDamaged?: (damage: Damage) => void) {
    this.#path = path
    this.#log = log
    this.#onDamaged = onDamaged
  }

  /** Size of the file as it was last written. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Of the file that stands there now. */
  get generation(): number {
    return this.#generation
  }

  async read(): Promise<Snapshot<T> | null> {
    const newest = await readSnapshot<T>(this.#path)
    this.#newestIsGood = newest.kind === 'good'
    const chosen = newest.kind === 'good' ? newest : await readSnapshot<T>(previousOf(this.#path))
    if (chosen.kind !== 'good') {
      if (newest.kind === 'missing' && chosen.kind === 'missing') return null
      throw new AppError(
        'APPLIANCE_STATE_UNREADABLE',
        `${this.#path} cannot be read, nor can its previous copy`,
        'Put the state folder back from a copy, or move both files away to begin anew.',
      )
    }
    if (newest.kind === 'unreadable') {
      const reason = 'it cannot be read; its previous copy and all changes since were'
      this.#log.warn({ path: this.#path }, reason)
      this.#onDamaged?.({ path: this.#path, reason })
    }
    this.#generation = chosen.snapshot.generation
    return chosen.snapshot
  }

  async write(snapshot: Snapshot<T>): Promise<void> {
    this.#sizeBytes = 0
    await replaceFile(this.#path, this.#textOf(snapshot), this.#newestIsGood)
    this.#newestIsGood = true
    this.#generation = snapshot.generation
  }

  async *#textOf({ generation, records }: Snapshot<T>): AsyncGenerator<string> {
    const head = `{"generation":${generation},"records":[`
    let checksum = crc32(head)
    yield head
    for (let start = 0; start < records.length; start += RECORDS_A_TURN) {
      const part = records.slice(start, start + RECORDS_A_TURN).map((record) => JSON.stringify(record))
      const text = `${start === 0 ? '' : ',\n'}${part.join(',\n')}`
      this.#sizeBytes += text.length
      checksum = crc32(text, checksum)
      yield text
    }
    yield `${CHECKSUM_MARK}${checksum}}\n`
  }
}

async function readSnapshot<T>(path: string): Promise<Read<T>> {
  try {
    const text = await readFile(path, 'utf8')
    const snapshot = JSON.parse(text) as Snapshot<T> & { readonly checksum?: number }
    if (snapshot.checksum !== undefined && snapshot.checksum !== crc32(text.slice(0, text.lastIndexOf(CHECKSUM_MARK))))
      return { kind: 'unreadable' }
    return Array.isArray(snapshot.records) ? { kind: 'good', snapshot } : { kind: 'unreadable' }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unreadable' }
  }
}
