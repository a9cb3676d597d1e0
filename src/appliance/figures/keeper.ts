// Takes a sample of the appliance each minute, and keeps it.
import type { FigureSeries, FigureSpan } from '../../contract/figures.ts'
import type { JobView } from '../../contract/job.ts'
import type { Clock, Log } from '../../store/index.ts'
import { FigureCounter, type Standing } from './counter.ts'
import { FigureFile } from './figure-file.ts'
import { FigureHistory } from './history.ts'

const EVERY_MS = 60_000
const NONE = new FigureHistory()

export interface FigureKeeperDeps {
  readonly path: string
  readonly clock: Clock
  readonly log: Log
  readonly running: () => readonly JobView[]
  readonly standing: () => Promise<Standing>
}

export class FigureKeeper {
  readonly #deps: FigureKeeperDeps
  readonly counter = new FigureCounter()
  #file: FigureFile | undefined
  #callOff = (): void => undefined
  #taking: Promise<void> = Promise.resolve()

  constructor(deps: FigureKeeperDeps) {
    this.#deps = deps
  }

  /** A disk that takes no figures costs the figures alone. */
  async start(): Promise<void> {
    try {
      this.#file = await FigureFile.open(this.#deps.path)
    } catch (error) {
      this.#deps.log.warn({ err: error, path: this.#deps.path }, 'figures are not kept')
      return
    }
    this.#wait()
  }

  /** With what was counted since the last minute. May be called twice. */
  async stop(): Promise<void> {
    this.#callOff()
    if (this.#file === undefined) return
    await this.take()
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  series(span: FigureSpan): FigureSeries {
    return this.#file?.series(span) ?? NONE.series(span)
  }

  /** Now, whatever the minute. */
  take(): Promise<void> {
    this.#taking = this.#taking.then(() => this.#takeOne())
    return this.#taking
  }

  #wait(): void {
    this.#callOff = this.#deps.clock.after(EVERY_MS, () => {
      void this.take()
      this.#wait()
    })
  }

  async #takeOne(): Promise<void> {
    const { clock, log, running, standing } = this.#deps
    try {
      const sample = this.counter.take(running(), await standing())
      await this.#file?.add(clock.now(), sample)
    } catch (error) {
      log.warn({ err: error }, 'a sample of the figures is lost')
    }
  }
}
