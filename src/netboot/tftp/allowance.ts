// How much a stranger may have for nothing: so many at once, and then so many a second, each address for itself. Pure but for what it remembers.

export interface AllowanceRate {
  readonly atOnce: number
  readonly perSecond: number
}

interface Purse {
  readonly left: number
  readonly at: number
}

/** More addresses than this at once are forged ones: the oldest are forgotten, which only gives to them what all have. */
const MAX_ADDRESSES = 4096

export class Allowance {
  readonly #rate: AllowanceRate
  readonly #purses = new Map<string, Purse>()

  constructor(rate: AllowanceRate) {
    this.#rate = rate
  }

  /** Whether there was one left. now: in milliseconds. */
  take(address: string, now: number): boolean {
    const left = this.#leftOf(address, now)
    this.#put(address, { left: left < 1 ? left : left - 1, at: now })
    return left >= 1
  }

  /** It was no stranger. */
  giveBack(address: string, now: number): void {
    this.#put(address, { left: Math.min(this.#leftOf(address, now) + 1, this.#rate.atOnce), at: now })
  }

  #leftOf(address: string, now: number): number {
    const { left, at } = this.#purses.get(address) ?? { left: this.#rate.atOnce, at: now }
    return Math.min(left + (Math.max(0, now - at) * this.#rate.perSecond) / 1000, this.#rate.atOnce)
  }

  #put(address: string, purse: Purse): void {
    this.#purses.delete(address)
    this.#purses.set(address, purse)
    if (this.#purses.size <= MAX_ADDRESSES) return
    const [oldest] = this.#purses.keys()
    this.#purses.delete(oldest!)
  }
}
