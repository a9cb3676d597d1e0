// Who did what, from where: only ever added to, each entry bound to all before it, on disk before the answer is given.
import type { AuditEntry, AuditExpectation, AuditQuery, AuditVerdict } from '../../contract/audit.ts'
import { AppendFile, type Clock, instantOf, type Log } from '../../store/index.ts'
import { CHAIN_START, type ChainEnd, chainLine, readLine } from './chain.ts'
import { AuditFiles, nameAfter } from './files.ts'
import { StrangerLimit } from './stranger-limit.ts'

const MOST_FILE_BYTES = 4 * 1024 * 1024
const MOST_PROBLEMS = 20

export type AuditEvent = Omit<AuditEntry, 'number' | 'at' | 'skipped'>

interface AuditDeps {
  readonly clock: Clock
  readonly log: Log
  /** Told of each entry, once it is on disk. */
  readonly onEntry: (entry: AuditEntry) => void
}

export class Audit {
  readonly #files: AuditFiles
  readonly #deps: AuditDeps
  readonly #strangers: StrangerLimit
  #file: AppendFile
  #name: string
  #end: ChainEnd
  /** One after the other, so that each knows the digest before it. */
  #turn: Promise<void> = Promise.resolve()

  private constructor(files: AuditFiles, begun: { file: AppendFile; name: string; end: ChainEnd }, deps: AuditDeps) {
    this.#files = files
    this.#file = begun.file
    this.#name = begun.name
    this.#end = begun.end
    this.#deps = deps
    this.#strangers = new StrangerLimit(deps.clock)
  }

  static async open(dataDir: string, deps: AuditDeps): Promise<Audit> {
    const files = new AuditFiles(dataDir)
    await files.open()
    const name = (await files.names()).at(-1) ?? nameAfter(undefined)
    const { lines, wholeBytes } = (await files.names()).includes(name) ? await files.lines(name) : { lines: [], wholeBytes: 0 }
    return new Audit(files, { file: await AppendFile.open(files.path(name), wholeBytes), name, end: endOf(lines) }, deps)
  }

  /** Resolves when it is on disk, or in the log where the disk takes no more: what was done was done. */
  record(event: AuditEvent): Promise<void> {
    if (event.who === undefined && !this.#strangers.lets()) return Promise.resolve()
    const recorded = this.#turn.then(() => this.#write(event))
    this.#turn = recorded.catch((error: unknown) => {
      this.#deps.log.error({ err: error, audit: event }, 'an entry of the audit could not be written')
    })
    return this.#turn
  }

  /** The newest first. */
  async list({ limit, before = Number.POSITIVE_INFINITY, who }: AuditQuery): Promise<readonly AuditEntry[]> {
    await this.#turn
    const found: AuditEntry[] = []
    for (const name of (await this.#files.names()).toReversed()) {
      const { lines } = await this.#files.lines(name)
      for (const line of lines.toReversed()) {
        const read = readLine(line, undefined)
        if (read.kind === 'broken' || read.entry.number >= before) continue
        if (who !== undefined && read.entry.who?.name !== who) continue
        found.push(read.entry)
        if (found.length === limit) return found
      }
    }
    return found
  }

  /** Reads all of it. */
  async verify({ number, digest }: AuditExpectation = {}): Promise<AuditVerdict> {
    await this.#turn
    const problems: AuditVerdict['problems'] = []
    let end: ChainEnd | undefined
    let entries = 0
    let isAsExpected = number === undefined || digest === undefined ? undefined : false
    for (const name of await this.#files.names()) {
      const { lines } = await this.#files.lines(name)
      for (const [at, line] of lines.entries()) {
        const read = readLine(line, end ?? (name === nameAfter(undefined) ? CHAIN_START : undefined))
        if (read.kind === 'broken') {
          if (problems.length < MOST_PROBLEMS) problems.push({ file: this.#files.path(name), line: at + 1, reason: read.reason })
          // What follows is looked at by itself: one broken line is one problem.
          const alone = readLine(line, undefined)
          if (alone.kind === 'good') end = alone.end
          continue
        }
        entries++
        end = read.end
        if (end.number === number && end.digest === digest) isAsExpected = true
      }
    }
    return {
      entries,
      ...(end === undefined ? {} : { last: end }),
      problems,
      ...(isAsExpected === undefined ? {} : { isAsExpected }),
    }
  }

  async close(): Promise<void> {
    await this.#turn
    await this.#file.close()
  }

  async #write(event: AuditEvent): Promise<void> {
    if (this.#file.sizeBytes >= MOST_FILE_BYTES) await this.#rotate()
    const skipped = this.#strangers.takeSkipped()
    const entry: AuditEntry = {
      number: this.#end.number + 1,
      at: instantOf(this.#deps.clock.now()),
      ...event,
      ...(skipped === 0 ? {} : { skipped }),
    }
    const { text, end } = chainLine(entry, this.#end)
    await this.#file.append(text)
    this.#end = end
    this.#deps.onEntry(entry)
  }

  async #rotate(): Promise<void> {
    await this.#files.removeOldest()
    const name = nameAfter(this.#name)
    const file = await AppendFile.open(this.#files.path(name), 0)
    await this.#file.close()
    this.#file = file
    this.#name = name
  }
}

/** Of the last line that can be read: one that cannot is told by verify, and ends nothing. */
function endOf(lines: readonly string[]): ChainEnd {
  for (const line of lines.toReversed()) {
    const read = readLine(line, undefined)
    if (read.kind === 'good') return read.end
  }
  return CHAIN_START
}
