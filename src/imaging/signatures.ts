// Everything that says what a disk or partition holds, at its beginning and at its end: all of it, not the first that fits. Pure.
// Places and magics: libblkid's probes, the kernel's md_p.h, DDF 2.0 §4.1, OpenZFS on-disk format, UEFI 2.10 §5.3 for what is no signature.
import type { ContentKind } from '../contract/image.ts'
import { HIBERNATED } from './filesystems/swap.ts'
import { RAID_MAGICS } from './raid-signatures.ts'

/** Enough of the beginning and of the end for every signature that is known here: ZFS keeps two labels of 256 KiB at either. */
export const HEAD_BYTES = 512 * 1024
export const TAIL_BYTES = 2 * 1024 * 1024

export type KnownContent = Exclude<ContentKind, 'raw' | 'empty' | 'lvm' | 'md'>

export interface FoundSignature {
  /** "ext", "md RAID 1.0" … as a person reads it. */
  readonly name: string
  /** Set: its used blocks can be told. */
  readonly content?: KnownContent
  /** From the beginning of the device. */
  readonly offset: number
}

/** The two ends of a device; for a short one they overlap. */
export interface DeviceEnds {
  readonly sizeBytes: number
  readonly head: Uint8Array
  readonly tail: Uint8Array
}

/** undefined: those bytes are not among what was read. */
export type BytesAt = (offset: number, length: number) => Buffer | undefined

export interface Magic {
  readonly name: string
  readonly content?: KnownContent
  /** Where it may stand on a device of this size. */
  readonly places: (sizeBytes: number) => readonly number[]
  readonly magic: Buffer
  /** What more must be true: two or four bytes alone stand anywhere. at: where the magic stands. */
  readonly proof?: (bytesAt: BytesAt, at: number, sizeBytes: number) => boolean
}

export function signaturesIn({ sizeBytes, head, tail }: DeviceEnds): FoundSignature[] {
  const bytesAt = reader(sizeBytes, head, tail)
  const found: FoundSignature[] = []
  for (const { name, content, places, magic, proof } of [...FILESYSTEM_MAGICS, ...RAID_MAGICS]) {
    for (const offset of places(sizeBytes)) {
      if (bytesAt(offset, magic.length)?.equals(magic) !== true || proof?.(bytesAt, offset, sizeBytes) === false) continue
      if (!found.some((each) => each.name === name)) found.push({ name, offset, ...(content === undefined ? {} : { content }) })
    }
  }
  return found
}

function reader(sizeBytes: number, head: Uint8Array, tail: Uint8Array): BytesAt {
  const first = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const last = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength)
  const lastAt = sizeBytes - last.length
  return (offset, length) => {
    if (offset < 0 || offset + length > sizeBytes) return undefined
    if (offset + length <= first.length) return first.subarray(offset, offset + length)
    return offset >= lastAt ? last.subarray(offset - lastAt, offset - lastAt + length) : undefined
  }
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1')
const at =
  (...offsets: number[]) =>
  () =>
    offsets

const known = (content: KnownContent, offsets: number[], magic: string, proof?: Magic['proof']): Magic => ({
  name: content,
  content,
  places: at(...offsets),
  magic: text(magic),
  ...(proof === undefined ? {} : { proof }),
})
const opaque = (name: string, offsets: number[], magic: string): Magic => ({ name, places: at(...offsets), magic: text(magic) })

/** Superblock at 1024: sizes that can be true (ext4 disk layout). The magic has two bytes only. */
const isExt: Magic['proof'] = (bytesAt) => {
  const block = bytesAt(1024, 100)
  if (block === undefined) return false
  return block.readUInt32LE(24) <= 6 && block.readUInt32LE(20) <= 1 && block.readUInt32LE(4) > 0 && block.readUInt32LE(76) <= 1
}

/** BitLocker on removable disks shows an older Windows a FAT with a program that opens it (libbde, format documentation, "BitLocker To Go"). */
const BITLOCKER_TO_GO_AT = 424
const BITLOCKER_TO_GO = Buffer.from('3bd66749292ed84a8399f6a339e3d001', 'hex')

/** The name of the type proves nothing (Microsoft's FAT specification says so): the parameters in front of it do. */
const isFat: Magic['proof'] = (bytesAt) => {
  const block = bytesAt(0, 32)
  if (block === undefined || bytesAt(BITLOCKER_TO_GO_AT, 16)?.equals(BITLOCKER_TO_GO) === true) return false
  const sectorBytes = block.readUInt16LE(11)
  const clusterSectors = block[13]!
  return (
    [512, 1024, 2048, 4096].includes(sectorBytes) &&
    clusterSectors > 0 &&
    (clusterSectors & (clusterSectors - 1)) === 0 &&
    block.readUInt16LE(14) > 0 &&
    block[16]! >= 1 &&
    block[16]! <= 4 &&
    block[21]! >= 0xf0
  )
}

const BSD_LABEL = text('\x57\x45\x56\x82')

/** Its 256 words cancel each other out. */
const isSunLabel: Magic['proof'] = (bytesAt) => {
  const label = bytesAt(0, 512)
  let rest = 0
  for (let at = 0; label !== undefined && at < 512; at += 2) rest ^= label.readUInt16BE(at)
  return label !== undefined && rest === 0
}

/** Swap ends its first page with its magic: pages of 4 to 64 KiB (mkswap(8)). */
const SWAP_PAGES = [4096, 8192, 16_384, 32_768, 65_536] as const
const swapAt = SWAP_PAGES.map((page) => page - 10)

const FILESYSTEM_MAGICS: readonly Magic[] = [
  known('btrfs', [65_600], '_BHRfS_M'),
  known('ext', [1080], '\x53\xef', isExt),
  known('xfs', [0], 'XFSB'),
  known('f2fs', [1024], '\x10\x20\xf5\xf2'),
  known('swap', swapAt, 'SWAPSPACE2'),
  // Hibernated: refused as not clean, with what to do.
  ...HIBERNATED.map((mark) => known('swap', swapAt, mark)),
  known('ntfs', [3], 'NTFS    '),
  known('exfat', [3], 'EXFAT   '),
  known('fat', [82], 'FAT32   ', isFat),
  known('fat', [54], 'FAT16   ', isFat),
  known('fat', [54], 'FAT12   ', isFat),
  opaque('old swap', swapAt, 'SWAP-SPACE'),
  opaque('BitLocker', [3], '-FVE-FS-'),
  { name: 'BitLocker', places: at(BITLOCKER_TO_GO_AT), magic: BITLOCKER_TO_GO },
  opaque('ReFS', [3], 'ReFS\0\0\0\0'),
  opaque('LUKS', [0], 'LUKS\xba\xbe'),
  opaque('ISO 9660', [32_769], 'CD001'),
  opaque('SquashFS', [0], 'hsqs'),
  opaque('EROFS', [1024], '\xe2\xe1\xf5\xe0'),
  opaque('APFS', [32], 'NXSB'),
  opaque('HFS+', [1024], 'H+\0\x04'),
  opaque('HFSX', [1024], 'HX\0\x05'),
  opaque('JFS', [32_768], 'JFS1'),
  opaque('ReiserFS', [65_588, 8244], 'ReIsEr'),
  opaque('UFS', [9564, 66_908], '\x54\x19\x01\x00'),
  opaque('UFS', [9564, 66_908], '\x19\x01\x54\x19'),
  opaque('GFS2', [65_536], '\x01\x16\x19\x70'),
  opaque('OCFS2', [1024, 2048, 4096, 8192], 'OCFSV2'),
  opaque('VDO', [0], 'dmvdo001'),
  opaque('dm-integrity', [0], 'integrt\0'),
  // Tables of other machines: what they divide is known to nobody here.
  {
    name: 'an Apple partition map',
    places: at(512, 1024, 2048, 4096),
    magic: text('PM'),
    proof: (bytesAt) => bytesAt(0, 2)?.equals(text('ER')) === true,
  },
  {
    name: 'a BSD disklabel',
    places: at(512),
    magic: BSD_LABEL,
    proof: (bytesAt) => bytesAt(512 + 132, 4)?.equals(BSD_LABEL) === true,
  },
  { name: 'a Sun disk label', places: at(508), magic: text('\xda\xbe'), proof: isSunLabel },
  opaque('an SGI volume header', [0], '\x0b\xe5\xa9\x41'),
]
