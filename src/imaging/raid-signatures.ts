// Signatures of what makes a disk or partition a part of something larger: RAID, volume managers, caches, replication. Pure.
import type { BytesAt, Magic } from './signatures.ts'

const SECTOR = 512
const KIB = 1024
const text = (value: string): Buffer => Buffer.from(value, 'latin1')
const at =
  (...offsets: number[]) =>
  () =>
    offsets
/** Whole sectors from the end; firmware counts in those of its controller, so a disk of 4096-byte sectors has them eight times as far. */
const sectorsFromEnd =
  (...sectors: number[]) =>
  (sizeBytes: number) =>
    sectors.flatMap((count) => [512, 4096].map((sector) => (Math.floor(sizeBytes / sector) - count) * sector))

const plain = (name: string, offsets: number[], magic: string): Magic => ({ name, places: at(...offsets), magic: text(magic) })
const atEnd = (name: string, sectors: number[], magic: string): Magic => ({
  name,
  places: sectorsFromEnd(...sectors),
  magic: text(magic),
})

/** Version 1 says itself where it stands (md_p.h: super_offset, in sectors). */
function isMd1(bytesAt: BytesAt, offset: number): boolean {
  const block = bytesAt(offset, 256)
  return block !== undefined && block.readUInt32LE(4) === 1 && Number(block.readBigUInt64LE(144)) * SECTOR === offset
}

function isMd0(bytesAt: BytesAt, offset: number): boolean {
  const block = bytesAt(offset, 16)
  if (block === undefined) return false
  const [major, minor] =
    block[0] === 0xfc ? [block.readUInt32LE(4), block.readUInt32LE(8)] : [block.readUInt32BE(4), block.readUInt32BE(8)]
  return major === 0 && minor >= 90
}

const MD_MAGIC = '\xfc\x4e\x2b\xa9'
const md1 = (minor: number, places: Magic['places']): Magic => ({
  name: `md RAID 1.${minor}`,
  places,
  magic: text(MD_MAGIC),
  proof: isMd1,
})
const md0 = (magic: string): Magic => ({
  name: 'md RAID 0.90',
  places: (sizeBytes) => [Math.floor(sizeBytes / (64 * KIB)) * 64 * KIB - 64 * KIB],
  magic: text(magic),
  proof: isMd0,
})

/** A live pool has many; fewer than these are the last remains of one (libblkid counts the same). */
const LEAST_UBERBLOCKS = 4

/** Any of the uberblocks of any of the four labels: rings of 128 KiB in the second half of each (OpenZFS, vdev_impl.h). */
const zfs = (magic: string): Magic => ({
  name: 'ZFS',
  places: uberblocks,
  magic: text(magic),
  proof: (bytesAt, _at, sizeBytes) =>
    uberblocks(sizeBytes).filter((at) => bytesAt(at, 8)?.equals(text(magic)) === true).length >= LEAST_UBERBLOCKS,
})

function uberblocks(sizeBytes: number): number[] {
  const end = Math.floor(sizeBytes / (256 * KIB)) * 256 * KIB
  const labels = [0, 256 * KIB, end - 512 * KIB, end - 256 * KIB]
  return labels.flatMap((label) => Array.from({ length: 128 }, (_, slot) => label + (128 + slot) * KIB))
}

/** Where Promise's controllers have put it over the years, in sectors from the end (dmraid, pdc.h). */
const PROMISE_SECTORS = [16, 63, 255, 256, 399, 591, 675, 735, 911, 951, 974, 991, 3087]

export const RAID_MAGICS: readonly Magic[] = [
  plain('LVM', [0, 512, 1024, 1536], 'LABELONE'),
  md0(MD_MAGIC),
  md0('\xa9\x2b\x4e\xfc'),
  md1(0, (sizeBytes) => [Math.floor((Math.floor(sizeBytes / SECTOR) - 16) / 8) * 8 * SECTOR]),
  md1(1, at(0)),
  md1(2, at(4096)),
  atEnd('Intel RAID (IMSM)', [2], 'Intel Raid ISM Cfg Sig. '),
  atEnd('DDF RAID', [1, 257], '\xde\x11\xde\x11'),
  atEnd('DDF RAID', [1, 257], '\x11\xde\x11\xde'),
  atEnd('NVIDIA RAID', [2], 'NVIDIA'),
  atEnd('LSI RAID', [1], '$XIDE$'),
  {
    ...atEnd('Adaptec RAID', [1], '\x37\xfc\x4d\x1e'),
    proof: (bytesAt, offset) => bytesAt(offset + 256, 4)?.equals(text('DPTM')) === true,
  },
  {
    name: 'Silicon Image RAID',
    places: (sizeBytes) => sectorsFromEnd(1)(sizeBytes).map((sector) => sector + 0x60),
    magic: text('\0\0\0\x2f'),
  },
  atEnd('Promise RAID', PROMISE_SECTORS, 'Promise Technology, Inc.'),
  plain('HighPoint RAID', [9 * SECTOR + 32], '\xf0\x16\x78\x5a'),
  plain('HighPoint RAID', [9 * SECTOR + 32], '\xfd\x16\x78\x5a'),
  atEnd('HighPoint RAID', [11], '\xf3\x16\x78\x5a'),
  plain('Windows dynamic disk (LDM)', [6 * SECTOR], 'PRIVHEAD'),
  atEnd('Windows dynamic disk (LDM)', [1], 'PRIVHEAD'),
  zfs('\x0c\xb1\xba\x00\0\0\0\0'),
  zfs('\0\0\0\0\x00\xba\xb1\x0c'),
  plain('bcache', [4096 + 24], '\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81'),
  plain('bcachefs', [4096 + 24], '\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef'),
  plain('Stratis', [516, 4612], '!Stra0tis\x86\xff\x02^Arh'),
  ...['\x6b', '\x6c', '\x6d'].map(
    (last): Magic => ({
      name: 'DRBD',
      places: (sizeBytes) => [Math.floor(sizeBytes / 4096) * 4096 - 4096 + 60],
      magic: text(`\x83\x74\x02${last}`),
    }),
  ),
]
