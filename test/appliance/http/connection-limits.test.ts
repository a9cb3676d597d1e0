import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  begins,
  CONNECTION_LIMITS,
  judge,
  mostDispensable,
  type Phase,
  type Standing,
} from '../../../src/appliance/http/connection-limits.ts'
import { limitGroupOf } from '../../../src/contract/address-group.ts'

const at = (phase: Phase, since: number, more: Partial<Standing> = {}): Standing => ({
  ...begins({ phase, movedBytes: 0 }, since),
  ...more,
})

describe('judge', () => {
  it.each([
    { phase: 'headers', ms: 15_000 },
    { phase: 'idle', ms: 30_000 },
    { phase: 'lingering', ms: 5_000 },
  ] as const)('$phase ends after $ms ms, however much comes meanwhile', ({ phase, ms }) => {
    expect(judge(at(phase, 0), { phase, movedBytes: 1e6 }, ms - 1, CONNECTION_LIMITS)).toBeDefined()
    expect(judge(at(phase, 0), { phase, movedBytes: 1e6 }, ms, CONNECTION_LIMITS)).toBeUndefined()
  })

  it.each([
    { phase: 'receiving', movedBytes: 14_999, isOpen: false },
    { phase: 'receiving', movedBytes: 15_000, isOpen: true },
    { phase: 'working', movedBytes: 0, isOpen: true },
    { phase: 'sending', movedBytes: 0, isOpen: true },
  ] as const)('$phase with $movedBytes bytes in half a minute: open $isOpen', ({ phase, movedBytes, isOpen }) => {
    expect(judge(at(phase, 0), { phase, movedBytes }, 30_000, CONNECTION_LIMITS) !== undefined).toBe(isOpen)
  })

  it('asks for the rate in each window anew: what came fast before does not count for ever', () => {
    const fast = judge(at('receiving', 0), { phase: 'receiving', movedBytes: 1e9 }, 30_000, CONNECTION_LIMITS)!
    expect(judge(fast, { phase: 'receiving', movedBytes: 1e9 + 100 }, 60_000, CONNECTION_LIMITS)).toBeUndefined()
  })

  it('closes whatever drips, in every order of phases that a peer can bring about by itself', () => {
    // Half a second a step, and at most 100 bytes in each.
    fc.assert(
      fc.property(fc.array(fc.nat(100), { minLength: 80, maxLength: 80 }), (drips) => {
        let standing: Standing | undefined = at('receiving', 0)
        let movedBytes = 0
        for (const [step, drip] of drips.entries()) {
          movedBytes += drip
          standing = standing && judge(standing, { phase: 'receiving', movedBytes }, (step + 1) * 500, CONNECTION_LIMITS)
        }
        expect(standing).toBeUndefined()
      }),
    )
  })
})

describe('mostDispensable', () => {
  it.each<{ name: string; standings: readonly Standing[]; want: number | undefined }>([
    { name: 'the one that has waited longest', standings: [at('idle', 5), at('headers', 1), at('receiving', 3)], want: 1 },
    {
      name: 'a body of a few bytes before one that is at work',
      standings: [at('receiving', 0, { movedBytes: 1e6, movedAt: 9000 }), at('receiving', 5)],
      want: 1,
    },
    {
      name: 'one that is at work no longer',
      standings: [at('sending', 0, { movedBytes: 1e6, movedAt: 4000 }), at('working', 0)],
      want: 0,
    },
    {
      name: 'none that is at work',
      standings: [at('sending', 0, { movedBytes: 1e6, movedAt: 6000 }), at('working', 0)],
      want: undefined,
    },
  ])('$name', ({ standings, want }) => {
    expect(mostDispensable(standings, 10_000)).toBe(want)
  })
})

it.each([
  { address: '10.77.0.9', group: '10.77.0.9' },
  { address: '::ffff:10.77.0.9', group: '10.77.0.9' },
  { address: '2001:db8:1:2:3:4:5:6', group: '2001:db8:1:2::/64' },
  { address: '2001:db8:1:2::6', group: '2001:db8:1:2::/64' },
  { address: '2001:db8::6', group: '2001:db8:0:0::/64' },
  { address: 'fe80::1%eth0', group: 'fe80:0:0:0::/64' },
  { address: '::1', group: '0:0:0:0::/64' },
])('$address is counted with $group', ({ address, group }) => {
  expect(limitGroupOf(address)).toBe(group)
})
