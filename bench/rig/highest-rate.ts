// The highest rate at which a server still keeps up: doubled or halved until it lies between two rates, which then close in. Pure but for
// the attempt that is handed in.

export interface Search {
  readonly first: number
  /** How near the rate that failed may stay to the one that was kept, as a factor. */
  readonly precision: number
}

/** A server that keeps up with nothing at all. */
const LOWEST = 5
/** Asked for more than this share of the rate, the asker itself is the limit. */
const ASKED_SHARE = 0.9

/** attempt: what was reached at this rate; undefined when too much was lost. Returns the most that was reached, 0 for nothing. */
export async function highestRate(
  { first, precision }: Search,
  attempt: (rate: number) => Promise<number | undefined>,
): Promise<number> {
  let kept = 0
  let failed = Number.POSITIVE_INFINITY
  let best = 0
  let rate = Math.round(first)
  while (rate >= LOWEST) {
    const reached = await attempt(rate)
    if (reached === undefined) failed = rate
    else {
      kept = rate
      best = Math.max(best, reached)
      if (reached < ASKED_SHARE * rate) break
    }
    if (failed / Math.max(kept, 1) <= precision) break
    rate = Math.round(nextRate(kept, failed))
  }
  return best
}

function nextRate(kept: number, failed: number): number {
  if (failed === Number.POSITIVE_INFINITY) return kept * 2
  return kept === 0 ? failed / 2 : Math.sqrt(kept * failed)
}
