// Reads append-only files of JSON lines: all that was acknowledged comes back; a line that the disk lost costs itself and is told; the torn
// end that a crash can leave was acknowledged to nobody.
import { copyFile, readFile } from 'node:fs/promises'
import { AppError } from '../contract/errors.ts'
import { decodeLine } from '../contract/json-lines.ts'
import type { Change } from './record-store.ts'

/** One change, or several that are one. */
export type JournalLine<T> = Change<T> | { readonly all: readonly Change<T>[] }

export const changesOf = <T>(line: JournalLine<T>): readonly Change<T>[] => ('all' in line ? line.all : [line])

/** A piece of the state that is not what was written. */
export interface Damage {
  readonly path: string
  /** From 1; left out: the whole file. */
  readonly line?: number
  readonly reason: string
}

interface ReadLine<T> {
  readonly value: T
  readonly offset: number
  /** Of the JSON text, without its checksum. */
  readonly lengthBytes: number
}

export interface ReadLines<T> {
  readonly lines: readonly ReadLine<T>[]
  readonly damaged: readonly Damage[]
  /** Where the last whole line ends: what stands behind is torn. */
  readonly wholeBytes: number
}

const LINE_FEED = 10

/** A missing file has no lines. */
export async function readJsonLines<T>(path: string): Promise<ReadLines<T>> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw new AppError(
      'APPLIANCE_STATE_UNREADABLE',
      `${path} cannot be read (${error.code ?? error.message})`,
      'Put it back from a backup, or move it away: what it holds is lost then, and nothing else.',
      { cause: error },
    )
  })
  const lines: ReadLine<T>[] = []
  const damaged: Damage[] = []
  let offset = 0
  for (let number = 1; ; number++) {
    const end = bytes.indexOf(LINE_FEED, offset)
    if (end === -1) break
    const read = decodeLine(bytes.toString('utf8', offset, end))
    if (read.kind === 'good') lines.push({ value: read.value as T, offset, lengthBytes: Buffer.byteLength(read.json) })
    else damaged.push({ path, line: number, reason: read.reason })
    offset = end + 1
  }
  return { lines, damaged, wholeBytes: offset }
}

/** As readJsonLines, for a file that will be folded away: one with damage is kept beside itself for whoever can read more of it. */
export async function readJournal<T>(path: string): Promise<ReadLines<JournalLine<T>>> {
  const read = await readJsonLines<JournalLine<T>>(path)
  if (read.damaged.length > 0) await copyFile(path, `${path}.damaged`).catch(() => undefined)
  return read
}
