// How long one appliance is asked for a job before the next one's turn. Pure.

const LONGEST_SECONDS = 50
/** What may pass between two questions to the same appliance when there are several. */
const TURN_SECONDS = 12

export interface Turn {
  readonly leftSeconds: number
  /** Appliances in the turn, those that rest included. */
  readonly count: number
  /** In the first round nobody is waited for: one of them may have a job now. */
  readonly isFirstRound: boolean
}

/** A job posted at any of them is seen after at most TURN_SECONDS when all of them answer. */
export function pollSeconds({ leftSeconds, count, isFirstRound }: Turn): number {
  const left = Math.max(0, leftSeconds)
  if (count === 1) return Math.min(LONGEST_SECONDS, left)
  if (isFirstRound) return 0
  return Math.min(left, Math.max(1, TURN_SECONDS / (count - 1)))
}
