// Reads an append-only file of JSON lines: all that was acknowledged, without the torn end that a crash can leave.
import { readFile } from 'node:fs/promises'
import { AppError } from '../contract/errors.ts'

export type JournalLine<T> = { readonly put: T } | { readonly remove: string }

export async function readJournal<T>(path: string): Promise<readonly JournalLine<T>[]> {
  return (await readJsonLines<JournalLine<T>>(path)).map(({ value }) => value)
}

interface ReadLine<T> {
  readonly value: T
  readonly offset: number
  readonly lengthBytes: number
}

/** A missing file has no lines. A line that cannot be read is the torn end if it is the last, else the file is damaged. */
export async function readJsonLines<T>(path: string): Promise<readonly ReadLine<T>[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  const lines: ReadLine<T>[] = []
  let offset = 0
  while (offset < bytes.length) {
    const end = bytes.indexOf(10, offset)
    if (end === -1) break
    const value = parseLine<T>(bytes.toString('utf8', offset, end))
    if (value === undefined) {
      if (bytes.indexOf(10, end + 1) === -1) break
      throw damaged(path, lines.length + 1)
    }
    lines.push({ value, offset, lengthBytes: end - offset })
    offset = end + 1
  }
  return lines
}

function parseLine<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}

function damaged(path: string, line: number): AppError {
  return new AppError(
    'APPLIANCE_STATE_UNREADABLE',
    `${path}: line ${line} cannot be read, yet lines follow it`,
    'The disk lost data that was written. Put the state folder back from a copy, or move this file away to go on without it.',
  )
}
