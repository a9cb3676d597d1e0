// Bytes that belong to no partition: which are kept, that nothing grows over them, and what becomes of sector 0 on another disk.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DiskManifest, PartitionTable } from '../../src/contract/image.ts'
import { diskManifestOf, planCapture } from '../../src/imaging/capture-plan.ts'
import { ownDiskFault, planDeploy } from '../../src/imaging/deploy-plan.ts'
import { intersectExtents, normalizeExtents, totalBytes } from '../../src/imaging/extents.ts'
import { resizeFirstSector } from '../../src/imaging/gpt.ts'
import { leftoverRanges } from '../../src/imaging/leftovers.ts'
import { BLOCK_BYTES, blocksOf, keptOutside, outsideRanges } from '../../src/imaging/outside.ts'
import { gptDisk } from '../fakes/generated-disk.ts'
import { mbrSector } from '../fakes/memory-disk.ts'

const MiB = 1024 * 1024
const GUID = '0a3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11'
const gptTable = { kind: 'gpt', id: GUID, entryCount: 128, firstUsableBytes: 34 * 512, bootCode: '' } as const

describe('outside of partitions', () => {
  it('every byte is in a partition, in the table or outside, and in one of them alone', () => {
    fc.assert(
      fc.property(gptDisk, ({ table, sizeBytes, sectorBytes }) => {
        const places = [{ offset: 0, length: 2 * sectorBytes + 16_384 }]
        const ranges = outsideRanges(table, places, { sizeBytes, sectorBytes })
        const owned = table.partitions.map((part) => ({ offset: part.startBytes, length: part.sizeBytes }))
        expect(intersectExtents(ranges, normalizeExtents([...places, ...owned]))).toEqual([])
        const backup = sizeBytes - ranges.reduce((end, { offset, length }) => Math.max(end, offset + length), 0)
        expect(backup).toBeGreaterThanOrEqual(sectorBytes + 16_384)
        const blocks = [...blocksOf(ranges)]
        expect(totalBytes(blocks)).toBe(totalBytes(ranges))
        expect(keptOutside(blocks, ranges)).toEqual(ranges)
        for (const { offset, length } of blocks)
          expect(Math.floor(offset / BLOCK_BYTES)).toBe(Math.floor((offset + length - 1) / BLOCK_BYTES))
      }),
      { numRuns: 60 },
    )
  })

  it('zeros between near blocks are kept with them, between far ones not', () => {
    const ranges = [{ offset: 0, length: 100 * MiB }]
    const block = (at: number) => ({ offset: at * MiB, length: MiB })
    expect(keptOutside([block(0), block(10)], ranges)).toEqual([{ offset: 0, length: 11 * MiB }])
    expect(keptOutside([block(0), block(60)], ranges)).toEqual([block(0), block(60)])
    const cut = [
      { offset: 0, length: 4 * MiB },
      { offset: 6 * MiB, length: 9 * MiB },
    ]
    expect(keptOutside([block(1), block(9)], cut)).toEqual([
      { offset: MiB, length: 3 * MiB },
      { offset: 6 * MiB, length: 4 * MiB },
    ])
  })

  it('inside of an extended partition there is an outside, too', () => {
    const table: PartitionTable = {
      kind: 'mbr',
      id: '12345678',
      partitions: [
        { number: 1, startBytes: MiB, sizeBytes: 19 * MiB, typeId: 5, isContainer: true },
        { number: 5, startBytes: 2 * MiB, sizeBytes: 8 * MiB, typeId: 0x83, isContainer: false },
      ],
      records: [],
    }
    const places = [
      { offset: 0, length: 512 },
      { offset: MiB, length: 512 },
    ]
    expect(outsideRanges(table, places, { sizeBytes: 20 * MiB, sectorBytes: 512 })).toEqual([
      { offset: 512, length: MiB - 512 },
      { offset: MiB + 512, length: MiB - 512 },
      { offset: 10 * MiB, length: 10 * MiB },
    ])
  })
})

const mbrTable: PartitionTable = {
  kind: 'mbr',
  id: '12345678',
  partitions: [{ number: 1, startBytes: MiB, sizeBytes: 20 * MiB, typeId: 0x83, isContainer: false }],
  records: [{ startBytes: 0, bytes: mbrSector([{ type: 0x83, start: 2048, count: 40_960 }]).toString('base64') }],
}

function imageOf(behind: boolean): DiskManifest {
  const geometry = { sizeBytes: 32 * MiB, sectorBytes: 512 }
  const outside = {
    number: 0,
    startBytes: 0,
    sizeBytes: 32 * MiB,
    content: 'raw' as const,
    used: [{ offset: 30 * MiB, length: MiB }],
  }
  const root = { number: 1, startBytes: MiB, sizeBytes: 20 * MiB, content: 'ext' as const, used: [{ offset: 0, length: MiB }] }
  const plan = planCapture({ geometry, table: mbrTable, contents: behind ? [outside, root] : [root] })
  return diskManifestOf(plan, { digests: plan.spans.map(() => 'ab'.repeat(32)), composed: [] })
}

describe('what stands behind the last partition', () => {
  it('is not grown over, and that is said', () => {
    const target = { sizeBytes: 64 * MiB, sectorBytes: 512 }
    expect(planDeploy(imageOf(false), target).growth).toMatchObject({ number: 1 })
    const plan = planDeploy(imageOf(true), target)
    expect(plan.growth).toBeUndefined()
    expect(plan.lines.join('\n')).toMatch(/what stands behind it at byte 31457280 belongs to the image/)
  })

  it('is not cut off: a smaller disk is refused', () => {
    const target = { sizeBytes: 24 * MiB, sectorBytes: 512 }
    expect(planDeploy(imageOf(false), target).shrunk).toBeUndefined()
    expect(() => planDeploy(imageOf(true), target)).toThrow(expect.objectContaining({ code: 'IMAGE_DOES_NOT_FIT' }))
  })
})

describe('sector 0 on a disk of another size', () => {
  const protective = (count: number, status = 0x80) => mbrSector([{ type: 0xee, start: 1, count, status }])
  it.each([
    ['same size: nothing changes', protective(500), 1000, 1000, protective(500)],
    ['alone: its length', protective(999), 1000, 5000, protective(4999)],
    ['alone, and shorter than its disk', protective(500), 1000, 5000, protective(4999)],
    ['as far as 32 bits go: stays', protective(0xffff_ffff), 1000, 5000, protective(0xffff_ffff)],
    [
      'hybrid, in front of the others: stays',
      mbrSector([
        { type: 0x83, start: 64, count: 9, status: 0x80 },
        { type: 0xee, start: 1, count: 63 },
      ]),
      1000,
      5000,
      mbrSector([
        { type: 0x83, start: 64, count: 9, status: 0x80 },
        { type: 0xee, start: 1, count: 63 },
      ]),
    ],
    [
      'hybrid, up to the end: its length',
      mbrSector([
        { type: 0x83, start: 64, count: 9 },
        { type: 0xee, start: 73, count: 927 },
      ]),
      1000,
      5000,
      mbrSector([
        { type: 0x83, start: 64, count: 9 },
        { type: 0xee, start: 73, count: 4927 },
      ]),
    ],
  ] as const)('%s', (_name, sector, from, to, want) => {
    expect(resizeFirstSector(sector, from, to)).toEqual(want)
  })
})

describe('leftovers', () => {
  it('are looked for at both ends of the disk and of every partition, old and new, and never where the image has something', () => {
    const table: PartitionTable = {
      ...mbrTable,
      partitions: [{ ...mbrTable.partitions[0]!, startBytes: 100 * MiB, sizeBytes: 100 * MiB }],
    }
    const kept = [
      { offset: 0, length: 512 },
      { offset: 101 * MiB, length: MiB },
    ]
    const geometry = { sizeBytes: 400 * MiB, sectorBytes: 512 }
    const ranges = leftoverRanges({ geometry, table, kept }, [
      { offset: 300 * MiB, length: 50 * MiB },
      { offset: 222 * MiB + 3, length: 4 },
    ])
    const has = (offset: number) => ranges.some((range) => offset >= range.offset && offset < range.offset + range.length)
    for (const at of [1, 64, 100, 102, 164, 199, 300, 349].map((mebibytes) => mebibytes * MiB))
      expect(has(at), `${at}`).toBe(true)
    expect([has(400 * MiB - 1), has(222 * MiB)]).toEqual([true, true])
    expect([has(0), has(101 * MiB), has(150 * MiB), has(250 * MiB)]).toEqual([false, false, false, false])
    expect(intersectExtents(ranges, kept)).toEqual([])
  })
})

describe('a capture whose image could not be written to its own disk', () => {
  const geometry = { sizeBytes: 32 * MiB, sectorBytes: 512 }
  const faultOf = (change: object, startBytes: number, sizeBytes: number) => {
    const one = { startBytes, sizeBytes, number: 1, typeId: GUID, id: GUID, attributes: '0'.repeat(16), name: '' }
    const table: PartitionTable = { ...gptTable, partitions: [one], ...change }
    const contents = [{ number: 1, startBytes, sizeBytes, content: 'raw' as const, used: [{ offset: 0, length: sizeBytes }] }]
    return ownDiskFault(planCapture({ geometry, table, contents }))
  }
  it.each([
    ['a partition over the entries', {}, 4096, MiB, /lies where its entries stand/],
    ['a partition over the backup', {}, MiB, 31 * MiB, /belongs to the table as well/],
    ['a partition behind the end', {}, MiB, 32 * MiB, /ends behind the disk/],
    ['none of that', {}, MiB, MiB, undefined],
  ] as const)('%s', (_name, change, startBytes, sizeBytes, says) => {
    const fault = faultOf(change, startBytes, sizeBytes)
    if (says === undefined) expect(fault).toBeUndefined()
    else expect(fault).toMatch(says)
  })
})
