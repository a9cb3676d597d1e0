// Which sites a change comes to, and when content may travel: tables of named cases.
import { describe, expect, it } from 'vitest'
import { type RingSite, sitesToOffer } from '../../../src/central/follow/central/rings.ts'
import { newJoinCode, readJoinCode } from '../../../src/central/follow/join-code.ts'
import { TokenBucket } from '../../../src/central/follow/site/token-bucket.ts'
import { isOpen, parseWindow } from '../../../src/central/follow/site/window.ts'
import { TestClock } from '../../fakes/test-clock.ts'

const site = (name: string, ring: string | undefined, what: string): RingSite => ({
  name,
  ...(ring === undefined ? {} : { ring }),
  isWaiting: what.includes('waits'),
  isComplete: what.includes('has it'),
  isInContact: !what.includes('away'),
})

describe('rings', () => {
  const order = ['canary', 'main']
  it.each([
    { name: 'all wait: the first ring', sites: [site('a', 'canary', 'waits'), site('b', 'main', 'waits')], gets: ['a'] },
    { name: 'the first has it: the second', sites: [site('a', 'canary', 'has it'), site('b', 'main', 'waits')], gets: ['b'] },
    { name: 'the first is at it: nobody', sites: [site('a', 'canary', ''), site('b', 'main', 'waits')], gets: [] },
    {
      name: 'one of the first is away, the other has it',
      sites: [site('a', 'canary', 'has it'), site('x', 'canary', 'away'), site('b', 'main', 'waits')],
      gets: ['b'],
    },
    {
      name: 'all of the first are away: nobody is the first without a look at another',
      sites: [site('a', 'canary', 'away'), site('b', 'main', 'waits')],
      gets: [],
    },
    { name: 'of no ring: last', sites: [site('a', 'main', 'has it'), site('b', undefined, 'waits')], gets: ['b'] },
    { name: 'of a ring that nobody ordered: last', sites: [site('a', 'main', ''), site('b', 'odd', 'waits')], gets: [] },
    { name: 'no rings: all at once', sites: [site('a', undefined, 'waits'), site('b', undefined, 'waits')], gets: ['a', 'b'] },
  ])('$name', ({ sites, gets }) => {
    expect(sitesToOffer(sites, order, false)).toEqual(gets)
    expect(sitesToOffer(sites, order, true)).toEqual([])
  })
})

describe('the window', () => {
  it.each([
    { window: '22:00-05:00 Europe/Paris', at: '2026-07-01T20:30:00Z', open: true, why: 'summer, 22:30 there' },
    { window: '22:00-05:00 Europe/Paris', at: '2026-01-01T20:30:00Z', open: false, why: 'winter, 21:30 there' },
    { window: '22:00-05:00 Europe/Paris', at: '2026-01-01T03:59:00Z', open: true, why: 'a minute before its end' },
    { window: '22:00-05:00 Europe/Paris', at: '2026-01-01T04:00:00Z', open: false, why: 'its end' },
    { window: '08:00-09:00 UTC', at: '2026-01-01T08:00:00Z', open: true, why: 'its begin' },
    { window: '08:00-09:00 UTC', at: '2026-01-01T07:59:59Z', open: false, why: 'a second before' },
    { window: '05:00-05:00 UTC', at: '2026-01-01T12:00:00Z', open: true, why: 'the whole day' },
    { window: '02:15-02:45 Europe/Paris', at: '2026-03-29T01:30:00Z', open: false, why: 'an hour that is left out in spring' },
  ])('$window at $at: $why', ({ window, at, open }) => {
    expect(isOpen(parseWindow(window), Date.parse(at))).toBe(open)
  })

  it.each(['', '22:00-05:00', '24:00-05:00 UTC', '22:00-05:00 Europe/Nowhere', '2200-0500 UTC'])('"%s" is none', (text) => {
    expect(() => parseWindow(text)).toThrowError(/is no window/)
  })
})

it('holds a reader to its rate, over any pieces', async () => {
  const clock = new TestClock()
  const bucket = new TokenBucket(clock)
  bucket.limit(1000)
  let taken = 0
  const reader = (async () => {
    for (const piece of [400, 1, 2599, 1000]) {
      await bucket.take(piece)
      taken += piece
    }
  })()
  for (let second = 1; second <= 4; second++) {
    for (let tenth = 0; tenth < 10; tenth++) {
      clock.advance(100)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(taken, `after ${second} s`).toBeLessThanOrEqual(second * 1000 + 1)
  }
  await reader
  expect(taken).toBe(4000)
})

it('a code is read as people type it, and one with a wrong letter is another secret or none', () => {
  const { code, proofKey } = newJoinCode('MCowBQYDK2VwAyEA')
  expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/)
  const typed = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
  expect(readJoinCode(typed).proofKey).toEqual(proofKey)
  expect(() => readJoinCode(code.slice(5))).toThrowError(/eight groups of four/)
  expect(() => readJoinCode('UUUU-UUUU')).toThrowError(/is no code/)
})
