import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jobPercent, jobSecondsLeft, type ProgressInput } from '../../../src/orchestrator/job/progress.ts'

const AT_START: ProgressInput = {
  stepKinds: ['format', 'setup', 'capture'],
  stepIndex: 0,
  lastSeconds: [10, 60, 30],
  elapsedSeconds: 0,
  stepPercent: undefined,
  stepSecondsLeft: undefined,
}

describe('percent and seconds left of a job', () => {
  it.each<{ name: string; change: Partial<ProgressInput>; percent: number; left: number | undefined }>([
    { name: 'at the start', change: {}, percent: 0, left: 100 },
    { name: 'by the clock, where the agent counts nothing', change: { stepIndex: 1, elapsedSeconds: 30 }, percent: 40, left: 60 },
    { name: 'by the agent, where that is further', change: { stepIndex: 1, stepPercent: 50 }, percent: 40, left: 90 },
    {
      name: 'longer than last time: it is not known how long',
      change: { stepIndex: 1, elapsedSeconds: 300 },
      percent: 67,
      left: undefined,
    },
    { name: 'unless the agent knows', change: { stepIndex: 1, elapsedSeconds: 300, stepSecondsLeft: 7 }, percent: 67, left: 37 },
    { name: 'a later step was never seen', change: { lastSeconds: [10, 60, undefined] }, percent: 0, left: undefined },
    {
      name: 'the last step, never seen, and its agent knows',
      change: { stepIndex: 2, lastSeconds: [10, 60, undefined], stepPercent: 50, stepSecondsLeft: 12 },
      percent: 68.4,
      left: 12,
    },
    { name: 'nothing was ever seen', change: { lastSeconds: [], stepIndex: 1, stepPercent: 50 }, percent: 18.9, left: undefined },
  ])('$name', ({ change, percent, left }) => {
    const input = { ...AT_START, ...change }
    expect(jobPercent(input)).toBe(percent)
    expect(jobSecondsLeft(input)).toBe(left)
  })

  it('never goes back while time passes and the agent counts on, and never leaves 0 to 100', () => {
    const seconds = fc.option(fc.double({ min: 0, max: 1e5, noNaN: true }), { nil: undefined })
    const point = fc.record({ step: fc.nat(2), elapsed: fc.nat(5000), percent: fc.nat(100) })
    fc.assert(
      fc.property(fc.tuple(seconds, seconds, seconds), point, point, (lastSeconds, a, b) => {
        const at = ({ step, elapsed, percent }: typeof a) =>
          jobPercent({ ...AT_START, lastSeconds, stepIndex: step, elapsedSeconds: elapsed, stepPercent: percent })
        expect(at(a)).toBeGreaterThanOrEqual(0)
        expect(at(a)).toBeLessThanOrEqual(100)
        if (a.step < b.step || (a.step === b.step && a.elapsed <= b.elapsed && a.percent <= b.percent))
          expect(at(b)).toBeGreaterThanOrEqual(at(a))
      }),
    )
  })
})
