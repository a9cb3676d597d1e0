// The files of the audit: <dataDir>/audit/000001.log, 000002.log …, the oldest of which go when there are too many. Touches that folder.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

const MOST_FILES = 25
const NAME = /^\d{6}\.log$/

export class AuditFiles {
  readonly #folder: string

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'audit')
  }

  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
  }

  /** The oldest first. */
  async names(): Promise<readonly string[]> {
    return (await readdir(this.#folder)).filter((name) => NAME.test(name)).sort()
  }

  /** Without a torn end: that was acknowledged to nobody. */
  async lines(name: string): Promise<{ readonly lines: readonly string[]; readonly wholeBytes: number }> {
    const bytes = await readFile(this.path(name))
    const wholeBytes = bytes.lastIndexOf(LINE_FEED) + 1
    const text = bytes.toString('utf8', 0, wholeBytes)
    return { lines: text === '' ? [] : text.slice(0, -1).split('\n'), wholeBytes }
  }

  path(name: string): string {
    return join(this.#folder, name)
  }

  /** Makes room for one more. */
  async removeOldest(): Promise<void> {
    const names = await this.names()
    for (const name of names.slice(0, Math.max(0, names.length + 1 - MOST_FILES))) await rm(this.path(name))
  }
}

const LINE_FEED = 10

export function nameAfter(name: string | undefined): string {
  const number = name === undefined ? 0 : Number.parseInt(name, 10)
  return `${String(number + 1).padStart(6, '0')}.log`
}
