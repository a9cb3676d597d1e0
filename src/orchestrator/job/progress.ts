// How far a job is, and how long it still takes: of the whole job, from what its steps took last time. Pure.
// What is not known is left out: seconds left are told only when every step that is still to come was seen before.

export interface ProgressInput {
  readonly stepKinds: readonly string[]
  readonly stepIndex: number
  /** Seconds that each step took the last time; undefined: never seen. */
  readonly lastSeconds: readonly (number | undefined)[]
  /** Since when the step runs. */
  readonly elapsedSeconds: number
  /** What the agent says of the step, if it has said anything. */
  readonly stepPercent: number | undefined
  readonly stepSecondsLeft: number | undefined
}

/** Shares of a job whose like was never seen: a first build, more or less. */
const USUAL_SECONDS: Readonly<Record<string, number>> = {
  format: 5,
  setup: 60,
  activate: 20,
  reboot: 120,
  capture: 120,
  deploy: 120,
  verify: 60,
  grow: 5,
  try: 60,
}
const OTHER_SECONDS = 30
/** Steps whose agents count, from their first moment on: the clock says nothing better of them when they were never seen. */
const COUNTED: ReadonlySet<string> = new Set(['capture', 'deploy', 'verify', 'heal'])
/** By the clock alone a step is never quite done. */
const MOST_BY_CLOCK = 0.95

export function jobPercent(input: ProgressInput): number {
  const { stepKinds, stepIndex, lastSeconds } = input
  const shares = stepKinds.map((kind, index) => lastSeconds[index] ?? usualSeconds(kind))
  const whole = sum(shares)
  const done = sum(shares.slice(0, stepIndex)) + (shares[stepIndex] ?? 0) * fractionOf(input)
  return whole === 0 ? 0 : Math.min(100, Math.round((1000 * done) / whole) / 10)
}

export function jobSecondsLeft(input: ProgressInput): number | undefined {
  const { stepIndex, lastSeconds, elapsedSeconds, stepSecondsLeft, stepKinds } = input
  const last = lastSeconds[stepIndex]
  // Longer than last time already: nobody knows how much longer.
  const ofStep = stepSecondsLeft ?? (last === undefined || elapsedSeconds > last ? undefined : last - elapsedSeconds)
  const ofLater = stepKinds.slice(stepIndex + 1).map((_, index) => lastSeconds[stepIndex + 1 + index])
  if (ofStep === undefined || ofLater.includes(undefined)) return undefined
  return Math.round(ofStep + sum(ofLater as number[]))
}

/** Of the running step, as the agent counts or as the clock goes, whatever is further. */
function fractionOf({ stepPercent = 0, stepKinds, elapsedSeconds, lastSeconds, stepIndex }: ProgressInput): number {
  const last = lastSeconds[stepIndex]
  const kind = stepKinds[stepIndex] ?? ''
  if (last !== undefined) return Math.max(stepPercent / 100, last > 0 ? Math.min(MOST_BY_CLOCK, elapsedSeconds / last) : 0)
  if (COUNTED.has(kind)) return stepPercent / 100
  // Never seen and not counted: it slows down the longer it takes, so that its end is no leap.
  return Math.max(stepPercent / 100, MOST_BY_CLOCK * (1 - Math.exp(-elapsedSeconds / usualSeconds(kind))))
}

const usualSeconds = (kind: string): number => USUAL_SECONDS[kind] ?? OTHER_SECONDS

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
