// Looks after the chunk store by the clock: a scrub now and then, and whether space runs out. Tells what it finds as events.
// What the last scrub found outlives a restart; one that a restart cut off begins anew.
import { readFile } from 'node:fs/promises'
import { Value } from 'typebox/value'
import { AppError } from '../../contract/errors.ts'
import type { ScrubResult } from '../../contract/image-care.ts'
import { ScrubMemory, type ScrubStatus, type StoreSpace } from '../../contract/image-care.ts'
import type { Events, Log } from '../../store/index.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import { writeWhole } from './durable-write.ts'
import type { CheckRun } from './image-service.ts'

interface StoreWatchDeps {
  readonly scrub: (run: CheckRun) => Promise<ScrubResult>
  readonly space: () => Promise<StoreSpace>
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
  /** Where the last result is kept. */
  readonly memoryPath: string
  /** Days between two scrubs; 0: only when somebody asks. */
  readonly scrubDays: number
  /** So many percent in use, and people are told. */
  readonly fullPercent: number
}

const LOOK_MS = 60_000
const DAY_MS = 86_400_000

export class StoreWatch {
  readonly #deps: StoreWatchDeps
  #memory: ScrubMemory
  #running: { readonly startedAt: string; checkedChunks: number; readonly ended: Promise<void> } | undefined
  /** Told once, until there is space again. */
  #isNearlyFull = false
  #callOff: (() => void) | undefined
  #looking: Promise<void> = Promise.resolve()
  readonly #stopping = new AbortController()

  private constructor(deps: StoreWatchDeps, memory: ScrubMemory) {
    this.#deps = deps
    this.#memory = memory
  }

  static async open(deps: StoreWatchDeps): Promise<StoreWatch> {
    const text = await readFile(deps.memoryPath, 'utf8').catch(() => undefined)
    const known = text === undefined ? undefined : parseMemory(text)
    return new StoreWatch(deps, known ?? { since: instantOf(deps.clock.now()) })
  }

  start(): void {
    this.#callOff = this.#deps.clock.after(LOOK_MS, () => {
      this.#looking = this.look().catch((error: unknown) =>
        this.#deps.log.error({ err: error }, 'the store could not be looked at'),
      )
      this.start()
    })
  }

  async stop(): Promise<void> {
    this.#callOff?.()
    this.#stopping.abort()
    await this.#looking
    await this.#running?.ended
  }

  status(): ScrubStatus {
    const { last } = this.#memory
    const nextAt = this.#nextAtMs()
    return {
      ...(this.#running === undefined
        ? { isRunning: false }
        : { isRunning: true, startedAt: this.#running.startedAt, checkedChunks: this.#running.checkedChunks }),
      ...(last === undefined ? {} : { last }),
      ...(nextAt === undefined ? {} : { nextAt: instantOf(nextAt) }),
    }
  }

  /** Begins one, unless one runs already. */
  begin(): ScrubStatus {
    if (this.#running === undefined && !this.#stopping.signal.aborted) {
      const startedAt = instantOf(this.#deps.clock.now())
      const ended = Promise.resolve().then(() => this.#scrub(startedAt))
      this.#running = { startedAt, checkedChunks: 0, ended }
    }
    return this.status()
  }

  /** When the one that runs has ended. */
  async settled(): Promise<void> {
    await this.#running?.ended
  }

  async look(): Promise<void> {
    const nextAt = this.#nextAtMs()
    if (nextAt !== undefined && nextAt <= this.#deps.clock.now()) this.begin()
    await this.#lookAtSpace()
  }

  async #scrub(startedAt: string): Promise<void> {
    const { scrub, clock, events, log, memoryPath } = this.#deps
    try {
      const onChecked = (count: number) => {
        if (this.#running !== undefined) this.#running.checkedChunks = count
      }
      const result = await scrub({ onChecked, signal: this.#stopping.signal })
      const last = { startedAt, endedAt: instantOf(clock.now()), result }
      this.#memory = { ...this.#memory, last }
      await writeWhole(memoryPath, Buffer.from(JSON.stringify(this.#memory)))
      const { checkedChunks, damaged, hurt } = result
      log.info({ checkedChunks, damaged: damaged.length, hurt: hurt.length }, 'the store was scrubbed')
      if (damaged.length > 0 || hurt.length > 0) events.emit({ type: 'store.damaged', result })
    } catch (error) {
      if (error instanceof AppError) log.info({ code: error.code }, error.message)
      else if (!this.#stopping.signal.aborted) log.error({ err: error }, 'the store could not be scrubbed')
    } finally {
      this.#running = undefined
    }
  }

  async #lookAtSpace(): Promise<void> {
    const { space, fullPercent, events } = this.#deps
    const now = await space()
    const usedPercent = now.totalBytes === 0 ? 0 : (100 * (now.totalBytes - now.freeBytes)) / now.totalBytes
    const isNearlyFull = usedPercent >= fullPercent
    if (isNearlyFull && !this.#isNearlyFull) events.emit({ type: 'store.nearly-full', space: now })
    this.#isNearlyFull = isNearlyFull
  }

  /** Counted from the last one, or from when this store was first watched. */
  #nextAtMs(): number | undefined {
    if (this.#deps.scrubDays === 0) return undefined
    return Date.parse(this.#memory.last?.startedAt ?? this.#memory.since) + this.#deps.scrubDays * DAY_MS
  }
}

function parseMemory(text: string): ScrubMemory | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Value.Check(ScrubMemory, value) ? value : undefined
  } catch {
    return undefined
  }
}
