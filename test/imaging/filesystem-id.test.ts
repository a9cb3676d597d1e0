import { describe, expect, it } from 'vitest'
import { SIGNATURE_BYTES } from '../../src/imaging/disk-signature.ts'
import { filesystemId } from '../../src/imaging/filesystem-id.ts'

function head(magic: readonly [offset: number, text: string], id: readonly [offset: number, hex: string]): Uint8Array {
  const bytes = Buffer.alloc(SIGNATURE_BYTES)
  bytes.write(magic[1], magic[0], 'latin1')
  bytes.write(id[1], id[0], 'hex')
  return bytes
}

const UUID = '00112233445566778899aabbccddeeff'

describe('the id of a filesystem', () => {
  it.each([
    ['ext', head([1080, '\x53\xef'], [1128, UUID]), `ext-${UUID}`],
    ['XFS', head([0, 'XFSB'], [32, UUID]), `xfs-${UUID}`],
    ['Btrfs', head([65_600, '_BHRfS_M'], [65_568, UUID]), `btrfs-${UUID}`],
    ['NTFS', head([3, 'NTFS    '], [72, '0011223344556677']), 'ntfs-0011223344556677'],
    ['exFAT', head([3, 'EXFAT   '], [100, '01020304']), 'exfat-01020304'],
    ['FAT32', head([82, 'FAT32   '], [67, '01020304']), 'fat-01020304'],
    ['FAT16', head([54, 'FAT16   '], [39, '01020304']), 'fat-01020304'],
  ])('%s', (_, bytes, id) => {
    expect(filesystemId(bytes)).toBe(id)
  })

  it.each([
    ['a blank disk', new Uint8Array(SIGNATURE_BYTES)],
    ['something that nobody knows', new Uint8Array(SIGNATURE_BYTES).fill(7)],
    ['a filesystem that was given none', head([1080, '\x53\xef'], [1128, '00'])],
    ['LUKS', head([0, 'LUKS\xba\xbe'], [168, UUID])],
  ])('is not there on %s', (_, bytes) => {
    expect(filesystemId(bytes)).toBeUndefined()
  })
})
