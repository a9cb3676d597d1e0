import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ContentKind, DiskManifest, PartitionTable } from '../../src/contract/image.ts'
import { planCapture } from '../../src/imaging/capture-plan.ts'
import { decodeGpt, encodeGpt } from '../../src/imaging/gpt.ts'
import { decideGrowth } from '../../src/imaging/grow-plan.ts'
import { walkMbr } from '../../src/imaging/mbr.ts'
import { resizePartition, usableEnd } from '../../src/imaging/resize-table.ts'
import { gptDisk } from '../fakes/generated-disk.ts'

const MiB = 1024 * 1024
const LINUX = '0fc63daf-8483-4772-8e79-3d69d8477de4'
const RECOVERY = 'de94bba4-06d1-4d40-a16a-bfd50179d6ac'

type Part = readonly [content: ContentKind, sizeMiB: number, typeId?: string]

/** Partitions one behind the other from 1 MiB on, on a disk that they fill. */
function diskOf(parts: readonly Part[], more: Partial<DiskManifest> = {}): DiskManifest {
  let at = MiB
  const partitions = parts.map(([, sizeMiB, typeId = LINUX], index) => {
    const startBytes = at
    at += sizeMiB * MiB
    return {
      number: index + 1,
      startBytes,
      sizeBytes: sizeMiB * MiB,
      typeId,
      id: LINUX,
      attributes: '0'.repeat(16),
      name: `p${index + 1}`,
    }
  })
  const table: PartitionTable = { kind: 'gpt', id: LINUX, entryCount: 128, firstUsableBytes: 17_408, partitions, bootCode: '' }
  return {
    sizeBytes: at + MiB,
    sectorBytes: 512,
    table,
    contents: parts.map(([content], index) => ({ number: index + 1, content, usedBytes: 0 })),
    usedBytes: 0,
    chunkBytes: 2 * MiB,
    extents: '',
    digests: '',
    contentDigest: '0'.repeat(64),
    ...more,
  }
}

/** The second begins later, and ends first: nothing stands behind it that anybody could see. */
function overlapping(): DiskManifest {
  const disk = diskOf([
    ['ext', 100],
    ['ext', 100],
  ])
  const [first, second] = disk.table.kind === 'gpt' ? disk.table.partitions : []
  const inside = { ...second!, startBytes: 70 * MiB, sizeBytes: 20 * MiB }
  return { ...disk, table: { ...disk.table, partitions: [first!, inside] } as PartitionTable }
}

describe('on a disk of 1000 MiB', () => {
  const target = { sizeBytes: 1000 * MiB, sectorBytes: 512 }

  it.each<[string, DiskManifest, object]>([
    [
      'the last that can',
      diskOf([
        ['fat', 10],
        ['ext', 100],
      ]),
      { number: 2, content: 'ext', fromBytes: 100 * MiB, toBytes: 988 * MiB },
    ],
    [
      'the one that the image names',
      diskOf(
        [
          ['ext', 10],
          ['ntfs', 100],
        ],
        { grow: 2 },
      ),
      { number: 2, content: 'ntfs' },
    ],
    [
      'a filesystem without a table',
      diskOf([], { table: { kind: 'none' }, contents: [{ number: 0, content: 'xfs', usedBytes: 0 }] }),
      { number: 0, content: 'xfs', fromBytes: 2 * MiB, toBytes: 1000 * MiB },
    ],
    [
      'a filesystem that leaves a rest of its partition, in which an earlier one still shows',
      diskOf([['ext', 100]], { contents: [{ number: 1, content: 'ext', usedBytes: 0, filesystemBytes: 79.5 * MiB }] }),
      { number: 1, content: 'ext' },
    ],
  ])('grows %s', (_, disk, growth) => {
    const inRest = [{ offset: 80.5 * MiB, length: MiB }].filter(({ offset }) => offset < disk.sizeBytes)
    expect(decideGrowth(disk, target, inRest)).toMatchObject({ kind: 'grows', growth })
  })

  it.each<[string, DiskManifest, RegExp | undefined]>([
    [
      'one that another follows',
      diskOf([
        ['ext', 10],
        ['swap', 10],
      ]),
      /partition 2 follows it/,
    ],
    [
      'Windows behind which its rescue system stands',
      diskOf([
        ['ntfs', 100],
        ['ntfs', 10, RECOVERY],
      ]),
      /partition 1 cannot grow, partition 2 follows/,
    ],
    [
      'one that the image names but that nobody can grow',
      diskOf(
        [
          ['ext', 10],
          ['raw', 10],
        ],
        { grow: 2 },
      ),
      /it holds raw/,
    ],
    ['one that is not there', diskOf([['ext', 10]], { grow: 7 }), /no partition/],
    ['FAT', diskOf([['fat', 10]]), /no partition holds a filesystem that can grow: .* stay free/],
    ['anything when the disk has no more room', diskOf([['ext', 998]]), undefined],
    ['anything when there are no partitions', diskOf([]), undefined],
    [
      'one behind whose filesystem something else stands in its partition',
      diskOf([['ext', 100]], { contents: [{ number: 1, content: 'ext', usedBytes: 0, filesystemBytes: 60 * MiB }] }),
      /partition 1 cannot grow, its filesystem ends at byte 63963136, and what stands behind that/,
    ],
    ['one that lies inside of another', overlapping(), /partition 2 cannot grow, partition 1 lies over it/],
  ])('does not grow %s', (_, disk, reason) => {
    // The image has something at 80 MiB.
    const decision = decideGrowth(disk, target, [{ offset: 80 * MiB, length: MiB }])
    expect(decision).toMatchObject({ kind: 'keeps' })
    if (decision.kind === 'keeps' && reason !== undefined) expect(decision.reason).toMatch(reason)
  })
})

describe('a partition of another size', () => {
  it('is all that changes in a GUID table, and it ends on the disk', () => {
    fc.assert(
      fc.property(gptDisk, fc.integer({ min: 2, max: 64 }), ({ table, sizeBytes, sectorBytes, contents }, moreMiB) => {
        const geometry = { sizeBytes: sizeBytes + moreMiB * MiB, sectorBytes }
        const disk = {
          ...diskOf([]),
          sizeBytes,
          sectorBytes,
          table,
          contents: contents.map((each) => ({ ...each, usedBytes: 0 })),
        }
        const decision = decideGrowth(disk, geometry)
        if (decision.kind === 'keeps') {
          expect(table.partitions).toEqual([])
          return
        }
        const { number, toBytes } = decision.growth
        const head = encodeGpt(resizePartition(table, number, toBytes, sectorBytes) as typeof table, geometry)[0]!.bytes
        const read = decodeGpt(head, sectorBytes)!
        const grown = read.partitions.find((partition) => partition.number === number)!
        expect(grown.startBytes + grown.sizeBytes).toBeLessThanOrEqual(usableEnd(table, geometry))
        expect({ ...read, partitions: read.partitions.filter((each) => each !== grown) }).toEqual({
          ...table,
          partitions: table.partitions.filter((each) => each.number !== number),
        })
        expect(grown).toEqual({ ...table.partitions.find((each) => each.number === number)!, sizeBytes: toBytes })
      }),
      { numRuns: 60 },
    )
  })

  /** Sector 0 and the records of an extended partition from sector 100 on, each 100 sectors behind the one before. */
  function mbrOf(logicalCount: number): {
    table: Extract<PartitionTable, { kind: 'mbr' }>
    geometry: { sizeBytes: number; sectorBytes: number }
  } {
    const geometry = { sizeBytes: 100_000 * 512, sectorBytes: 512 }
    const sectors = new Map<number, Buffer>()
    const record = (at: number, entries: readonly (readonly [type: number, start: number, count: number])[]) => {
      const bytes = Buffer.alloc(512)
      entries.forEach(([type, start, count], index) => {
        bytes[446 + index * 16 + 4] = type
        bytes.writeUInt32LE(start, 446 + index * 16 + 8)
        bytes.writeUInt32LE(count, 446 + index * 16 + 12)
      })
      bytes.set([0x55, 0xaa], 510)
      sectors.set(at, bytes)
    }
    record(0, [
      [0x83, 1, 50],
      [5, 100, logicalCount * 100],
    ])
    for (let n = 0; n < logicalCount; n++) {
      const link = n + 1 < logicalCount ? ([[5, (n + 1) * 100, 100]] as const) : []
      record(100 + n * 100, [[0x83, 10, 90], ...link])
    }
    return { table: readMbr(sectors, geometry), geometry }
  }

  function readMbr(sectors: ReadonlyMap<number, Buffer>, geometry: { sizeBytes: number; sectorBytes: number }) {
    const walk = walkMbr(geometry)
    for (let at: number | undefined = 0; at !== undefined; ) at = walk.next(sectors.get(at / 512)!)
    return walk.table()!
  }

  it.each([1, 2, 3, 12])('is read again from an MBR with %i logical partitions, the last of which grew', (count) => {
    const { table, geometry } = mbrOf(count)
    const last = table.partitions.at(-1)!
    const resized = resizePartition(table, last.number, 5_000 * 512, 512) as typeof table
    const read = readMbr(
      new Map(resized.records.map(({ startBytes, bytes }) => [startBytes / 512, Buffer.from(bytes, 'base64')])),
      geometry,
    )
    expect(read.partitions).toEqual(resized.partitions)
    expect(read.partitions.at(-1)).toEqual({ ...last, sizeBytes: 5_000 * 512 })
    const container = read.partitions.find(({ isContainer }) => isContainer)!
    expect(container.startBytes + container.sizeBytes).toBe(last.startBytes + 5_000 * 512)
    expect(read.partitions.filter((each) => each.number !== last.number && !each.isContainer)).toEqual(
      table.partitions.filter((each) => each.number !== last.number && !each.isContainer),
    )
  })

  it('is read again from an MBR when it is a primary one', () => {
    const { table } = mbrOf(1)
    const resized = resizePartition(table, 1, 60 * 512, 512) as typeof table
    expect(Buffer.from(resized.records[0]!.bytes, 'base64').readUInt32LE(446 + 12)).toBe(60)
    expect(resized.records[1]).toEqual(table.records[1])
  })
})

describe('the partition that a capture says is to grow', () => {
  const { table } = diskOf([
    ['ext', 10],
    ['ext', 20],
  ])
  const geometry = { sizeBytes: 40 * MiB, sectorBytes: 512 }
  it.each([
    ['p2', 2],
    ['1', 1],
  ])('%s', (grow, number) => {
    expect(planCapture({ geometry, table, contents: [], grow }).grow).toBe(number)
  })
  it.each(['p3', '3', ''])('"%s" is not there', (grow) => {
    expect(() => planCapture({ geometry, table, contents: [], grow })).toThrow(/there are 1 "p1", 2 "p2"/)
  })
})
