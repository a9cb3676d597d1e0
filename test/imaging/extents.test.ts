import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import {
  alignExtents,
  type Extent,
  intersectExtents,
  normalizeExtents,
  subtractExtents,
  totalBytes,
} from '../../src/imaging/extents.ts'
import { decodeExtents, encodeExtents, UNIT_BYTES } from '../../src/imaging/extents-codec.ts'

const some = fc.array(fc.record({ offset: fc.nat(200), length: fc.nat(30) }), { maxLength: 20 })

/** The set of bytes, one by one: what the lists stand for. */
const bytesOf = (extents: readonly Extent[]): Set<number> =>
  new Set(extents.flatMap(({ offset, length }) => Array.from({ length }, (_, index) => offset + index)))

function expectInOrder(extents: readonly Extent[]): void {
  let end = -1
  for (const { offset, length } of extents) {
    expect(offset).toBeGreaterThan(end)
    expect(length).toBeGreaterThan(0)
    end = offset + length
  }
}

describe('extents stand for sets of bytes', () => {
  it('normalize keeps the set and puts it in order', () => {
    fc.assert(
      fc.property(some, (extents) => {
        const normal = normalizeExtents(extents)
        expectInOrder(normal)
        expect(bytesOf(normal)).toEqual(bytesOf(extents))
        expect(totalBytes(normal)).toBe(bytesOf(extents).size)
      }),
    )
  })

  it('intersect and subtract are those of sets', () => {
    fc.assert(
      fc.property(some, some, (left, right) => {
        const [a, b] = [normalizeExtents(left), normalizeExtents(right)]
        const [common, rest] = [intersectExtents(a, b), subtractExtents(a, b)]
        expectInOrder(common)
        expect(bytesOf(common)).toEqual(bytesOf(a).intersection(bytesOf(b)))
        expect(bytesOf(rest)).toEqual(bytesOf(a).difference(bytesOf(b)))
      }),
    )
  })

  it('align covers the set with whole units', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 16 }), (extents, unit) => {
        const aligned = alignExtents(normalizeExtents(extents), unit)
        expectInOrder(aligned)
        for (const { offset, length } of aligned) expect([offset % unit, length % unit]).toEqual([0, 0])
        expect(bytesOf(extents).isSubsetOf(bytesOf(aligned))).toBe(true)
      }),
    )
  })
})

describe('extents in a manifest', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ offset: fc.nat(2 ** 31), length: fc.nat(2 ** 31) })), (units) => {
        const scaled = units.map(({ offset, length }) => ({ offset: offset * 1000 * UNIT_BYTES, length: length * UNIT_BYTES }))
        const extents = normalizeExtents(scaled)
        expect(decodeExtents(encodeExtents(extents))).toEqual(extents)
      }),
    )
  })

  it.each([
    { name: 'a number that stops in the middle', bytes: [0x80] },
    { name: 'a gap without a length', bytes: [5] },
    { name: 'an empty extent', bytes: [5, 0] },
    { name: 'an extent that touches the one before', bytes: [5, 1, 0, 1] },
    { name: 'a number beyond any disk', bytes: Array(12).fill(0xff) },
  ])('refuses $name', ({ bytes }) => {
    expect(() => decodeExtents(Buffer.from(bytes).toString('base64'))).toThrow(AppError)
  })

  it('never fail with anything but an AppError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeExtents(Buffer.from(bytes).toString('base64'))
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
    )
  })
})
