// What the first bytes of a disk or partition say that it holds. Pure.
// Windows PE has no blkid, so the few signatures that matter are read here.
import type { ContentKind } from '../contract/image.ts'
import { decodeSwap } from './filesystems/swap.ts'
import type { FoundSignature } from './signatures.ts'

/** Enough of the beginning for every signature below (Btrfs writes its own at 64 KiB). */
export const SIGNATURE_BYTES = 128 * 1024

export type Signature =
  /** Its used blocks can be told. */
  | { readonly kind: 'known'; readonly content: Exclude<ContentKind, 'raw' | 'empty' | 'lvm' | 'md'> }
  /** Recognised, but its used blocks cannot be told: LVM, RAID, encryption … */
  | { readonly kind: 'opaque'; readonly name: string }
  /** All of it is taken as it is, whatever it looks like: the table or a person says so. */
  | { readonly kind: 'whole' }
  /** Every byte that was read is zero. */
  | { readonly kind: 'blank' }
  | { readonly kind: 'unknown' }

interface Magic {
  readonly offset: number
  readonly text: string
  readonly signature: Signature
}

const known = (offset: number, text: string, content: Exclude<ContentKind, 'raw' | 'empty' | 'lvm' | 'md'>): Magic => ({
  offset,
  text,
  signature: { kind: 'known', content },
})
const opaque = (offset: number, text: string, name: string): Magic => ({ offset, text, signature: { kind: 'opaque', name } })

/** In this order: BitLocker, exFAT and NTFS stand where FAT has its maker's name, so FAT comes last. */
const MAGICS: readonly Magic[] = [
  opaque(0, 'LUKS\xba\xbe', 'LUKS'),
  opaque(3, '-FVE-FS-', 'BitLocker'),
  opaque(512, 'LABELONE', 'LVM'),
  opaque(0, 'LABELONE', 'LVM'),
  opaque(4096, '\xfc\x4e\x2b\xa9', 'md RAID'),
  opaque(0, '\xfc\x4e\x2b\xa9', 'md RAID'),
  known(65_600, '_BHRfS_M', 'btrfs'),
  known(1080, '\x53\xef', 'ext'),
  known(0, 'XFSB', 'xfs'),
  known(1024, '\x10\x20\xf5\xf2', 'f2fs'),
  known(3, 'NTFS    ', 'ntfs'),
  known(3, 'EXFAT   ', 'exfat'),
  known(82, 'FAT32   ', 'fat'),
  known(54, 'FAT16   ', 'fat'),
  known(54, 'FAT12   ', 'fat'),
  opaque(32_769, 'CD001', 'ISO 9660'),
  opaque(0, 'hsqs', 'SquashFS'),
]

export function identifySignature(head: Uint8Array): Signature {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  for (const { offset, text, signature } of MAGICS) {
    if (bytes.toString('latin1', offset, offset + text.length) === text) return signature
  }
  if (decodeSwap(head) !== undefined) return { kind: 'known', content: 'swap' }
  return isZero(bytes) ? { kind: 'blank' } : { kind: 'unknown' }
}

/** All signatures of a device as one: two of them are none that could be acted upon. head: its beginning. */
export function signatureOf(found: readonly FoundSignature[], head: Uint8Array): Signature {
  const [only, ...others] = found
  if (only === undefined) return isZero(head.subarray(0, SIGNATURE_BYTES)) ? { kind: 'blank' } : { kind: 'unknown' }
  if (others.length > 0) return { kind: 'opaque', name: found.map(({ name }) => name).join(' and also ') }
  return only.content === undefined ? { kind: 'opaque', name: only.name } : { kind: 'known', content: only.content }
}

/** Swap keeps everything that makes it this swap (label, UUID, size) in its first page: copying that recreates it. */
export function swapHeaderBytes(head: Uint8Array): number {
  return decodeSwap(head)?.pageBytes ?? head.length
}

export function isZero(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // The first byte is zero and every byte equals the one before it: one memcmp instead of a loop.
  return buffer.length === 0 || (buffer[0] === 0 && buffer.subarray(1).equals(buffer.subarray(0, -1)))
}
