// The superblock of a Btrfs: its trees, its device, the chunks by which the tree of chunks is found. Source: Btrfs documentation, "On-disk
// format". Pure.
import { DamagedFilesystem } from './volume.ts'

export interface BtrfsSuperblock {
  readonly fsid: string
  readonly rootTree: TreeRoot
  readonly chunkTree: TreeRoot
  readonly hasLog: boolean
  readonly deviceCount: number
  readonly deviceId: bigint
  /** As much of its device as it uses. */
  readonly deviceBytes: number
  readonly sectorBytes: number
  readonly nodeBytes: number
  readonly incompat: bigint
  readonly flags: bigint
  readonly checksum: number
  /** Chunks of the kind "system", as keys and items. */
  readonly systemChunks: Buffer
}

export interface TreeRoot {
  readonly address: bigint
  readonly level: number
}

export const BTRFS_SUPERBLOCK = 65_536
export const BTRFS_SUPERBLOCK_BYTES = 4096
/** The first, and its copies on devices that are so large. */
export const BTRFS_SUPERBLOCKS = [65_536, 64 * 1024 ** 2, 256 * 1024 ** 3]

const SYSTEM_CHUNKS = 811
const MAX_SYSTEM_CHUNKS_BYTES = 2048

/** All up to metadata_uuid and raid1c34; zoned, the second extent tree and the stripe tree change where things are; then squota. */
const KNOWN_INCOMPAT = 0xfffn | (1n << 16n)
const METADUMP_FLAGS = (1n << 33n) | (1n << 34n)

/** undefined: these are not the fields of a Btrfs. */
export function decodeBtrfs(head: Uint8Array): BtrfsSuperblock | undefined {
  if (head.length < BTRFS_SUPERBLOCK + BTRFS_SUPERBLOCK_BYTES) return undefined
  const block = Buffer.from(head.buffer, head.byteOffset + BTRFS_SUPERBLOCK, BTRFS_SUPERBLOCK_BYTES)
  if (block.toString('latin1', 64, 72) !== '_BHRfS_M') return undefined
  const incompat = block.readBigUInt64LE(188)
  // With a UUID of its own for metadata, its nodes carry that one.
  const fsidAt = (incompat & (1n << 10n)) === 0n ? 32 : 571
  return {
    fsid: block.toString('hex', fsidAt, fsidAt + 16),
    rootTree: { address: block.readBigUInt64LE(80), level: block.readUInt8(198) },
    chunkTree: { address: block.readBigUInt64LE(88), level: block.readUInt8(199) },
    hasLog: block.readBigUInt64LE(96) !== 0n,
    deviceCount: Number(block.readBigUInt64LE(136)),
    deviceId: block.readBigUInt64LE(201),
    deviceBytes: Number(block.readBigUInt64LE(209)),
    sectorBytes: block.readUInt32LE(144),
    nodeBytes: block.readUInt32LE(148),
    incompat,
    flags: block.readBigUInt64LE(56),
    checksum: block.readUInt16LE(196),
    systemChunks: block.subarray(SYSTEM_CHUNKS, SYSTEM_CHUNKS + Math.min(block.readUInt32LE(160), MAX_SYSTEM_CHUNKS_BYTES)),
  }
}

export function btrfsUnmappable({ deviceCount, flags }: BtrfsSuperblock): string | undefined {
  if ((flags & METADUMP_FLAGS) !== 0n) return 'it is a copy of metadata without files'
  return deviceCount === 1 ? undefined : `it lies on ${deviceCount} devices`
}

export function btrfsUnproven({ incompat }: BtrfsSuperblock): string | undefined {
  const unknown = incompat & ~KNOWN_INCOMPAT
  return unknown === 0n ? undefined : `it has features that are not known here (0x${unknown.toString(16)})`
}

/** A range of logical addresses, and where copies of it lie on the device. */
export interface BtrfsChunk {
  readonly start: number
  readonly length: number
  /** Offsets on this device; several: the same bytes in each (DUP). */
  readonly copies: readonly number[]
}

const PROFILE = { raid0: 1n << 3n, dup: 1n << 5n, any: 0x7f8n } as const
const STRIPE_BYTES = 32

/** Throws DamagedFilesystem: another device has part of it, or it is laid out in a way that one device cannot have. */
export function decodeChunk(start: bigint, item: Buffer, deviceId: bigint): BtrfsChunk {
  if (item.length < 48 + STRIPE_BYTES) throw new DamagedFilesystem(`the chunk at ${start} is cut off`)
  const count = item.readUInt16LE(44)
  const profile = item.readBigUInt64LE(24) & PROFILE.any
  const isPlain = profile === 0n || profile === PROFILE.dup || (profile === PROFILE.raid0 && count === 1)
  if (!isPlain || item.length < 48 + count * STRIPE_BYTES)
    throw new DamagedFilesystem(`the chunk at ${start} has ${count} stripes in profile 0x${profile.toString(16)} on one device`)
  const copies = Array.from({ length: count }, (_, index) => {
    const at = 48 + index * STRIPE_BYTES
    if (item.readBigUInt64LE(at) !== deviceId) throw new DamagedFilesystem(`the chunk at ${start} lies on another device`)
    return Number(item.readBigUInt64LE(at + 8))
  })
  return { start: Number(start), length: Number(item.readBigUInt64LE(0)), copies }
}
