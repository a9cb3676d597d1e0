import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Disk, DiskHint } from '../../src/contract/inventory.ts'
import { chooseDisk } from '../../src/imaging/choose-disk.ts'
import { ownershipOf, refuseForeignDisk } from '../../src/imaging/foreign-disk.ts'

const disk = (name: string, sizeBytes: number, more: Partial<Disk> = {}): Disk => ({
  devicePath: `/dev/${name}`,
  serial: `serial-${name}`,
  sizeBytes,
  logicalSectorBytes: 512,
  physicalSectorBytes: 512,
  isRotational: false,
  isRemovable: false,
  isReadOnly: false,
  ...more,
})

const small = disk('sda', 100)
const large = disk('sdb', 200)
const stick = disk('sdc', 50, { isRemovable: true })
const locked = disk('sdd', 300, { isReadOnly: true })
const all = [small, large, stick, locked]

describe('chooseDisk', () => {
  it.each<[string, DiskHint, Disk]>([
    ['by serial', { serial: 'serial-sdb' }, large],
    ['the smallest that is no stick', { pick: 'smallest' }, small],
    ['the largest that can be written', { pick: 'largest' }, large],
    ['the smallest over a size', { minSizeBytes: 150, pick: 'smallest' }, large],
    ['by size range', { maxSizeBytes: 150 }, small],
    ['a stick, when it is called by name', { serial: 'serial-sdc' }, stick],
  ])('%s', (_, hint, want) => {
    expect(chooseDisk(hint, all)).toBe(want)
  })

  it.each<[string, DiskHint, readonly Disk[]]>([
    ['several where only one may be', { pick: 'only' }, all],
    ['a serial that nobody has', { serial: 'other' }, all],
    ['one of two of the same size', { pick: 'smallest' }, [small, disk('sde', 100)]],
    ['a disk that is read-only', { serial: 'serial-sdd' }, all],
    ['any in a machine without disks', { pick: 'only' }, []],
  ])('refuses %s and lists what is there', (_, hint, disks) => {
    expect(() => chooseDisk(hint, disks)).toThrow(expect.objectContaining({ code: 'AGENT_DISK_NOT_MATCHED' }))
    if (disks.length > 0) expect(() => chooseDisk(hint, disks)).toThrow(/\/dev\/sda/)
  })

  it('never gives a disk that the hint does not describe', () => {
    const hint = fc.record(
      { serial: fc.constantFrom('serial-sda', 'serial-sdb', 'x'), minSizeBytes: fc.nat(300), maxSizeBytes: fc.nat(300) },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(hint, fc.subarray(all), (wanted, disks) => {
        try {
          const chosen = chooseDisk(wanted, disks)
          if (wanted.serial !== undefined) expect(chosen.serial).toBe(wanted.serial)
          expect(chosen.sizeBytes).toBeGreaterThanOrEqual(wanted.minSizeBytes ?? 0)
          expect(chosen.sizeBytes).toBeLessThanOrEqual(wanted.maxSizeBytes ?? Number.MAX_SAFE_INTEGER)
        } catch (error) {
          expect(error).toMatchObject({ code: 'AGENT_DISK_NOT_MATCHED' })
        }
      }),
    )
  })
})

describe('a disk is', () => {
  it.each([
    ['blank', { tableId: undefined, found: [] }, 'blank'],
    ['ours', { tableId: 'AAAA', found: ['a GPT'] }, 'ours'],
    ['foreign by its table', { tableId: 'bbbb', found: ['a GPT'] }, 'foreign'],
    ['foreign by a filesystem without a table', { tableId: undefined, found: ['ext4'] }, 'foreign'],
  ] as const)('%s', (_, findings, want) => {
    expect(ownershipOf(findings, ['aaaa'])).toBe(want)
  })

  it('refused when foreign, unless the job consents', () => {
    const findings = { tableId: undefined, found: ['ntfs on /dev/sda1'] }
    const consent = { eraseForeignData: false, knownTableIds: [] }
    expect(() => refuseForeignDisk('/dev/sda', findings, consent)).toThrow(/ntfs on \/dev\/sda1/)
    expect(refuseForeignDisk('/dev/sda', findings, { ...consent, eraseForeignData: true })).toBe('foreign')
  })
})
