import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LocalBootMethod } from '../../../src/contract/values.ts'
import {
  judgeReturn,
  judgeSilence,
  type LocalBoot,
  localBootOrder,
  mayUseBootNext,
  pinLocalBoot,
  STAYED_AWAY_MS,
  sendTo,
} from '../../../src/orchestrator/boot/local-boot.ts'

const SOON = 60_000
const LATE = STAYED_AWAY_MS

describe('localBootOrder', () => {
  it.each<{ name: string; record: LocalBoot; firmware?: 'bios' | 'uefi'; disks?: number; want: readonly LocalBootMethod[] }>([
    { name: 'BIOS, nothing known', record: {}, firmware: 'bios', want: ['sanboot', 'exit'] },
    { name: 'UEFI, one disk', record: {}, want: ['sanboot', 'exit', 'boot-next'] },
    { name: 'UEFI, several disks: the firmware knows which', record: {}, disks: 2, want: ['exit', 'boot-next', 'sanboot'] },
    { name: 'UEFI, no disk seen', record: {}, disks: 0, want: ['exit', 'boot-next', 'sanboot'] },
    { name: 'what worked first', record: { worked: 'exit' }, want: ['exit', 'sanboot', 'boot-next'] },
    { name: 'what failed last', record: { failed: ['sanboot'] }, want: ['exit', 'boot-next', 'sanboot'] },
    {
      name: 'all failed: the oldest failure first',
      record: { failed: ['exit', 'boot-next', 'sanboot'] },
      want: ['exit', 'boot-next', 'sanboot'],
    },
    {
      name: 'set by hand, whatever was learned',
      record: { pinned: 'sanboot', worked: 'exit', failed: ['sanboot'] },
      want: ['sanboot', 'exit', 'boot-next'],
    },
    {
      name: 'BootNext on a BIOS',
      record: { pinned: 'boot-next', worked: 'boot-next' },
      firmware: 'bios',
      want: ['sanboot', 'exit'],
    },
  ])('$name', ({ record, firmware = 'uefi', disks = 1, want }) => {
    expect(localBootOrder(record, { firmware, fixedDiskCount: disks })).toEqual(want)
  })
})

describe('what a return tells', () => {
  const sent: LocalBoot = { trying: { method: 'exit', at: 0 } }
  it.each<{ name: string; record: LocalBoot; at: number; hasJob?: boolean; want: LocalBoot }>([
    { name: 'stayed away', record: sent, at: LATE, want: { worked: 'exit' } },
    { name: 'stayed away, and comes for a job', record: sent, at: LATE, hasJob: true, want: { worked: 'exit' } },
    { name: 'came straight back', record: sent, at: SOON, want: { failed: ['exit'] } },
    { name: 'came back for a job', record: sent, at: SOON, hasJob: true, want: {} },
    { name: 'a failed way that works after all', record: { ...sent, failed: ['exit'] }, at: LATE, want: { worked: 'exit' } },
    {
      name: 'back once from what had worked: not judged yet',
      record: { ...sent, worked: 'exit' },
      at: SOON,
      want: { worked: 'exit', trying: { method: 'exit', at: 0, isInDoubt: true } },
    },
    {
      name: 'back again from what had worked',
      record: { worked: 'exit', trying: { method: 'exit', at: 0, isInDoubt: true } },
      at: SOON,
      want: { failed: ['exit'] },
    },
    { name: 'asked twice within one boot', record: sent, at: 1000, want: sent },
    { name: 'was not sent', record: { worked: 'exit' }, at: SOON, want: { worked: 'exit' } },
    { name: 'set by hand stays', record: { ...sent, pinned: 'exit' }, at: SOON, want: { pinned: 'exit', failed: ['exit'] } },
  ])('$name', ({ record, at, hasJob = false, want }) => {
    expect(judgeReturn(record, at, hasJob)).toEqual(want)
  })

  it('a second quick return in a row is no doubt any more', () => {
    const once = sendTo(judgeReturn({ worked: 'exit', trying: { method: 'exit', at: 0 } }, SOON, false), 'exit', SOON)
    expect(judgeReturn(once, 2 * SOON, false)).toEqual({ failed: ['exit'] })
    expect(judgeReturn(once, SOON + LATE, false)).toEqual({ worked: 'exit' })
  })
})

it('silence alone proves a way; less of it proves nothing', () => {
  const sent: LocalBoot = { trying: { method: 'sanboot', at: 0 } }
  expect(judgeSilence(sent, LATE - 1)).toEqual(sent)
  expect(judgeSilence(sent, LATE)).toEqual({ worked: 'sanboot' })
})

it('is set by hand and given free again', () => {
  const pinned = pinLocalBoot({ worked: 'exit' }, 'boot-next')
  expect(pinned).toEqual({ worked: 'exit', pinned: 'boot-next' })
  expect(pinLocalBoot(pinned, 'auto')).toEqual({ worked: 'exit' })
})

it.each<{ record: LocalBoot; want: boolean }>([
  { record: {}, want: true },
  { record: { failed: ['boot-next'] }, want: false },
  { record: { pinned: 'exit' }, want: false },
  { record: { pinned: 'boot-next', failed: ['boot-next'] }, want: true },
])('BootNext after a job: $want for $record', ({ record, want }) => {
  expect(mayUseBootNext(record)).toBe(want)
})

/** A machine on which only some ways lead to the disk: it comes back a minute after the others, and is switched on daily. */
function starts(works: ReadonlySet<LocalBootMethod>, count: number, machine: Parameters<typeof localBootOrder>[1]) {
  const ways: LocalBootMethod[] = []
  let record: LocalBoot = {}
  let now = 0
  for (let start = 0; start < count; start++) {
    record = judgeReturn(record, now, false)
    const way = localBootOrder(record, machine)[0]!
    ways.push(way)
    record = sendTo(record, way, now)
    now += works.has(way) ? 86_400_000 : SOON
  }
  return ways
}

describe('any machine', () => {
  const machine = fc.record({ firmware: fc.constantFrom('bios' as const, 'uefi' as const), fixedDiskCount: fc.nat(3) })
  const methods: readonly LocalBootMethod[] = ['exit', 'sanboot', 'boot-next']

  it('is on its disk after as many tries as there are ways, and stays with the one that worked', () => {
    fc.assert(
      fc.property(machine, fc.subarray([...methods]), (facts, working) => {
        const possible = localBootOrder({}, facts)
        const works = new Set(working.filter((method) => possible.includes(method)))
        const ways = starts(works, 12, facts)
        const first = ways.findIndex((way) => works.has(way))
        if (works.size === 0) expect(new Set(ways)).toEqual(new Set(possible))
        else {
          expect(first).toBeLessThan(possible.length)
          expect(new Set(ways.slice(first))).toEqual(new Set([ways[first]]))
        }
      }),
    )
  })

  it('always has a way, each at most once, whatever its record says', () => {
    const method = fc.constantFrom(...methods)
    const record = fc.record(
      { pinned: method, worked: method, failed: fc.uniqueArray(method) },
      { requiredKeys: [] },
    ) as fc.Arbitrary<LocalBoot>
    fc.assert(
      fc.property(record, machine, (known, facts) => {
        const order = localBootOrder(known, facts)
        expect([...order].sort()).toEqual([...localBootOrder({}, facts)].sort())
      }),
    )
  })
})
