// The time, as a thing that comes in: tests move it by hand.
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once after so long; the returned function calls it off. A waiting timer does not keep the process alive. */
  after(milliseconds: number, run: () => void): () => void
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export function instantOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
