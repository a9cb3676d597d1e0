// Counts what moves and tells it as progress, with what it waits for. Pure but for the clock and the listeners it is given.
import type { Flow, Transfer } from '../../contract/job.ts'
import type { StepContext } from '../performer.ts'
import type { ThreadTime } from './chunk-workers.ts'
import { adapt, type Effort, sharesOf, wallOf } from './wall.ts'

/** Long enough that one window of chunks does not decide, short enough that a person sees it change. */
const SAMPLE_MS = 2000

interface Sample {
  readonly atMs: number
  readonly spent: ThreadTime
  readonly transfer: Required<Transfer>
}

export class TransferMeter {
  readonly #context: Pick<StepContext, 'progress'>
  readonly #totalBytes: number
  readonly #nowMs: () => number
  readonly #startedMs: number
  #doneBytes = 0
  #minorState = ''
  #counters = { bytesRead: 0, bytesSent: 0, bytesReceived: 0, bytesWritten: 0 }
  #spent: (() => ThreadTime) | undefined
  #sample: Sample | undefined
  #flow: Flow | undefined
  #effort: Effort = { level: 3, lanes: 3 }

  constructor(context: Pick<StepContext, 'progress'>, totalBytes: number, nowMs: () => number = () => performance.now()) {
    this.#context = context
    this.#totalBytes = totalBytes
    this.#nowMs = nowMs
    this.#startedMs = nowMs()
  }

  now(minorState: string): void {
    this.#minorState = minorState
    this.#tell()
  }

  /** Whose threads do the work: from now on it is told what they wait for. */
  watch(workers: { readonly spent: ThreadTime }): void {
    this.#spent = () => workers.spent
    this.#sample = undefined
  }

  count(counter: keyof Transfer, bytes: number): void {
    this.#counters[counter] += bytes
  }

  /** So many of the total are through. */
  advance(bytes: number): void {
    this.#doneBytes += bytes
    this.#takeSample()
    this.#tell()
  }

  get transfer(): Required<Transfer> {
    return { ...this.#counters }
  }

  get seconds(): number {
    return (this.#nowMs() - this.#startedMs) / 1000
  }

  /** How hard to try, as far as it is known by now. */
  get effort(): Effort {
    return this.#effort
  }

  #takeSample(): void {
    if (this.#spent === undefined) return
    const now: Sample = { atMs: this.#nowMs(), spent: this.#spent(), transfer: this.transfer }
    const before = this.#sample
    if (before !== undefined && now.atMs - before.atMs < SAMPLE_MS) return
    this.#sample = now
    if (before === undefined) return
    const shares = sharesOf(before.spent, now.spent, now.atMs - before.atMs)
    this.#effort = adapt(this.#effort, shares)
    const perSecond = (counter: keyof Transfer) =>
      Math.round(((now.transfer[counter] - before.transfer[counter]) * 1000) / (now.atMs - before.atMs))
    this.#flow = {
      wall: wallOf(shares),
      diskBytesPerSecond: perSecond('bytesRead') + perSecond('bytesWritten'),
      networkBytesPerSecond: perSecond('bytesSent') + perSecond('bytesReceived'),
      processorPercent: Math.round(shares.processor * 100),
    }
  }

  #tell(): void {
    const share = this.#totalBytes === 0 ? 1 : Math.min(1, this.#doneBytes / this.#totalBytes)
    const secondsLeft = share > 0.01 ? Math.round((this.seconds * (1 - share)) / share) : undefined
    this.#context.progress({
      minorState: this.#minorState,
      percent: Math.round(share * 1000) / 10,
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
      transfer: this.transfer,
      ...(this.#flow === undefined ? {} : { flow: this.#flow }),
    })
  }
}
