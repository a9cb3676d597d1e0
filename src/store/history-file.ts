// A history in one append-only file, a JSON line each; memory holds only where each one stands.
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { encodeLine } from '../contract/json-lines.ts'
import { AppendFile } from './durable-file.ts'
import { type Damage, readJsonLines } from './journal.ts'
import type { History } from './record-store.ts'

interface Place {
  readonly offset: number
  readonly lengthBytes: number
}

interface Identified {
  readonly id: string
}

/** onDamaged is told of lines that the disk lost; they stay where they are. */
export async function openHistoryFile<T extends Identified>(
  path: string,
  onDamaged: (damage: Damage) => void = () => undefined,
): Promise<History<T>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const { lines, damaged, wholeBytes } = await readJsonLines<T>(path)
  for (const each of damaged) onDamaged(each)
  const places = new Map<string, Place>()
  for (const { value, offset, lengthBytes } of lines) setNewest(places, value.id, { offset, lengthBytes })
  return new HistoryFile<T>(await AppendFile.open(path, wholeBytes), places, wholeBytes)
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
      const line = encodeLine(record)
      await this.#file.append(line)
      const lengthBytes = Buffer.byteLength(line.slice(0, line.lastIndexOf('\t')))
      setNewest(this.#places, record.id, { offset: this.#endBytes, lengthBytes })
      this.#endBytes += Buffer.byteLength(line)
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
