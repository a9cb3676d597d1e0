import { describe, expect, it } from 'vitest'
import { identifySignature, isZero, SIGNATURE_BYTES, swapHeaderBytes } from '../../src/imaging/disk-signature.ts'

const headWith = (offset: number, text: string): Buffer => {
  const head = Buffer.alloc(SIGNATURE_BYTES)
  head.write(text, offset, 'latin1')
  return head
}

describe('identifySignature', () => {
  it.each([
    ['ext', 1080, '\x53\xef', { kind: 'known', content: 'ext' }],
    ['FAT32', 82, 'FAT32   ', { kind: 'known', content: 'fat' }],
    ['NTFS', 3, 'NTFS    ', { kind: 'known', content: 'ntfs' }],
    ['exFAT', 3, 'EXFAT   ', { kind: 'known', content: 'exfat' }],
    ['XFS', 0, 'XFSB', { kind: 'known', content: 'xfs' }],
    ['Btrfs', 65_600, '_BHRfS_M', { kind: 'known', content: 'btrfs' }],
    ['swap with large pages', 65_526, 'SWAPSPACE2', { kind: 'known', content: 'swap' }],
    ['LUKS', 0, 'LUKS\xba\xbe', { kind: 'opaque', name: 'LUKS' }],
    ['BitLocker', 3, '-FVE-FS-', { kind: 'opaque', name: 'BitLocker' }],
    ['something else', 77, 'hello', { kind: 'unknown' }],
  ])('%s', (_, offset, text, want) => {
    expect(identifySignature(headWith(offset, text))).toEqual(want)
  })

  it('zeros, and a head that is short', () => {
    expect(identifySignature(new Uint8Array(SIGNATURE_BYTES))).toEqual({ kind: 'blank' })
    expect(identifySignature(new Uint8Array(512))).toEqual({ kind: 'blank' })
    expect([isZero(Uint8Array.of(0, 0, 1)), isZero(Uint8Array.of(1, 1)), isZero(new Uint8Array(0))]).toEqual([false, false, true])
  })

  it('the length of a swap header', () => {
    expect([swapHeaderBytes(headWith(4086, 'SWAPSPACE2')), swapHeaderBytes(headWith(65_526, 'SWAPSPACE2'))]).toEqual([
      4096, 65_536,
    ])
  })
})
