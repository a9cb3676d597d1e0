// Strangers do not push out of the audit what people did: so many refused tries a minute have an entry, the rest is counted.
import type { Clock } from '../../store/index.ts'

const MINUTE_MS = 60_000
const ENTRIES_A_MINUTE = 20

export class StrangerLimit {
  readonly #clock: Clock
  #minuteFrom = Number.NEGATIVE_INFINITY
  #given = 0
  #skipped = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether this one has an entry; else it is counted. */
  lets(): boolean {
    const now = this.#clock.elapsed()
    if (now - this.#minuteFrom >= MINUTE_MS) {
      this.#minuteFrom = now
      this.#given = 0
    }
    if (this.#given < ENTRIES_A_MINUTE) {
      this.#given++
      return true
    }
    this.#skipped++
    return false
  }

  /** How many were counted since it was asked last. */
  takeSkipped(): number {
    const skipped = this.#skipped
    this.#skipped = 0
    return skipped
  }
}
