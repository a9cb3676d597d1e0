// Append-only files of JSON lines, each with its checksum: `{"put":…}<tab>1c291ca3`. Read, all that was acknowledged comes back; a line that
// the disk lost costs itself and is told; the torn end that a crash can leave was acknowledged to nobody. Lines of earlier versions have none.
import { copyFile, readFile } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
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
const CHECKSUM_CHARS = 8

export function encodeLine(value: unknown): string {
  const json = JSON.stringify(value)
  return `${json}\t${checksumOf(json)}\n`
}

/** A missing file has no lines. */
export async function readJsonLines<T>(path: string): Promise<ReadLines<T>> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  const lines: ReadLine<T>[] = []
  const damaged: Damage[] = []
  let offset = 0
  for (let number = 1; ; number++) {
    const end = bytes.indexOf(LINE_FEED, offset)
    if (end === -1) break
    const read = decodeLine<T>(bytes.toString('utf8', offset, end))
    if (read.kind === 'good') lines.push({ value: read.value, offset, lengthBytes: Buffer.byteLength(read.json) })
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

type DecodedLine<T> =
  | { readonly kind: 'good'; readonly value: T; readonly json: string }
  | { readonly kind: 'bad'; readonly reason: string }

function decodeLine<T>(text: string): DecodedLine<T> {
  const at = text.lastIndexOf('\t')
  const json = at === -1 ? text : text.slice(0, at)
  const isWhole = at === -1 || (text.length - at - 1 === CHECKSUM_CHARS && text.slice(at + 1) === checksumOf(json))
  if (!isWhole) return { kind: 'bad', reason: 'it does not have the checksum that it was written with' }
  try {
    return { kind: 'good', value: JSON.parse(json) as T, json }
  } catch {
    return { kind: 'bad', reason: 'it cannot be read' }
  }
}

export function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_CHARS, '0')
}
