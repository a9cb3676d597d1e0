// Bytes that lie in many places: what of the disks belongs to a range, and what is read where a member is lost.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Extent, intersectExtents, normalizeExtents, totalBytes } from '../../src/imaging/extents.ts'
import { mdLayoutOf } from '../../src/imaging/md-layout.ts'
import { spaceOfArray, spaceOnDisk } from '../../src/imaging/spaces.ts'

const CHUNK = 4096
const ROWS = 9

describe('ranges of an array', () => {
  const shape = fc
    .tuple(
      fc.constantFrom(0, 1, 4, 5, 6, 10),
      fc.integer({ min: 4, max: 7 }),
      fc.nat(5),
      fc.constantFrom(0x102, 0x103, 0x201, 0x10201, 0x40201),
    )
    .map(([level, count, parity, ten]) => ({
      level,
      layout: level === 10 ? ten : parity,
      chunkBytes: CHUNK,
      memberBytes: Array.from({ length: count }, () => 40 * CHUNK),
    }))
  const ranges = fc.array(fc.record({ offset: fc.nat(100 * CHUNK), length: fc.integer({ min: 1, max: 20 * CHUNK }) }), {
    maxLength: 5,
  })

  it('are all on its members, and nothing of them is left out', async () => {
    await fc.assert(
      fc.asyncProperty(shape, ranges, async (given, wanted) => {
        const layout = mdLayoutOf(given)
        if (typeof layout === 'string') throw new Error(layout)
        const members = given.memberBytes.map((length, disk) => ({
          space: spaceOnDisk(disk, { offset: 0, length }, '', async () => Buffer.alloc(0)),
          offset: 0,
        }))
        const own = wanted
          .map(({ offset, length }) => ({ offset, length: Math.min(length, layout.sizeBytes - offset) }))
          .filter(({ length }) => length > 0)
        const places = spaceOfArray(layout, members).placesOf(own)
        const kept = given.memberBytes.map((_, disk) => normalizeExtents(places.filter((place) => place.disk === disk)))
        for (const range of own) {
          for (let at = range.offset; at < range.offset + range.length; ) {
            const run = layout.runAt(at, range.offset + range.length - at)
            for (const { member, offset } of [...run.copies, ...(run.rest ?? [])])
              expect(isIn({ offset, length: run.length }, kept[member]!)).toBe(true)
            at += run.length
          }
        }
        for (const [disk, extents] of kept.entries())
          for (const { offset, length } of extents) expect(offset + length).toBeLessThanOrEqual(given.memberBytes[disk]!)
      }),
    )
  })

  const isIn = (range: Extent, extents: readonly Extent[]) => totalBytes(intersectExtents([range], extents)) === range.length

  it('of a lost member are computed of the others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(3),
        fc.nat(5),
        fc.nat((3 * ROWS - 1) * CHUNK),
        fc.integer({ min: 1, max: 9 * CHUNK }),
        async (lost, layoutNumber, offset, length) => {
          const layout = mdLayoutOf({
            level: 5,
            layout: layoutNumber,
            chunkBytes: CHUNK,
            memberBytes: [0, 1, 2, 3].map(() => ROWS * CHUNK),
          })
          if (typeof layout === 'string') throw new Error(layout)
          const disks = [0, 1, 2, 3].map(() => Buffer.alloc(ROWS * CHUNK))
          for (let at = 0; at < layout.sizeBytes; at += 512) {
            const { copies, rest } = layout.runAt(at, 512)
            const parity = [0, 1, 2, 3].find(
              (member) => member !== copies[0]!.member && rest!.every((place) => place.member !== member),
            )
            expect(parity).toBeUndefined()
            disks[copies[0]!.member]!.fill(at / 512, copies[0]!.offset, copies[0]!.offset + 512)
          }
          // Parity: the exclusive or of all others of its row, while it is itself zero.
          for (let row = 0; row < ROWS; row++) {
            const parity = parityMember(layout.runAt.bind(layout), row)
            for (const disk of [0, 1, 2, 3].filter((each) => each !== parity))
              for (let at = row * CHUNK; at < (row + 1) * CHUNK; at++) disks[parity]![at]! ^= disks[disk]![at]!
          }
          const members = disks.map((bytes, disk) =>
            disk === lost
              ? undefined
              : {
                  space: spaceOnDisk(disk, { offset: 0, length: bytes.length }, '', async (at, count) =>
                    Buffer.from(bytes.subarray(at, at + count)),
                  ),
                  offset: 0,
                },
          )
          const read = await spaceOfArray(layout, members).read(offset, length)
          const want = Buffer.from(
            Array.from(
              { length: Math.min(length, layout.sizeBytes - offset) },
              (_, index) => Math.floor((offset + index) / 512) & 0xff,
            ),
          )
          expect(read.equals(want)).toBe(true)
        },
      ),
      { numRuns: 20 },
    )
  })

  function parityMember(
    runAt: (offset: number, length: number) => { copies: readonly { member: number }[] },
    row: number,
  ): number {
    const data = [0, 1, 2].map((index) => runAt((row * 3 + index) * CHUNK, CHUNK).copies[0]!.member)
    return [0, 1, 2, 3].find((member) => !data.includes(member))!
  }
})
