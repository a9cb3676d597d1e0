import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Away, afterAnswer, hasReturned, isBackAt } from '../../../src/orchestrator/job/away.ts'

const LEFT_AT = 1_000_000
const LEFT: Away = {
  into: 'kernel',
  at: LEFT_AT,
  boot: (LEFT_AT - 5000).toString(36),
  until: LEFT_AT + 600_000,
  answers: 0,
  isBack: false,
  notBackBeforeSeconds: 15,
  kernelArguments: '',
}

/** What each of these boots gets: times in seconds after the departure, minus for one that says that it asks again. */
function walk(away: Away, asks: readonly number[]): string[] {
  let now = away
  return asks.map((seconds) => {
    const at = LEFT_AT + Math.abs(seconds) * 1000
    const isBack = isBackAt(now, at, seconds < 0)
    if (seconds >= 0 && !now.isBack) now = afterAnswer(now, { at, isBack })
    return isBack ? 'back' : now.into
  })
}

describe('which boot means that a machine is back', () => {
  it.each<{ name: string; change: Partial<Away>; asks: number[]; want: string[] }>([
    { name: 'boot OS: each', change: { into: 'boot-os' }, asks: [1], want: ['back'] },
    { name: 'kernel: the second', change: {}, asks: [20, 60, 61], want: ['kernel', 'back', 'back'] },
    {
      name: 'kernel that could not be loaded',
      change: {},
      asks: [20, -25, -30, 90],
      want: ['kernel', 'kernel', 'kernel', 'back'],
    },
    { name: 'kernel by kexec: the first', change: { answeredAt: LEFT_AT }, asks: [20], want: ['back'] },
    { name: 'local disk: the second', change: { into: 'local-disk' }, asks: [20, 60], want: ['local-disk', 'back'] },
    {
      name: 'local disk, by way of several network cards',
      change: { into: 'local-disk' },
      asks: [20, 30, 40, 100],
      want: ['local-disk', 'local-disk', 'local-disk', 'back'],
    },
  ])('$name', ({ change, asks, want }) => {
    expect(walk({ ...LEFT, ...change }, asks)).toEqual(want)
  })

  it('once back it stays back, and nothing goes round for ever', () => {
    const asks = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 12, maxLength: 30 })
    fc.assert(
      fc.property(fc.constantFrom('boot-os', 'local-disk', 'kernel'), asks, (into, gaps) => {
        const times = gaps.map((_, index) => gaps.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0))
        const answers = walk({ ...LEFT, into }, times)
        const first = answers.indexOf('back')
        expect(first).toBeGreaterThanOrEqual(0)
        expect(new Set(answers.slice(first))).toEqual(new Set(['back']))
      }),
    )
  })

  it('an agent has returned when its boot was answered after the departure', () => {
    expect(hasReturned(LEFT, LEFT.boot)).toBe(false)
    expect(hasReturned(LEFT, (LEFT_AT - 1).toString(36))).toBe(false)
    expect(hasReturned(LEFT, (LEFT_AT + 1).toString(36))).toBe(true)
  })
})
