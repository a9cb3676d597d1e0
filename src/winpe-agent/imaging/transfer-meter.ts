// Counts what moves and tells it as progress. Pure but for the clock and the listener it is given.
import type { Transfer } from '../../contract/job.ts'
import type { StepContext } from '../performer.ts'

export class TransferMeter {
  readonly #context: Pick<StepContext, 'progress'>
  readonly #totalBytes: number
  readonly #nowMs: () => number
  readonly #startedMs: number
  #doneBytes = 0
  #minorState = ''
  #counters = { bytesRead: 0, bytesSent: 0, bytesReceived: 0, bytesWritten: 0 }

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

  count(counter: keyof Transfer, bytes: number): void {
    this.#counters[counter] += bytes
  }

  /** So many of the total are through. */
  advance(bytes: number): void {
    this.#doneBytes += bytes
    this.#tell()
  }

  get transfer(): Transfer {
    return { ...this.#counters }
  }

  get seconds(): number {
    return (this.#nowMs() - this.#startedMs) / 1000
  }

  #tell(): void {
    const share = this.#totalBytes === 0 ? 1 : Math.min(1, this.#doneBytes / this.#totalBytes)
    const secondsLeft = share > 0.01 ? Math.round((this.seconds * (1 - share)) / share) : undefined
    this.#context.progress({
      minorState: this.#minorState,
      percent: Math.round(share * 1000) / 10,
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
      transfer: this.transfer,
    })
  }
}
