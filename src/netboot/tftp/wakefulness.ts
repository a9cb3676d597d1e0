// Keeps the event loop from going to sleep while the answer of a quick client is on its way: to be woken takes the machine longer than all
// that is done for a window (70 µs against 20 on a virtual machine). Touches the event loop.

/** Whoever takes longer is behind a network beside which being woken counts for little. Also what one send can cost at most. */
const PATIENCE_MS = 0.15

/** One for all transfers of a server. Other datagrams and requests are served as ever meanwhile: the loop turns, it only never waits. */
export class WakefulLoop {
  readonly #now: () => number
  #until = 0
  #isTurning = false

  /** now: milliseconds that never go back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  stayAwakeUntil(until: number): void {
    this.#until = Math.max(this.#until, until)
    if (this.#isTurning) return
    this.#isTurning = true
    setImmediate(this.#turn)
  }

  get isAwake(): boolean {
    return this.#isTurning
  }

  readonly #turn = (): void => {
    this.#isTurning = this.#now() < this.#until
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
