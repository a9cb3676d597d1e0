// What a visitor waits for, packed, is bounded.
import { expect, it } from 'vitest'
import { firstLoadBytes } from '../fakes/first-load.ts'

it('the first load is at most 300 kB, compressed', () => {
  const bytes = firstLoadBytes()
  expect(bytes).toBeGreaterThan(100_000)
  expect(bytes).toBeLessThanOrEqual(300_000)
})
