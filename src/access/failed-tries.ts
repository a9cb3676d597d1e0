// Who guesses passwords waits, longer with each wrong one: by address (IPv6: by /64), and by name from that address. Bounded tables; nobody can lock
// somebody else out from elsewhere.
import { limitGroupOf } from '../contract/address-group.ts'
import { AppError } from '../contract/errors.ts'
import type { Clock } from '../store/index.ts'

/** Wrong tries in a row that cost nothing: a person who mistypes. Several people share an address. */
const FREE = { address: 20, name: 5 } as const
const MOST_WAIT_MS = 15 * 60_000
/** So long after the last try all is forgotten. */
const FORGOTTEN_MS = 30 * 60_000
const KEPT = 10_000

interface Tries {
  readonly count: number
  readonly lastAt: number
  /** No try before. */
  readonly notBefore: number
}

export class FailedTries {
  readonly #clock: Clock
  readonly #tries = new Map<string, Tries>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Counts a try before it is looked at, so that many at once are many. Gives what takes it back when it was right.
   * Throws LOGIN_LOCKED: not before so many seconds.
   */
  begin(address: string, name: string): () => void {
    // Who has one address of a /64 has all of them.
    const group = limitGroupOf(address)
    const keys = [
      { key: `a ${group}`, free: FREE.address },
      { key: `n ${group} ${name}`, free: FREE.name },
    ]
    const now = this.#clock.elapsed()
    const waitMs = Math.max(...keys.map(({ key }) => (this.#of(key, now)?.notBefore ?? now) - now))
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      throw new AppError('LOGIN_LOCKED', `too many wrong tries from ${address}`, `Try again in ${seconds} s.`)
    }
    for (const { key, free } of keys) this.#count(key, free, now)
    return () => {
      this.#tries.delete(`n ${group} ${name}`)
      // Whoever logs in as themselves has not made good what they tried with other names.
      this.#takeBack(`a ${group}`)
    }
  }

  #takeBack(key: string): void {
    const tries = this.#tries.get(key)
    if (tries !== undefined) this.#tries.set(key, { ...tries, count: tries.count - 1, notBefore: 0 })
  }

  #of(key: string, now: number): Tries | undefined {
    const tries = this.#tries.get(key)
    return tries === undefined || now - tries.lastAt > FORGOTTEN_MS ? undefined : tries
  }

  #count(key: string, free: number, now: number): void {
    const count = (this.#of(key, now)?.count ?? 0) + 1
    const waitMs = count < free ? 0 : Math.min(MOST_WAIT_MS, 1000 * 2 ** Math.min(count - free, 20))
    // The one that was quiet for longest goes.
    this.#tries.delete(key)
    if (this.#tries.size >= KEPT) this.#tries.delete(this.#tries.keys().next().value!)
    this.#tries.set(key, { count, lastAt: now, notBefore: now + waitMs })
  }
}
