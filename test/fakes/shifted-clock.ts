// The machine's clock, so many milliseconds ahead as the test says: what was to happen in between happens at once.
import { type Clock, SYSTEM_CLOCK } from '../../src/store/index.ts'

interface Pending {
  readonly dueAt: number
  readonly run: () => void
}

export class ShiftedClock implements Clock {
  readonly #pending = new Set<Pending>()
  #aheadMs = 0

  now(): number {
    return SYSTEM_CLOCK.now() + this.#aheadMs
  }

  elapsed(): number {
    return SYSTEM_CLOCK.elapsed() + this.#aheadMs
  }

  after(milliseconds: number, run: () => void): () => void {
    const pending: Pending = { dueAt: this.elapsed() + milliseconds, run: () => void (this.#pending.delete(pending) && run()) }
    this.#pending.add(pending)
    const callOff = SYSTEM_CLOCK.after(milliseconds, pending.run)
    return () => {
      this.#pending.delete(pending)
      callOff()
    }
  }

  shift(milliseconds: number): void {
    this.#aheadMs += milliseconds
    for (const pending of [...this.#pending].sort((a, b) => a.dueAt - b.dueAt)) if (pending.dueAt <= this.elapsed()) pending.run()
  }
}
