import { describe, expect, it } from 'vitest'
import { diskIdsOf, isIdentity } from '../../src/imaging/disk-identity.ts'
import { ownershipOf, refuseForeignDisk } from '../../src/imaging/foreign-disk.ts'

const GUID = '5b3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11'

describe('what is no identity', () => {
  it.each([
    '00000000',
    '0x00000000',
    'ffffffff',
    '90909090',
    '00000001',
    '000000ff',
    '00000000-0000-0000-0000-000000000000',
    '00000000-0000-0000-0000-000000000001',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    'ABABABAB-ABAB-ABAB-ABAB-ABABABABABAB',
    'ext-00000000000000000000000000000000',
    'fat-00000000',
    'fat-00000001',
  ])('%s, whatever is known of it', (id) => {
    expect(isIdentity(id)).toBe(false)
    const signs = { sharedTableIds: [id], hasSecondSign: true }
    expect(ownershipOf({ tableId: id, found: ['a table'] }, [id], signs)).toBe('foreign')
    expect(() =>
      refuseForeignDisk('/dev/sda', { tableId: id, found: ['a table'] }, { eraseForeignData: false, knownTableIds: [id] }),
    ).toThrow(expect.objectContaining({ code: 'AGENT_DISK_HAS_DATA', message: expect.stringContaining('many disks have it') }))
  })

  it.each([GUID, 'deadbeef', '0x0000AAAA', 'ext-5b3f9a3e7f0d4a7e9d550d5a4c1f2b11', 'ntfs-5b3f9a3e7f0d4a7e', 'fat-5b3f9a3e'])(
    '%s is one',
    (id) => {
      expect(isIdentity(id)).toBe(true)
      expect(ownershipOf({ tableId: id, found: ['a table'] }, [id])).toBe('ours')
    },
  )
})

describe('an id out of an image', () => {
  const findings = { tableId: GUID, found: ['a gpt table'] }

  it('is no proof alone', () => {
    expect(ownershipOf(findings, [], { sharedTableIds: [GUID] })).toBe('foreign')
    const consent = { eraseForeignData: false, knownTableIds: [], sharedTableIds: [GUID] }
    expect(() => refuseForeignDisk('/dev/sda', findings, consent)).toThrow(/this very disk/)
  })

  it('is one on a disk that this node was given an image on', () => {
    expect(ownershipOf(findings, [], { sharedTableIds: [GUID], hasSecondSign: true })).toBe('ours')
  })

  it('a known disk with another id is foreign', () => {
    expect(ownershipOf(findings, [], { sharedTableIds: ['deadbeef'], hasSecondSign: true })).toBe('foreign')
  })

  it('nothing on a disk is blank, whoever wrote it', () => {
    expect(ownershipOf({ tableId: undefined, found: [] }, [], { hasSecondSign: true })).toBe('blank')
  })

  it('no id is no proof, also on a disk that is known', () => {
    const signs = { sharedTableIds: [GUID], hasSecondSign: true }
    expect(ownershipOf({ tableId: undefined, found: ['LVM2_member on /dev/sda'] }, [GUID], signs)).toBe('foreign')
  })
})

describe('a disk is told by', () => {
  const size = { sizeBytes: 1000 }
  it.each([
    ['WWN and serial', { wwn: 'naa.5000C500', serial: 'S3Z9', ...size }, ['wwn naa.5000c500', 'serial S3Z9']],
    ['its place and size without either', { byPath: 'pci-0000:00:04.0', ...size }, ['path pci-0000:00:04.0 with 1000 bytes']],
    [
      'its place when its serial is none',
      { serial: '0123456789ABCDEF', byPath: 'usb-1', ...size },
      ['path usb-1 with 1000 bytes'],
    ],
    ['nothing when it has nothing', { serial: '00000000', ...size }, []],
  ] as const)('%s', (_name, disk, ids) => {
    expect(diskIdsOf(disk)).toEqual(ids)
  })
})
