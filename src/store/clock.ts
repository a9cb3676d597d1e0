// The time, as a thing that comes in: tests move it by hand. What is told to people and kept is told by now(), which jumps when somebody sets
// the machine's clock. What lasts (a lease, a time-out, a wait) is measured by elapsed(), which never does.
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds since some moment before: only differences mean something, and only in this process. */
  elapsed(): number
  /** Calls `run` once after so long; the returned function calls it off. A waiting timer does not keep the process alive. */
  after(milliseconds: number, run: () => void): () => void
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export function instantOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/**
 * When a moment that was kept by now() comes, by elapsed(). Asked when the moment is learned, and between the bounds whatever the clock did
 * while the process was down: never sooner than atLeastMs from now, never later than atMostMs.
 */
export function deadlineOf(
  clock: Clock,
  atMs: number,
  { atLeastMs = 0, atMostMs }: { atLeastMs?: number; atMostMs: number },
): number {
  return clock.elapsed() + Math.max(atLeastMs, Math.min(atMostMs, atMs - clock.now()))
}

/** Notices that somebody set the machine's clock. */
export class JumpWatch {
  readonly #clock: Clock
  #last: { readonly now: number; readonly elapsed: number }

  constructor(clock: Clock) {
    this.#clock = clock
    this.#last = { now: clock.now(), elapsed: clock.elapsed() }
  }

  /** By how many milliseconds since it was asked last; small steps of a clock that is kept right are none. */
  jumpedMs(): number {
    const next = { now: this.#clock.now(), elapsed: this.#clock.elapsed() }
    const jumped = next.now - this.#last.now - (next.elapsed - this.#last.elapsed)
    this.#last = next
    return Math.abs(jumped) < LEAST_JUMP_MS ? 0 : jumped
  }
}

const LEAST_JUMP_MS = 5000
