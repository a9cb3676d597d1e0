import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCron } from '../../../src/orchestrator/schedule/cron.ts'

function next(text: string, after: string, zone?: string): string | undefined {
  const parsed = parseCron(text, zone)
  if (parsed.kind === 'bad') throw new Error(parsed.reason)
  const at = parsed.nextRun(Date.parse(after))
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16)
}

describe('cron', () => {
  it.each([
    { cron: '* * * * *', after: '2026-01-31T23:59:30Z', want: '2026-02-01T00:00' },
    { cron: '30 2 * * *', after: '2026-01-01T02:30:00Z', want: '2026-01-02T02:30' },
    { cron: '*/15 * * * *', after: '2026-01-01T00:16:00Z', want: '2026-01-01T00:30' },
    { cron: '0 9-17/4 * * *', after: '2026-01-01T10:00:00Z', want: '2026-01-01T13:00' },
    { cron: '0 0 29 2 *', after: '2026-01-01T00:00:00Z', want: '2028-02-29T00:00' },
    { cron: '0 0 29 2 *', after: '2096-03-01T00:00:00Z', want: '2104-02-29T00:00' },
    { cron: '0 6 * * 1-5', after: '2026-01-02T07:00:00Z', want: '2026-01-05T06:00' },
    { cron: '0 6 * * 7', after: '2026-01-02T07:00:00Z', want: '2026-01-04T06:00' },
    { cron: '0 0 13 * 5', after: '2026-01-01T12:00:00Z', want: '2026-01-02T00:00' },
    { cron: '0 0 30 2 *', after: '2026-01-01T00:00:00Z', want: undefined },
  ])('$cron after $after', ({ cron, after, want }) => {
    expect(next(cron, after)).toBe(want)
  })

  it.each([
    { what: 'winter', zone: 'Europe/Paris', cron: '30 2 * * *', after: '2026-01-01T12:00:00Z', want: '2026-01-02T01:30' },
    { what: 'summer', zone: 'Europe/Paris', cron: '30 2 * * *', after: '2026-07-01T12:00:00Z', want: '2026-07-02T00:30' },
    {
      what: 'the hour that is left out',
      zone: 'Europe/Paris',
      cron: '30 2 29 3 *',
      after: '2026-03-28T12:00:00Z',
      want: '2026-03-29T01:00',
    },
    {
      what: 'the hour that comes twice',
      zone: 'Europe/Paris',
      cron: '30 2 25 10 *',
      after: '2026-10-24T12:00:00Z',
      want: '2026-10-25T00:30',
    },
    { what: 'half an hour', zone: 'Asia/Kolkata', cron: '0 6 * * *', after: '2026-01-01T00:00:00Z', want: '2026-01-01T00:30' },
    {
      what: 'the other day',
      zone: 'Pacific/Auckland',
      cron: '0 6 * * 1',
      after: '2026-01-03T00:00:00Z',
      want: '2026-01-04T17:00',
    },
  ])('in a time zone: $what', ({ zone, cron, after, want }) => {
    expect(next(cron, after, zone)).toBe(want)
  })

  it.each([
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '5-1 * * * *',
    '*/0 * * * *',
    'a * * * *',
    '',
  ])('"%s" is refused', (text) => {
    expect(parseCron(text).kind).toBe('bad')
  })

  it('a time zone that nobody knows is refused', () => {
    expect(parseCron('* * * * *', 'Europe/Pariss')).toEqual({ kind: 'bad', reason: expect.stringContaining('Europe/Pariss') })
  })

  it('the next one is later, and none is between', () => {
    const minute = fc.integer({ min: 0, max: 59 })
    const hour = fc.integer({ min: 0, max: 23 })
    fc.assert(
      fc.property(minute, hour, fc.integer({ min: 0, max: 2e12 }), (m, h, after) => {
        const parsed = parseCron(`${m} ${h} * * *`)
        const at = parsed.kind === 'good' ? parsed.nextRun(after)! : 0
        expect(at - after).toBeGreaterThan(0)
        expect(at - after).toBeLessThanOrEqual(86_400_000)
        expect([new Date(at).getUTCMinutes(), new Date(at).getUTCHours()]).toEqual([m, h])
      }),
    )
  })
})
