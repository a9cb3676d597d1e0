// A clock that stands still until a test moves it.
import type { Clock } from '../../src/store/clock.ts'

export class TestClock implements Clock {
  #elapsed = 0
  /** What now() is ahead of elapsed(). */
  #ahead = Date.parse('2026-01-02T03:04:05.000Z')
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>()

  now(): number {
    return this.#ahead + this.#elapsed
  }

  elapsed(): number {
    return this.#elapsed
  }

  /** Somebody sets the machine's clock: no time passes. */
  jump(milliseconds: number): void {
    this.#ahead += milliseconds
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#elapsed + milliseconds, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Runs what falls due on the way, in its order. */
  advance(milliseconds: number): void {
    const until = this.#elapsed + milliseconds
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#elapsed = Math.max(this.#elapsed, next.at)
      next.run()
    }
    this.#elapsed = until
  }
}
