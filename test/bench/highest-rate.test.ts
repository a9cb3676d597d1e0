import fc from 'fast-check'
import { expect, it } from 'vitest'
import { highestRate } from '../../bench/rig/highest-rate.ts'

/** A server that keeps up with so many a second. */
const serverOf =
  (limit: number, asked: number[] = []) =>
  async (rate: number) => {
    asked.push(rate)
    return rate <= limit ? rate : undefined
  }

it.each([
  { name: 'far above the first rate', limit: 7777 },
  { name: 'far below it', limit: 21 },
  { name: 'at it', limit: 100 },
])('finds a limit $name', async ({ limit }) => {
  const found = await highestRate({ first: 100, precision: 1.05 }, serverOf(limit))
  expect(found).toBeLessThanOrEqual(limit)
  expect(found).toBeGreaterThan(limit / 1.1)
})

it('finds any limit in a few attempts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 20, max: 50_000 }), fc.integer({ min: 20, max: 50_000 }), async (limit, first) => {
      const asked: number[] = []
      const found = await highestRate({ first, precision: 1.1 }, serverOf(limit, asked))
      expect(limit / found).toBeLessThan(1.2)
      expect(asked.length).toBeLessThan(20)
    }),
  )
})

it('says 0 for a server that keeps up with nothing, and ends', async () => {
  expect(await highestRate({ first: 1000, precision: 1.1 }, async () => undefined)).toBe(0)
})

it('ends when the asker itself cannot ask faster', async () => {
  expect(await highestRate({ first: 1000, precision: 1.1 }, async (rate) => Math.min(rate, 3000))).toBe(3000)
})
