// A history in one append-only file, a JSON line each; memory holds only where each one stands.
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppendFile } from './durable-file.ts'
import { readJsonLines } from './journal.ts'
import type { History } from './record-store.ts'

interface Place {
  readonly offset: number
  readonly lengthBytes: number
}

interface Identified {
  readonly id: string
}

export async function openHistoryFile<T extends Identified>(path: string): Promise<History<T>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const lines = await readJsonLines<T>(path)
  const last = lines.at(-1)
  const goodBytes = last === undefined ? 0 : last.offset + last.lengthBytes + 1
  const places = new Map<string, Place>()
  for (const { value, offset, lengthBytes } of lines) setNewest(places, value.id, { offset, lengthBytes })
  return new HistoryFile<T>(await AppendFile.open(path, goodBytes), places, goodBytes)
}

class HistoryFile<T extends Identified> implements History<T> {
  readonly #file: AppendFile
  readonly #places: Map<string, Place>
  /** One add after the other, so that each knows where its line will stand. */
  #tail: Promise<void> = Promise.resolve()
  #endBytes: number

  constructor(file: AppendFile, places: Map<string, Place>, endBytes: number) {
    this.#file = file
    this.#places = places
    this.#endBytes = endBytes
  }

  add(record: T): Promise<void> {
    const added = this.#tail.then(async () => {
      const line = `${JSON.stringify(record)}\n`
      await this.#file.append(line)
      const lengthBytes = Buffer.byteLength(line)
      setNewest(this.#places, record.id, { offset: this.#endBytes, lengthBytes: lengthBytes - 1 })
      this.#endBytes += lengthBytes
    })
    this.#tail = added.catch(() => undefined)
    return added
  }

  has(id: string): boolean {
    return this.#places.has(id)
  }

  async find(id: string): Promise<T | undefined> {
    const place = this.#places.get(id)
    return place === undefined ? undefined : (await this.#read([place]))[0]
  }

  async latest(limit: number): Promise<readonly T[]> {
    const places = [...this.#places.values()]
    return this.#read(places.slice(Math.max(0, places.length - limit)).reverse())
  }

  async close(): Promise<void> {
    await this.#tail
    await this.#file.close()
  }

  async #read(places: readonly Place[]): Promise<T[]> {
    const handle = await open(this.#file.path, 'r')
    try {
      const records: T[] = []
      for (const { offset, lengthBytes } of places) {
        const { buffer } = await handle.read(Buffer.alloc(lengthBytes), 0, lengthBytes, offset)
        records.push(JSON.parse(buffer.toString('utf8')) as T)
      }
      return records
    } finally {
      await handle.close()
    }
  }
}

/** A map keeps the order of first insertion: what is added again must move to the end. */
function setNewest(places: Map<string, Place>, id: string, place: Place): void {
  places.delete(id)
  places.set(id, place)
}
