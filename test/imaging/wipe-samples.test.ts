import fc from 'fast-check'
import { expect, it } from 'vitest'
import { patternAt, patternFrom, SAMPLE_BYTES, samplePlaces } from '../../src/imaging/wipe-samples.ts'

const seed = fc.stringMatching(/^[0-9a-f]{64}$/)

it('places lie inside of the disk, on the grid, at both ends, and are the same for whoever knows the seed', () => {
  const size = fc.integer({ min: SAMPLE_BYTES, max: 2 ** 45 })
  fc.assert(
    fc.property(seed, size, fc.integer({ min: 2, max: 300 }), (one, sizeBytes, count) => {
      const places = samplePlaces(one, sizeBytes, count)
      expect(places).toEqual(samplePlaces(one, sizeBytes, count))
      expect(places.length).toBe(count)
      for (const place of places) {
        expect(place % 4096).toBe(0)
        expect(place + SAMPLE_BYTES).toBeLessThanOrEqual(sizeBytes)
      }
      expect(places[0]).toBe(0)
      expect(sizeBytes - places[1]! - SAMPLE_BYTES).toBeLessThan(4096)
    }),
  )
})

it('another seed draws other places', () => {
  const [one, other] = ['a'.repeat(64), 'b'.repeat(64)].map((each) => samplePlaces(each, 2 ** 40, 64).slice(2))
  expect(one!.filter((place) => other!.includes(place))).toEqual([])
})

it('the pattern of a place is that of the whole disk at that place', () => {
  const whole = patternAt('c'.repeat(64), 0, 256 * 1024)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 15_000 }), fc.integer({ min: 1, max: 4096 }), (block, length) => {
      expect(patternAt('c'.repeat(64), block * 16, length).equals(whole.subarray(block * 16, block * 16 + length))).toBe(true)
    }),
  )
  const next = patternFrom('c'.repeat(64), 0)
  expect(Buffer.concat([next(1024), next(5000), next(7)]).equals(whole.subarray(0, 6031))).toBe(true)
})
