import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSectionRanges } from '../../../src/winpe-agent/imaging/section-ranges.ts'

const SECTION_BYTES = 100
const DIGEST_BYTES = 2
const ranges = createSectionRanges(SECTION_BYTES, DIGEST_BYTES)

describe('differing', () => {
  const digests = (text: string) => Buffer.from(text.replaceAll(' ', ''))

  it.each([
    { name: 'the same', wanted: 'aa bb', held: 'aa bb', spans: [] },
    { name: 'the second half of a digest', wanted: 'aa bb', held: 'aa bx', spans: [{ to: 1, count: 1 }] },
    {
      name: 'neighbours are one span',
      wanted: 'aa bb cc dd',
      held: 'ax bx cc dx',
      spans: [
        { to: 0, count: 2 },
        { to: 3, count: 1 },
      ],
    },
    { name: 'what is not held at all', wanted: 'aa bb', held: 'aa', spans: [{ to: 1, count: 1 }] },
  ])('$name', ({ wanted, held, spans }) => expect(ranges.differing(digests(wanted), digests(held))).toEqual(spans))
})

describe('within', () => {
  it.each([
    { name: 'a range through three sections', used: [50, 200], sections: [{ to: 1, count: 1 }], left: [100, 100] },
    { name: 'an end of a range', used: [150, 20], sections: [{ to: 1, count: 1 }], left: [150, 20] },
    { name: 'a range that only touches', used: [0, 100], sections: [{ to: 1, count: 1 }], left: [] },
    {
      name: 'sections in any order',
      used: [0, 1000],
      sections: [
        { to: 7, count: 1 },
        { to: 2, count: 2 },
      ],
      left: [200, 200, 700, 100],
    },
  ])('$name', ({ used, sections, left }) => expect(ranges.within(used, sections)).toEqual(left))

  it('the bytes that are in a range and in a section, and no others', () => {
    const picked = fc.array(fc.boolean(), { minLength: 10, maxLength: 10 })
    const bounds = fc.uniqueArray(fc.nat(1000), { maxLength: 12 }).map((all) => all.sort((a, b) => a - b))
    fc.assert(
      fc.property(bounds, picked, (bounds, isPicked) => {
        const used: number[] = []
        for (let i = 0; i + 1 < bounds.length; i += 2) used.push(bounds[i]!, bounds[i + 1]! - bounds[i]!)
        const sections = isPicked.flatMap((is, to) => (is ? [{ to, count: 1 }] : []))
        const wanted = bytesOf(used).filter((byte) => isPicked[Math.floor(byte / SECTION_BYTES)])
        expect(bytesOf(ranges.within(used, sections))).toEqual(wanted)
      }),
    )
  })
})

function bytesOf(flat: readonly number[]): number[] {
  const bytes: number[] = []
  for (let i = 0; i < flat.length; i += 2) for (let at = 0; at < flat[i + 1]!; at++) bytes.push(flat[i]! + at)
  return bytes
}
