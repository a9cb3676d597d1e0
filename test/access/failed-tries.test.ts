// Who guesses waits: by household, so that a /64 of IPv6 is one.
import { describe, expect, it } from 'vitest'
import { FailedTries } from '../../src/access/failed-tries.ts'
import { TestClock } from '../fakes/test-clock.ts'

/** How many tries with other names it takes until an address waits. */
function triesUntilLocked(addressOf: (n: number) => string): number {
  const tries = new FailedTries(new TestClock())
  for (let n = 0; n < 200; n++) {
    try {
      tries.begin(addressOf(n), `name-${n}`)
    } catch {
      return n
    }
  }
  return Number.POSITIVE_INFINITY
}

describe('guessing', () => {
  it.each([
    { from: 'one address', addressOf: () => '10.77.0.9', isFound: true },
    { from: 'many addresses of one /64', addressOf: (n: number) => `2001:db8:0:1::${n.toString(16)}`, isFound: true },
    {
      from: 'one address in both spellings',
      addressOf: (n: number) => (n % 2 ? '10.77.0.9' : '::ffff:10.77.0.9'),
      isFound: true,
    },
    { from: 'many /64s', addressOf: (n: number) => `2001:db8:0:${(n + 1).toString(16)}::1`, isFound: false },
    { from: 'many addresses of IPv4', addressOf: (n: number) => `10.77.${n}.9`, isFound: false },
  ])('from $from is found: $isFound', ({ addressOf, isFound }) => {
    expect(triesUntilLocked(addressOf) < 200).toBe(isFound)
  })
})
