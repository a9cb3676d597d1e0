// The parts of what bounds agents: sets of digests, and room for large bodies.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BodyRoom } from '../../../src/library/image/body-room.ts'
import { DigestSet } from '../../../src/library/image/digest-set.ts'

const digest = fc.stringMatching(/^[0-9a-f]{64}$/)

it('a set has what was put in, and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(digest), digest, (digests, other) => {
      const set = new DigestSet(digests)
      expect(set.size).toBe(digests.length)
      for (const each of digests) expect(set.has(each)).toBe(true)
      expect(set.has(other)).toBe(digests.includes(other))
    }),
  )
})

it('never lets in more bytes than it has room for, and everybody in the end, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 30 }), async (bodies) => {
      const room = new BodyRoom(10)
      const entered: number[] = []
      let inside = 0
      const visits = bodies.map(async (bytes, number) => {
        const giveBack = await room.take(bytes)
        entered.push(number)
        inside += Math.min(bytes, 10)
        expect(inside).toBeLessThanOrEqual(10)
        await new Promise((later) => setImmediate(later))
        inside -= Math.min(bytes, 10)
        giveBack()
        giveBack()
      })
      await Promise.all(visits)
      expect(entered).toEqual(bodies.map((_, number) => number))
    }),
  )
})
