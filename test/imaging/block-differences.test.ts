import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBlockDifferences } from '../../src/imaging/block-differences.ts'

const blocks = createBlockDifferences(16, 8)

/** A chunk, and what is held in its place: some of its bytes are others. */
const pair = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.array(fc.nat({ max: 399 }), { maxLength: 8 }))
  .map(([chunk, places]) => {
    const held = Uint8Array.from(chunk)
    for (const place of places) if (place < held.length) held[place]! ^= 0x55
    return { chunk, held }
  })

describe('what one chunk has that another lacks', () => {
  it('makes it of the other, or is said to be more than half', () => {
    fc.assert(
      fc.property(pair, ({ chunk, held }) => {
        const difference = blocks.difference(chunk, blocks.digestsOf(held))
        const count = Math.ceil(chunk.length / 16)
        const changed = Array.from({ length: count }, (_, block) => block).filter((block) => {
          const at = (bytes: Uint8Array) => Buffer.from(bytes.subarray(block * 16, block * 16 + 16))
          return !at(chunk).equals(at(held))
        })
        if (difference === undefined) return changed.length * 2 > count
        const ranges = blocks.apply(difference, held)!
        expect(held).toEqual(chunk)
        const covered = ranges.flatMap((_, i) => (i % 2 === 0 ? [{ offset: ranges[i]!, length: ranges[i + 1]! }] : []))
        expect(
          covered.flatMap(({ offset, length }) => Array.from({ length: Math.ceil(length / 16) }, (_, n) => offset / 16 + n)),
        ).toEqual(changed)
        return true
      }),
    )
  })

  it('is refused when it is none of such a chunk, whatever it is', () => {
    const held = new Uint8Array(160)
    const difference = blocks.difference(Uint8Array.from(held).fill(7, 20, 40), blocks.digestsOf(held))!
    expect(blocks.apply(difference.subarray(0, -1), held)).toBeUndefined()
    expect(blocks.apply(Buffer.concat([difference, Buffer.alloc(1)]), held)).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const chunk = new Uint8Array(160)
        expect(blocks.apply(bytes, chunk)?.length ?? 0).toBeLessThanOrEqual(20)
      }),
    )
  })

  it('is not told for digests of a chunk of another length', () => {
    expect(blocks.difference(new Uint8Array(160), blocks.digestsOf(new Uint8Array(144)))).toBeUndefined()
  })
})
