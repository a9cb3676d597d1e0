import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Disk, DiskHint } from '../../src/contract/inventory.ts'
import { chooseDisk, chooseDisks } from '../../src/imaging/choose-disk.ts'
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

/** A server: two boot disks of one model, a large one, and one in a slot. */
const rack = [
  disk('nvme0n1', 480, { model: 'BOOT 480', wwn: 'eui.0025385b01', byPath: 'pci-0000:01:00.0-nvme-1' }),
  disk('nvme1n1', 480, { model: 'BOOT 480', wwn: 'eui.0025385b02', byPath: 'pci-0000:02:00.0-nvme-1' }),
  disk('sda', 4000, { model: 'DATA 4T', wwn: 'naa.5000c500a1b2c3d4', byPath: 'pci-0000:00:17.0-ata-1' }),
  disk('sdb', 8000, { model: 'DATA 8T', wwn: 'naa.5000c500a1b2c3d5', byPath: 'pci-0000:00:17.0-ata-2' }),
] as const

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

describe('on a server with four disks', () => {
  it.each<[string, DiskHint, number]>([
    ['WWN', { wwn: 'naa.5000c500a1b2c3d4' }, 2],
    ['WWN as udev writes it', { wwn: '0x5000c500a1b2c3d4' }, 2],
    ['WWN as the label has it', { wwn: '5000C500A1B2C3D5' }, 3],
    ['EUI', { wwn: 'eui.0025385b02' }, 1],
    ['slot', { byPath: 'pci-0000:02:00.0-nvme-1' }, 1],
    ['model', { model: 'DATA 8T' }, 3],
    ['serial', { serial: 'serial-nvme0n1' }, 0],
    ['size range', { minSizeBytes: 1000, maxSizeBytes: 5000 }, 2],
    ['the smallest over X', { minSizeBytes: 481, pick: 'smallest' }, 2],
    ['the largest below X', { maxSizeBytes: 7999, pick: 'largest' }, 2],
    ['the largest', { pick: 'largest' }, 3],
    ['model and size together', { model: 'DATA 4T', minSizeBytes: 4000 }, 2],
  ])('%s names one', (_, hint, index) => {
    expect(chooseDisk(hint, rack)).toBe(rack[index])
  })

  it.each<[string, DiskHint, RegExp]>([
    ['a model that two have', { model: 'BOOT 480' }, /matches 2 disks/],
    ['the smallest, of which there are two', { pick: 'smallest' }, /matches 2 disks/],
    ['the only one', { pick: 'only' }, /matches 4 disks/],
    ['a WWN that nobody has', { wwn: 'naa.5000c500a1b2c3d6' }, /matches no disk/],
    ['a slot that is empty', { byPath: 'pci-0000:00:17.0-ata-3' }, /matches no disk/],
    ['a size that nobody has', { minSizeBytes: 5000, maxSizeBytes: 7000 }, /matches no disk/],
    ['the serial of one with the model of another', { serial: 'serial-sda', model: 'DATA 8T' }, /matches no disk/],
  ])('%s names none, and all are listed', (_, hint, says) => {
    expect(() => chooseDisk(hint, rack)).toThrow(says)
    for (const { devicePath, serial } of rack) {
      expect(() => chooseDisk(hint, rack)).toThrow(
        expect.objectContaining({ message: expect.stringContaining(`${devicePath}, `) }),
      )
      expect(() => chooseDisk(hint, rack)).toThrow(expect.objectContaining({ message: expect.stringContaining(serial!) }))
    }
  })

  it('hints of several disks name each one, and none twice', () => {
    expect(chooseDisks([{ serial: 'serial-sdb' }, { model: 'DATA 4T' }], rack)).toEqual([rack[3], rack[2]])
    expect(() => chooseDisks([{ serial: 'serial-sdb' }, { pick: 'largest' }], rack)).toThrow(/another hint of this job/)
  })
})

describe('a disk is', () => {
  it.each([
    ['blank', { tableId: undefined, found: [] }, 'blank'],
    ['ours', { tableId: 'AAAA', found: ['a GPT'] }, 'ours'],
    ['ours, by the beginning of the id on an MBR', { tableId: '0x0000AAAA', found: ['a DOS table'] }, 'ours'],
    ['foreign by its table', { tableId: 'bbbb', found: ['a GPT'] }, 'foreign'],
    ['foreign by a filesystem without a table', { tableId: undefined, found: ['ext4'] }, 'foreign'],
  ] as const)('%s', (_, findings, want) => {
    expect(ownershipOf(findings, ['aaaa', '0000aaaa-0c9e-4b7a-9a55-8f3c2f1d6e01'])).toBe(want)
  })

  it('refused when foreign, unless the job consents', () => {
    const findings = { tableId: undefined, found: ['ntfs on /dev/sda1'] }
    const consent = { eraseForeignData: false, knownTableIds: [] }
    expect(() => refuseForeignDisk('/dev/sda', findings, consent)).toThrow(/ntfs on \/dev\/sda1/)
    expect(refuseForeignDisk('/dev/sda', findings, { ...consent, eraseForeignData: true })).toBe('foreign')
  })
})
