// The superblock of ext2, ext3 and ext4: sizes, features, where its groups are described. Source: kernel documentation, "ext4 data
// structures and algorithms". Pure.

export interface ExtSuperblock {
  readonly blockBytes: number
  readonly blockCount: number
  readonly firstDataBlock: number
  readonly blocksPerGroup: number
  readonly inodesPerGroup: number
  readonly inodeBytes: number
  readonly descriptorBytes: number
  readonly reservedGdtBlocks: number
  readonly firstMetaGroup: number
  readonly compat: number
  readonly incompat: number
  readonly roCompat: number
  readonly journalInode: number
  /** Where a machine that has it mounted says so, again and again; 0: nowhere. */
  readonly mmpBlock: number
  /** With sparse_super2, the only two groups that have copies of the superblock. */
  readonly backupGroups: readonly number[]
}

export const EXT_SUPERBLOCK = 1024
export const COMPAT = { hasJournal: 0x4, sparseSuper2: 0x200 } as const
export const INCOMPAT = { journalDevice: 0x8, metaGroups: 0x10, wide: 0x80, mmp: 0x100 } as const
export const RO_COMPAT = { sparseSuper: 0x1, groupChecksums: 0x10, bigalloc: 0x200, metadataChecksums: 0x400 } as const

/** filetype, recover, journal_dev, meta_bg, extents, 64bit, mmp, flex_bg, ea_inode, csum_seed, largedir, inline_data, encrypt, casefold. */
const KNOWN_INCOMPAT =
  0x2 | 0x4 | 0x8 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x1_0000 | 0x2_0000
/**
 * sparse_super, large_file, btree_dir, huge_file, gdt_csum, dir_nlink, extra_isize, quota, bigalloc, metadata_csum, read-only,
 * project, verity, orphan_present. Of the others, shared_blocks and snapshots give blocks another meaning.
 */
const KNOWN_RO_COMPAT = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200 | 0x400 | 0x1000 | 0x2000 | 0x8000 | 0x1_0000

/** undefined: these are not the fields of an ext. */
export function decodeExt(head: Uint8Array): ExtSuperblock | undefined {
  if (head.length < EXT_SUPERBLOCK + 1024) return undefined
  const block = Buffer.from(head.buffer, head.byteOffset + EXT_SUPERBLOCK, 1024)
  const logBlock = block.readUInt32LE(24)
  if (block.readUInt16LE(56) !== 0xef53 || logBlock > 6) return undefined
  const incompat = block.readUInt32LE(96)
  const isWide = (incompat & INCOMPAT.wide) !== 0
  return {
    blockBytes: 1024 * 2 ** logBlock,
    blockCount: block.readUInt32LE(4) + (isWide ? block.readUInt32LE(336) * 2 ** 32 : 0),
    firstDataBlock: block.readUInt32LE(20),
    blocksPerGroup: block.readUInt32LE(32),
    inodesPerGroup: block.readUInt32LE(40),
    // The first revision has no field for it.
    inodeBytes: block.readUInt32LE(76) === 0 ? 128 : block.readUInt16LE(88),
    descriptorBytes: isWide ? Math.max(64, block.readUInt16LE(254)) : 32,
    reservedGdtBlocks: block.readUInt16LE(206),
    firstMetaGroup: block.readUInt32LE(260),
    compat: block.readUInt32LE(92),
    incompat,
    roCompat: block.readUInt32LE(100),
    journalInode: block.readUInt32LE(224),
    mmpBlock: (incompat & INCOMPAT.mmp) === 0 ? 0 : Number(block.readBigUInt64LE(360)),
    backupGroups: [block.readUInt32LE(588), block.readUInt32LE(592)],
  }
}

export function extVariant({ compat, incompat, roCompat }: ExtSuperblock): 'ext2' | 'ext3' | 'ext4' {
  // extents, 64bit and flex_bg, or checksums of any kind, came with ext4.
  if ((incompat & 0x2c0) !== 0 || (roCompat & 0x410) !== 0) return 'ext4'
  return (compat & COMPAT.hasJournal) === 0 ? 'ext2' : 'ext3'
}

/** Why its blocks cannot be told, or are not all here; undefined: they can. */
export function extUnmappable({ compat, incompat, roCompat, journalInode }: ExtSuperblock): string | undefined {
  if ((incompat & INCOMPAT.journalDevice) !== 0) return 'it is no filesystem but the journal of another one'
  if ((compat & COMPAT.hasJournal) !== 0 && journalInode === 0) return 'its journal lies on another device'
  if ((roCompat & RO_COMPAT.bigalloc) !== 0) return 'it counts its blocks in clusters (bigalloc)'
  return undefined
}

/** Features that came after this reader; undefined: it knows all of them. */
export function extUnproven({ incompat, roCompat }: ExtSuperblock): string | undefined {
  const unknown = [incompat & ~KNOWN_INCOMPAT, roCompat & ~KNOWN_RO_COMPAT]
  if (unknown.every((bits) => bits === 0)) return undefined
  return `it has features that are not known here (${unknown.map((bits) => `0x${(bits >>> 0).toString(16)}`).join(', ')})`
}
