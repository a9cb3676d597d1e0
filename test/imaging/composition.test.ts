import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import type { Composition } from '../../src/contract/image.ts'
import { BLOCK_BYTES } from '../../src/imaging/block-differences.ts'
import { blockCountOf, compositionOf, movesOf, placesOf, runsOfPlaces, wholeChunk } from '../../src/imaging/composition.ts'
import { pushNumber } from '../../src/imaging/leb128.ts'

const [base, pack] = ['ab'.repeat(32), 'cd'.repeat(32)] as [string, string]

const blocksOf = (...numbers: readonly number[]): string => {
  const bytes: number[] = []
  for (const number of numbers) pushNumber(bytes, number)
  return Buffer.from(bytes).toString('base64')
}

describe('where the blocks of a chunk lie', () => {
  it.each([
    {
      name: 'a chunk that is stored as one',
      composition: wholeChunk(base, 2 ** 21),
      moves: [{ chunk: base, from: 0, count: 512, to: 0 }],
    },
    {
      name: 'blocks out of two, and zeros',
      composition: compositionOf([
        { chunk: base, from: 0, count: 300 },
        { from: 0, count: 12 },
        { chunk: pack, from: 7, count: 200 },
      ]),
      moves: [
        { chunk: base, from: 0, count: 300, to: 0 },
        { from: 0, count: 12, to: 300 },
        { chunk: pack, from: 7, count: 200, to: 312 },
      ],
    },
  ])('$name', ({ composition, moves }) => {
    expect(movesOf(composition)).toEqual(moves)
    expect(blockCountOf(composition)).toBe(512)
  })

  it('the same runs come of the places of all blocks', () => {
    const run = fc.record({ chunk: fc.constantFrom(base, pack), from: fc.nat(500), count: fc.integer({ min: 1, max: 30 }) })
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 40 }), (runs) => {
        const composition = compositionOf(runs)
        expect(blockCountOf(compositionOf(runsOfPlaces(placesOf(composition))))).toBe(blockCountOf(composition))
        expect(placesOf(compositionOf(runsOfPlaces(placesOf(composition))))).toEqual(placesOf(composition))
      }),
    )
  })

  it.each([
    { name: 'numbers that stop', composition: { chunks: [base], blocks: blocksOf(1, 512) } },
    { name: 'a number that stops', composition: { chunks: [base], blocks: Buffer.of(0x81).toString('base64') } },
    { name: 'a stored chunk that it does not name', composition: { chunks: [base], blocks: blocksOf(2, 1, 0) } },
    { name: 'no blocks', composition: { chunks: [base], blocks: blocksOf(1, 0, 0) } },
    { name: 'more than the largest chunk has', composition: { chunks: [base], blocks: blocksOf(0, 4097) } },
    { name: 'more in all than the largest chunk has', composition: { chunks: [base], blocks: blocksOf(0, 4096, 0, 1) } },
  ])('refuses $name', ({ composition }) => {
    expect(() => movesOf(composition)).toThrowError(expect.objectContaining({ code: 'IMAGE_MANIFEST_INVALID' }))
  })

  it('whatever stands there, the answer is a few moves or a refusal', () => {
    const anything: fc.Arbitrary<Composition> = fc.record({
      chunks: fc.constantFrom([], [base], [base, pack]),
      blocks: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    })
    fc.assert(
      fc.property(anything, (composition) => {
        try {
          expect(blockCountOf(composition) * BLOCK_BYTES).toBeLessThanOrEqual(16 * 1024 * 1024)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
    )
  })
})
