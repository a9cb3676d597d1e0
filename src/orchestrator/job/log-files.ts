// The log of each job: one append-only text file. Lines of the agent stand beside lines of the appliance:
//
//   2026-01-31T12:00:00.000Z [platen] attempt 1 of 3 on node-1
//   2026-01-31T12:00:01.250Z [1] format: new partition table on /dev/vda
//
// The agent numbers its lines over the whole job, so that what it sends twice is written once, also after a restart of the appliance.
// A log takes so many bytes of agents and no more: a loop that talks must not fill the disk. What the appliance says is always written.
import { createReadStream } from 'node:fs'
import { mkdir, open, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Clock, instantOf } from '../../store/index.ts'

interface OpenLog {
  /** Lines that the agent sent. */
  agentLines: number
  sizeBytes: number
  isFull: boolean
  tail: Promise<unknown>
  /** Writes that wait in the tail: while there are some, the entry must not be forgotten. */
  pending: number
}

const KEPT_OPEN = 512
const NOTE_DELAY_MS = 200
/** Of one job: a week of a verbose installer has 3 MiB. */
export const MAX_LOG_BYTES = 64 * 1024 * 1024

export class JobLogs {
  readonly #folder: string
  readonly #clock: Clock
  readonly #maxBytes: number
  readonly #logs = new Map<string, OpenLog>()
  readonly #watchers = new Map<string, Set<() => void>>()
  /** Notes that wait for the next write to their log, in whole lines. */
  readonly #notes = new Map<string, string[]>()
  #flushing: Promise<void> | undefined

  private constructor(folder: string, clock: Clock, maxBytes: number) {
    this.#folder = folder
    this.#clock = clock
    this.#maxBytes = maxBytes
  }

  static async open(folder: string, clock: Clock, maxBytes = MAX_LOG_BYTES): Promise<JobLogs> {
    await mkdir(folder, { recursive: true })
    return new JobLogs(folder, clock, maxBytes)
  }

  pathOf(jobId: string): string {
    return join(this.#folder, `${jobId}.log`)
  }

  /** How many lines of the agent are there: it numbers its next one with this. */
  async agentLineCount(jobId: string): Promise<number> {
    return (await this.#logOf(jobId)).agentLines
  }

  /** Lines that are there already are left out. */
  async addAgentLines(jobId: string, attempt: number, firstLine: number, lines: readonly string[]): Promise<void> {
    await this.#inTurn(jobId, async (log) => {
      const fresh = lines.slice(Math.max(0, log.agentLines - firstLine))
      await this.#write(
        jobId,
        log,
        this.#fitting(
          log,
          fresh.map((line) => `[${attempt}] ${oneLine(line)}`),
        ),
      )
      log.agentLines = Math.max(log.agentLines, firstLine + lines.length)
    })
  }

  /** What the appliance has to say about the job. */
  async note(jobId: string, text: string): Promise<void> {
    await this.#inTurn(jobId, (log) =>
      this.#write(
        jobId,
        log,
        text.split('\n').map((line) => `[platen] ${oneLine(line)}`),
      ),
    )
  }

  /** As note, written a moment later and before anything else in that log: a rack that starts at once must not wait for its logs. */
  noteSoon(jobId: string, text: string): void {
    const at = instantOf(this.#clock.now())
    this.#notes.set(jobId, [...(this.#notes.get(jobId) ?? []), `${at} [platen] ${oneLine(text)}`])
    this.#flushing ??= setTimeout(NOTE_DELAY_MS, undefined, { ref: false }).then(() => this.#flushNotes())
  }

  /** What waits to be written is in the file when it answers. */
  async settled(jobId: string): Promise<void> {
    if (this.#notes.has(jobId)) await this.#inTurn(jobId, (log) => this.#write(jobId, log, []))
  }

  /** Called after each write until the returned function is called. */
  watch(jobId: string, onGrown: () => void): () => void {
    const watchers = this.#watchers.get(jobId) ?? new Set()
    this.#watchers.set(jobId, watchers.add(onGrown))
    return () => {
      watchers.delete(onGrown)
      if (watchers.size === 0) this.#watchers.delete(jobId)
    }
  }

  async sizeBytes(jobId: string): Promise<number> {
    return stat(this.pathOf(jobId)).then(
      ({ size }) => size,
      () => 0,
    )
  }

  async close(): Promise<void> {
    await this.#flushNotes()
    await Promise.all([...this.#logs.values()].map(({ tail }) => tail))
  }

  async #inTurn(jobId: string, run: (log: OpenLog) => Promise<void>): Promise<void> {
    const log = await this.#logOf(jobId)
    log.pending++
    const done = log.tail.then(() => run(log)).finally(() => log.pending--)
    log.tail = done.catch(() => undefined)
    await done
  }

  /** One after the other: there is no hurry. A log that cannot be written must not stop anything. */
  async #flushNotes(): Promise<void> {
    this.#flushing = undefined
    for (const jobId of [...this.#notes.keys()]) await this.settled(jobId).catch(() => undefined)
  }

  /** Those that there is room for; the last one says that the rest is left out. */
  #fitting(log: OpenLog, lines: readonly string[]): readonly string[] {
    if (log.isFull) return []
    let left = this.#maxBytes - log.sizeBytes
    const fits = lines.findIndex((line) => {
      left -= Buffer.byteLength(line) + STAMP_BYTES
      return left < 0
    })
    if (fits === -1) return lines
    log.isFull = true
    return [...lines.slice(0, fits), `[platen] ${FULL}: it has ${this.#maxBytes} bytes; further lines of the agent are left out`]
  }

  async #write(jobId: string, log: OpenLog, lines: readonly string[]): Promise<void> {
    const at = instantOf(this.#clock.now())
    const text = [...(this.#notes.get(jobId) ?? []), ...lines.map((line) => `${at} ${line}`)]
    this.#notes.delete(jobId)
    if (text.length === 0) return
    const handle = await open(this.pathOf(jobId), 'a', 0o640)
    try {
      const bytes = Buffer.from(`${text.join('\n')}\n`)
      await handle.appendFile(bytes)
      log.sizeBytes += bytes.length
    } finally {
      await handle.close()
    }
    for (const onGrown of this.#watchers.get(jobId) ?? []) onGrown()
  }

  async #logOf(jobId: string): Promise<OpenLog> {
    const known = this.#logs.get(jobId)
    if (known !== undefined) return known
    const read = await readLog(this.pathOf(jobId))
    // Somebody else may have read it meanwhile: there must be one entry only.
    const log = this.#logs.get(jobId) ?? read
    this.#logs.set(jobId, log)
    if (this.#logs.size > KEPT_OPEN) this.#forgetIdle()
    return log
  }

  /** Forgetting one costs another count of its lines, should it ever grow again. */
  #forgetIdle(): void {
    for (const [jobId, { pending }] of this.#logs) {
      if (this.#logs.size <= KEPT_OPEN / 2) return
      if (pending === 0) this.#logs.delete(jobId)
    }
  }
}

const FULL = 'this log is full'
/** An instant, a space and a line feed. */
const STAMP_BYTES = 26

/**
 * A file that a crash cut off in mid-line loses that line: the agent was not told that it arrived. Read in pieces, however large it is.
 * Throws what the file system says, unless there is no file: a log that cannot be read is not an empty one.
 */
async function readLog(path: string): Promise<OpenLog> {
  const log: OpenLog = { agentLines: 0, sizeBytes: 0, isFull: false, tail: Promise.resolve(), pending: 0 }
  let readBytes = 0
  for await (const { line, bytes } of wholeLinesOf(path)) {
    readBytes += bytes
    if (/^\S+ \[\d+\] /.test(line)) log.agentLines++
    if (line.includes(`[platen] ${FULL}`)) log.isFull = true
  }
  log.sizeBytes = readBytes
  const { size } = await stat(path).catch(absent)
  if (readBytes < size) await truncate(path, readBytes)
  return log
}

/** The lines that end, one by one; a file that is not there has none. */
export async function* wholeLinesOf(path: string): AsyncGenerator<{ readonly line: string; readonly bytes: number }> {
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const part of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      let bytes = rest.length === 0 ? (part as Buffer) : Buffer.concat([rest, part as Buffer])
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10)) {
        yield { line: bytes.toString('utf8', 0, end), bytes: end + 1 }
        bytes = bytes.subarray(end + 1)
      }
      rest = bytes
    }
  } catch (error) {
    absent(error)
  }
}

function absent(error: unknown): { readonly size: number } {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { size: 0 }
  throw error
}

/** Escape sequences and other control characters do not reach a reader's terminal. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
  return text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000a-\u001f\u007f]/g, '')
}
