// Holds a reader to so many bytes a second. What was not used of a second is there in the next, and not longer.
import type { Clock } from '../../../store/index.ts'

export class TokenBucket {
  readonly #clock: Clock
  #perSecond: number | undefined
  /** May be below zero: a piece that came is paid for by waiting. */
  #tokens = 0
  #filledAt: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#filledAt = clock.elapsed()
  }

  /** undefined: no limit. */
  limit(bytesPerSecond: number | undefined): void {
    if (this.#perSecond === bytesPerSecond) return
    this.#perSecond = bytesPerSecond
    this.#tokens = 0
    this.#filledAt = this.#clock.elapsed()
  }

  /** Waits until so many bytes were allowed. */
  async take(bytes: number): Promise<void> {
    const perSecond = this.#perSecond
    if (perSecond === undefined) return
    const now = this.#clock.elapsed()
    this.#tokens = Math.min(perSecond, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond) - bytes
    this.#filledAt = now
    if (this.#tokens >= 0) return
    const waitMs = (-this.#tokens / perSecond) * 1000
    await new Promise<void>((resolve) => this.#clock.after(waitMs, resolve))
  }
}
