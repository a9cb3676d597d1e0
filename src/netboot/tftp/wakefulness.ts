// Keeps the event loop from going to sleep while the answer of a quick client is on its way: to be woken takes the machine longer than all
// that is done for a window (70 µs against 20 on a virtual machine). Touches the event loop.

/** Whoever takes longer is behind a network beside which being woken counts for little. Also what one send can cost at most. */
const PATIENCE_MS = 0.15
/** A turn that took longer: others have work here, or on this processor. Who does not sleep then loses more than being woken costs. */
const TAKEN_MS = 1
const REST_MS = 10_000

/** One for all transfers of a server. Other datagrams and requests are served as ever meanwhile: the loop turns, it only never waits. */
export class WakefulLoop {
  readonly #now: () => number
  #until = 0
  #isTurning = false
  #turnedAt = Number.POSITIVE_INFINITY
  #restsUntil = 0

  /** now: milliseconds that never go back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  stayAwakeUntil(until: number): void {
    if (until < this.#restsUntil) return
    this.#until = Math.max(this.#until, until)
    if (this.#isTurning) return
    this.#isTurning = true
    this.#turnedAt = Number.POSITIVE_INFINITY
    setImmediate(this.#turn)
  }

  get isAwake(): boolean {
    return this.#isTurning
  }

  readonly #turn = (): void => {
    const now = this.#now()
    const isTaken = now - this.#turnedAt > TAKEN_MS
    if (isTaken) this.#restsUntil = now + REST_MS
    this.#turnedAt = now
    this.#isTurning = !isTaken && now < this.#until
    if (this.#isTurning) setImmediate(this.#turn)
  }
}

/** How quickly one client answers, and so whether it is worth staying awake for. Pure but for the loop that it is handed. */
export class Promptness {
  readonly #stayAwakeUntil: (until: number) => void
  #sentAt = 0
  #answerMs = 0

  constructor(stayAwakeUntil: (until: number) => void) {
    this.#stayAwakeUntil = stayAwakeUntil
  }

  /** All was sent that it has to answer. */
  sent(now: number): void {
    this.#sentAt = now
    if (this.#answerMs < PATIENCE_MS) this.#stayAwakeUntil(now + PATIENCE_MS)
  }

  answered(now: number): void {
    this.#answerMs += (now - this.#sentAt - this.#answerMs) / 4
  }
}
