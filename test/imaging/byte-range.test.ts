import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseRange } from '../../src/imaging/byte-range.ts'

const ALL = { kind: 'all' }
it.each([
  [undefined, ALL],
  ['bytes=0-0', { kind: 'part', from: 0, to: 1 }],
  ['bytes=10-', { kind: 'part', from: 10, to: 1000 }],
  ['bytes=-5', { kind: 'part', from: 995, to: 1000 }],
  ['bytes=-5000', { kind: 'part', from: 0, to: 1000 }],
  ['bytes=900-5000', { kind: 'part', from: 900, to: 1000 }],
  ['bytes=1000-', { kind: 'unsatisfiable' }],
  ['bytes=-0', { kind: 'unsatisfiable' }],
  ['bytes=5-4', ALL],
  ['bytes=0-1, 4-5', ALL],
  ['lines=0-1', ALL],
  ['bytes=-', ALL],
])('of 1000 bytes, %s', (header, range) => {
  expect(parseRange(header, 1000)).toEqual(range)
})

it('never leaves the file, whatever is asked', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
      ),
      fc.nat(),
      (header, sizeBytes) => {
        const range = parseRange(header, sizeBytes)
        if (range.kind !== 'part') return
        expect(range.from).toBeGreaterThanOrEqual(0)
        expect(range.from).toBeLessThan(range.to)
        expect(range.to).toBeLessThanOrEqual(sizeBytes)
      },
    ),
  )
})
