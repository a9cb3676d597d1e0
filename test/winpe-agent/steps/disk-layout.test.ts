import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import type { PartitionSpec } from '../../../src/contract/partitions.ts'
import { planLayout } from '../../../src/winpe-agent/steps/disk-layout.ts'

const MIB = 1024 * 1024
const TABLE_ID = '5b3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11'
const plan = (partitions: PartitionSpec[], sizeBytes: number, logicalSectorBytes = 512, idSeed = 'tiny', tableId = TABLE_ID) =>
  planLayout({ tableId, idSeed, partitions }, { sizeBytes, logicalSectorBytes })

const root: PartitionSpec = { name: 'root', type: 'linux', filesystem: 'ext4' }
const esp: PartitionSpec = { name: 'esp', type: 'esp', sizeMiB: 64 }
const swap: PartitionSpec = { name: 'swap', type: 'swap', sizeMiB: 16 }

describe('planLayout', () => {
  it.each([
    {
      name: 'the partition without a size takes the rest',
      specs: [esp, root],
      want: [
        [2048, 64],
        [133_120, 958],
      ],
    },
    {
      name: 'it may stand between others',
      specs: [root, esp],
      want: [
        [2048, 958],
        [1_964_032, 64],
      ],
    },
    {
      name: 'nothing must take the rest',
      specs: [esp, swap],
      want: [
        [2048, 64],
        [133_120, 16],
      ],
    },
  ])('$name', ({ specs, want }) => {
    const { partitions } = plan(specs, 1024 * MIB + 700)
    expect(partitions.map(({ startSector, sizeBytes }) => [startSector, sizeBytes / MIB])).toEqual(want)
  })

  it.each([
    { name: 'too much', specs: [esp, { ...root, sizeMiB: 959 }], message: /need 1023 MiB but the disk has room for 1022 MiB/ },
    { name: 'nothing left for the rest', specs: [{ ...esp, sizeMiB: 1022 }, root], message: /need 1023 MiB/ },
    { name: 'two that take the rest', specs: [root, { ...root, name: 'home' }], message: /root, home all lack a size/ },
  ])('refuses $name', ({ specs, message }) => {
    expect(() => plan(specs, 1024 * MIB)).toThrow(message)
  })

  it('gives an ESP and swap their filesystems, and others none', () => {
    const kinds = plan(
      [esp, swap, { ...root, filesystem: undefined as never, sizeMiB: 8 }, { name: 'b', type: 'bios-boot', sizeMiB: 1 }],
      1024 * MIB,
    )
    expect(kinds.partitions.map(({ filesystem }) => filesystem?.kind)).toEqual(['fat32', 'swap', undefined, undefined])
  })

  it('gives partitions of Windows and LVM their types, attributes and filesystems', () => {
    const types = ['msr', 'windows', 'windows-recovery', 'lvm'] as const
    const { partitions } = plan(
      types.map((type) => ({ name: type, type, sizeMiB: 16 })),
      1024 * MIB,
    )
    expect(partitions.map(({ typeGuid, attributes, filesystem }) => [typeGuid, attributes.join(), filesystem?.kind])).toEqual([
      ['e3c9e316-0b5c-4db8-817d-f92df00215ae', 'GUID:63', undefined],
      ['ebd0a0a2-b9e5-4433-87c0-68b6b72699c7', '', 'ntfs'],
      ['de94bba4-06d1-4d40-a16a-bfd50179d6ac', 'RequiredPartition,GUID:63', 'ntfs'],
      ['e6d6d379-f507-44c2-a23c-238f2a3df928', '', undefined],
    ])
  })

  it('derives ids from the image alone, so that its next version shares them', () => {
    const first = plan([esp, root], 1024 * MIB)
    const second = plan([esp, root], 4096 * MIB, 512, 'tiny', '00000000-aaaa-4bbb-8ccc-000000000001')
    const ids = (table: typeof first) => table.partitions.map(({ guid, filesystem }) => [guid, filesystem?.uuid])
    expect(ids(second)).toEqual(ids(first))
    expect(new Set(ids(first).flat()).size).toBe(4)
    expect(ids(plan([esp, root], 1024 * MIB, 512, 'debian'))).not.toEqual(ids(first))
    for (const id of ids(first).flat())
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('never overlaps, never leaves the disk, always keeps to the grid', () => {
    const spec = fc.record({
      sizeMiB: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
      type: fc.constantFrom('linux', 'esp'),
    })
    fc.assert(
      fc.property(
        fc.array(spec, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 4_000_000_000 }),
        fc.constantFrom(512, 4096),
        (specs, size, sector) => {
          const partitions = specs.map((part, index) => ({ ...part, name: `p${index}` }) as PartitionSpec)
          const sizeBytes = size - (size % sector)
          try {
            let endBytes = MIB
            for (const { startSector, sectorCount, sizeBytes: bytes } of plan(partitions, sizeBytes, sector).partitions) {
              expect(startSector * sector).toBe(endBytes)
              expect(bytes % MIB).toBe(0)
              expect(sectorCount * sector).toBe(bytes)
              endBytes += bytes
            }
            expect(endBytes).toBeLessThanOrEqual(sizeBytes - MIB)
          } catch (error) {
            expect(error).toBeInstanceOf(AppError)
          }
        },
      ),
    )
  })
})
