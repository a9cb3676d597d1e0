import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import type { MbrTable } from '../../src/contract/image.ts'
import { walkMbr } from '../../src/imaging/mbr.ts'

const SECTOR = 512
const geometry = { sizeBytes: 1_000_000 * SECTOR, sectorBytes: SECTOR }

/** Reads a table out of a disk of sparse sectors, as the agent does. */
function read(sectors: ReadonlyMap<number, Buffer>): MbrTable | undefined {
  const walk = walkMbr(geometry)
  for (let at: number | undefined = 0; at !== undefined; ) at = walk.next(sectors.get(at / SECTOR) ?? Buffer.alloc(SECTOR))
  return walk.table()
}

interface EntrySpec {
  readonly type: number
  readonly start: number
  readonly count: number
}

function record(entries: readonly EntrySpec[], id = 0): Buffer {
  const sector = Buffer.alloc(SECTOR)
  sector.writeUInt32LE(id, 440)
  for (const [index, { type, start, count }] of entries.entries()) {
    sector[446 + index * 16 + 4] = type
    sector.writeUInt32LE(start, 446 + index * 16 + 8)
    sector.writeUInt32LE(count, 446 + index * 16 + 12)
  }
  sector.set([0x55, 0xaa], 510)
  return sector
}

/** An extended partition at sector 10,000 with logical partitions of the given lengths one after another. */
function chained(lengths: readonly number[]): Map<number, Buffer> {
  const base = 10_000
  const sectors = new Map([
    [
      0,
      record(
        [
          { type: 0x83, start: 2048, count: 4096 },
          { type: 5, start: base, count: 500_000 },
        ],
        0xdeadbeef,
      ),
    ],
  ])
  let at = base
  for (const [index, count] of lengths.entries()) {
    const next = at + 64 + count
    const link = index + 1 < lengths.length ? { type: 5, start: next - base, count: 64 } : { type: 0, start: 0, count: 0 }
    sectors.set(at, record([{ type: 0x83, start: 64, count }, link]))
    at = next
  }
  return sectors
}

describe('mbr', () => {
  it('finds primary and any number of logical partitions, numbered as the kernel does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 60 }), (lengths) => {
        const table = read(chained(lengths))!
        expect(table.id).toBe('deadbeef')
        expect(table.partitions.map(({ number }) => number)).toEqual([1, 2, ...lengths.map((_, index) => index + 5)])
        let at = 10_000
        for (const [index, count] of lengths.entries()) {
          expect(table.partitions[index + 2]).toMatchObject({ startBytes: (at + 64) * SECTOR, sizeBytes: count * SECTOR })
          at += 64 + count
        }
        expect(table.records).toHaveLength(lengths.length + 1)
      }),
    )
  })

  it.each([
    ['a blank sector', Buffer.alloc(SECTOR)],
    ['a protective one', record([{ type: 0xee, start: 1, count: 999_999 }])],
    [
      'a FAT boot sector',
      Buffer.concat([
        record([]).subarray(0, 54),
        Buffer.from('FAT16   '),
        record([{ type: 0x83, start: 1, count: 1 }]).subarray(62),
      ]),
    ],
    ['entries that begin behind the disk', record([{ type: 0x83, start: 2_000_000, count: 1 }])],
    ['no entry at all', record([])],
  ])('takes %s for no table', (_, sector) => {
    expect(read(new Map([[0, sector]]))).toBeUndefined()
  })

  it('refuses a chain that runs in a circle, out of its container, or into nothing', () => {
    const circle = chained([100, 100])
    circle.set(
      10_000 + 164,
      record([
        { type: 0x83, start: 64, count: 100 },
        { type: 5, start: 164, count: 64 },
      ]),
    )
    const outside = chained([100])
    outside.set(
      10_000,
      record([
        { type: 0x83, start: 64, count: 100 },
        { type: 5, start: 600_000, count: 64 },
      ]),
    )
    const nothing = chained([100, 100])
    nothing.delete(10_000 + 164)
    for (const sectors of [circle, outside, nothing]) {
      expect(() => read(sectors)).toThrow(expect.objectContaining({ code: 'IMAGE_TABLE_INVALID' }))
    }
  })

  const link = (start: number) => ({ type: 5, start, count: 264 })
  const none = { type: 0, start: 0, count: 0 }
  const own = { type: 0x83, start: 64, count: 200 }

  it.each([
    ['behind its partition', [own, link(264)]],
    ['in front of it', [link(264), own]],
    ['in the last places', [none, none, link(264), own]],
  ])('follows a record whose link stands %s', (_, entries) => {
    const sectors = chained([200, 100]).set(10_000, record(entries))
    expect(read(sectors)!.partitions.slice(2)).toMatchObject([
      { number: 5, startBytes: 10_064 * SECTOR, sizeBytes: 200 * SECTOR },
      { number: 6, startBytes: (10_264 + 64) * SECTOR },
    ])
  })

  it.each([
    ['two partitions', [own, { ...own, start: 300 }], 'IMAGE_TABLE_UNSUPPORTED'],
    ['two links', [own, link(264), link(900)], 'IMAGE_TABLE_INVALID'],
  ])('refuses a record with %s', (_, entries, code) => {
    expect(() => read(chained([200, 100]).set(10_000, record(entries)))).toThrow(expect.objectContaining({ code }))
  })

  it('is one also when a partition of it begins behind the disk: it was cut off on its way', () => {
    const sector = record([
      { type: 0x83, start: 2048, count: 100 },
      { type: 0x83, start: 2_000_000, count: 1 },
    ])
    expect(read(new Map([[0, sector]]))!.partitions).toHaveLength(2)
  })

  it('ends on any disk, with nothing but an AppError', () => {
    const sector = fc
      .array(fc.record({ type: fc.constantFrom(0, 5, 0x83), start: fc.nat(9), count: fc.nat(9) }), { maxLength: 4 })
      .map((entries) => record(entries))
    fc.assert(
      fc.property(fc.array(sector, { minLength: 1, maxLength: 12 }), (list) => {
        try {
          read(new Map(list.map((bytes, index) => [index, bytes])))
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
    )
  })
})
