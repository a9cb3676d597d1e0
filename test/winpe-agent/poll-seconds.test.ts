import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pollSeconds } from '../../src/winpe-agent/poll-seconds.ts'

describe('pollSeconds', () => {
  it.each([
    { name: 'alone, long', turn: { leftSeconds: 60, count: 1, isFirstRound: true }, want: 50 },
    {
      name: 'nobody is waited for in the first round of several',
      turn: { leftSeconds: 50, count: 2, isFirstRound: true },
      want: 0,
    },
    { name: 'two share the turn', turn: { leftSeconds: 50, count: 2, isFirstRound: false }, want: 12 },
    { name: 'a crowd gets a second each', turn: { leftSeconds: 50, count: 40, isFirstRound: false }, want: 1 },
    { name: 'the last takes what is left', turn: { leftSeconds: 0.5, count: 3, isFirstRound: false }, want: 0.5 },
  ])('$name', ({ turn, want }) => {
    expect(pollSeconds(turn)).toBe(want)
  })

  it('never waits longer than there is time', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -10, max: 100, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        fc.boolean(),
        (leftSeconds, count, isFirstRound) => {
          const seconds = pollSeconds({ leftSeconds, count, isFirstRound })
          expect(seconds).toBeGreaterThanOrEqual(0)
          expect(seconds).toBeLessThanOrEqual(Math.max(0, leftSeconds))
        },
      ),
    )
  })
})
