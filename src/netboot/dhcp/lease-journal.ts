// The leases on disk: one line appended per change, flushed in groups, written anew when most lines are outdated.
// A lease is acknowledged to its client only after its line is on the disk, so a restart never gives an address twice.
// Times are lease time (lease-clock.ts). A line that marks the clock begins each run: {"boot":…,"up":…,"at":…}.
import { copyFile, type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LeaseClock } from './lease-clock.ts'
import { type DamagedLine, format, formatMark, readLines } from './lease-lines.ts'
import type { Lease } from './lease-table.ts'

export interface LeaseStore {
  /** All that was kept, in the order in which it changed. Called once, first. */
  load(): Promise<readonly Lease[]>
  /** Resolves when the lease is on the disk. */
  append(lease: Lease): Promise<void>
  close(): Promise<void>
}

/** The disk lost a line, and with it a lease: its address is probed before anybody gets it. */
type OnDamaged = (path: string, line: number, reason: string) => void

const COMPACT_ABOVE_LINES = 10_000
const OUTDATED_SHARE = 4

export class LeaseJournal implements LeaseStore {
  #path: string
  #current: () => Iterable<Lease>
  #clock: LeaseClock
  #isClockMarked = false
  #isOutdated = false
  #file: FileHandle | undefined
  #waiting: { line: string; done: () => void; failed: (cause: unknown) => void }[] = []
  #flushing: Promise<void> | undefined
  #lines = 0
  #live = 0
  #onDamaged: OnDamaged

  /** current gives every lease that a compacted journal must hold. The clock is set by what the journal has. */
  constructor(path: string, current: () => Iterable<Lease>, clock: LeaseClock, onDamaged: OnDamaged) {
    this.#onDamaged = onDamaged
    this.#path = path
    this.#current = current
    this.#clock = clock
  }

  async load(): Promise<readonly Lease[]> {
    await mkdir(dirname(this.#path), { recursive: true })
    const text = await readFile(this.#path, 'utf8').catch(missingIsEmpty)
    // What follows the last newline was being written when the power went: nobody was told of it.
    const lines = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1)
    const { leases, latestMs, mark, hasOldLines, damaged } = readLines(lines)
    this.#isOutdated = hasOldLines || damaged.length > 0
    await this.#tellDamaged(damaged)
    this.#clock.goOnFrom(latestMs, mark)
    this.#lines = lines.length
    this.#live = new Set(leases.map(({ address }) => address)).size
    this.#file = await open(this.#path, 'a', 0o640)
    if (!text.endsWith('\n') && text !== '')
      await this.#file.truncate(Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)))
    return leases
  }

  append(lease: Lease): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ line: format(lease, this.#clock.now()), done, failed })
      this.#flushing ??= this.#flushAll()
    })
  }

  async close(): Promise<void> {
    await this.#flushing
    await this.#file?.close()
    this.#file = undefined
  }

  /** The next write makes the file anew, without them: so it is kept beside itself first. */
  async #tellDamaged(damaged: readonly DamagedLine[]): Promise<void> {
    if (damaged.length > 0) await copyFile(this.#path, `${this.#path}.damaged`).catch(() => undefined)
    for (const { line, reason } of damaged) this.#onDamaged(this.#path, line, reason)
  }

  /** While one group is being flushed the next one gathers: the disk sets the pace, not the number of clients. */
  async #flushAll(): Promise<void> {
    // Let the packets that already arrived join the first group.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        await this.#flush(group.map(({ line }) => line))
        for (const { done } of group) done()
      } catch (cause) {
        for (const { failed } of group) failed(cause)
      }
    }
    this.#flushing = undefined
  }

  async #flush(lines: readonly string[]): Promise<void> {
    const isLong = this.#lines > COMPACT_ABOVE_LINES && this.#lines > OUTDATED_SHARE * this.#live
    if (isLong || this.#isOutdated) await this.#compact()
    const file = this.#file
    if (file === undefined) throw new Error('the lease journal is closed')
    const mark = this.#isClockMarked ? '' : formatMark(this.#clock.mark())
    await file.appendFile(mark + lines.join(''))
    await file.datasync()
    this.#isClockMarked = true
    this.#lines += lines.length
  }

  async #compact(): Promise<void> {
    const now = this.#clock.now()
    const lines = [formatMark(this.#clock.mark()), ...Array.from(this.#current(), (lease) => format(lease, now))]
    const next = await open(`${this.#path}.next`, 'w', 0o640)
    await next.appendFile(lines.join(''))
    await next.sync()
    await next.close()
    await rename(`${this.#path}.next`, this.#path)
    const folder = await open(dirname(this.#path))
    await folder.sync()
    await folder.close()
    await this.#file?.close()
    this.#file = await open(this.#path, 'a', 0o640)
    this.#lines = lines.length
    this.#live = lines.length
    this.#isOutdated = false
    this.#isClockMarked = true
  }
}

function missingIsEmpty(cause: NodeJS.ErrnoException): string {
  if (cause.code === 'ENOENT') return ''
  throw cause
}
