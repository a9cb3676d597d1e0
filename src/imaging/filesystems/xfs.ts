// XFS: what its superblock says, and which blocks are in use: all that its trees of free space do not name. Source: "XFS Algorithms &
// Data Structures", 3rd edition, §13 and §14. Pure but for the volume that it reads.
import { type Extent, normalizeExtents, subtractExtents, totalBytes } from '../extents.ts'
import { DamagedFilesystem, readExactly, type Volume } from './volume.ts'

export interface XfsSuperblock {
  readonly blockBytes: number
  readonly blockCount: number
  readonly realtimeBlocks: number
  /** 0: on another device. */
  readonly logStart: number
  readonly groupBlocks: number
  readonly groupCount: number
  readonly version: number
  readonly sectorBytes: number
  readonly isInProgress: boolean
  readonly incompat: number
}

const NEEDS_REPAIR = 0x10
/** ftype, sparse inodes, meta_uuid, bigtime, needs_repair, nrext64, exchange range, parent pointers. Realtime groups come after these. */
const KNOWN_INCOMPAT = 0xff

/** undefined: these are not the fields of an XFS. */
export function decodeXfs(head: Uint8Array): XfsSuperblock | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (bytes.length < 512 || bytes.toString('latin1', 0, 4) !== 'XFSB') return undefined
  const version = bytes.readUInt16BE(100) & 0xf
  const superblock = {
    blockBytes: bytes.readUInt32BE(4),
    blockCount: Number(bytes.readBigUInt64BE(8)),
    realtimeBlocks: Number(bytes.readBigUInt64BE(16)),
    logStart: Number(bytes.readBigUInt64BE(48)),
    groupBlocks: bytes.readUInt32BE(84),
    groupCount: bytes.readUInt32BE(88),
    version,
    sectorBytes: bytes.readUInt16BE(102),
    isInProgress: bytes.readUInt8(126) !== 0,
    incompat: version === 5 ? bytes.readUInt32BE(216) : 0,
  }
  const { blockBytes, groupBlocks, groupCount, sectorBytes } = superblock
  const isPlausible = blockBytes >= 512 && blockBytes <= 65_536 && groupBlocks > 0 && groupCount > 0 && sectorBytes >= 512
  return isPlausible ? superblock : undefined
}

export function xfsUnmappable({ logStart, realtimeBlocks }: XfsSuperblock): string | undefined {
  if (logStart === 0) return 'its log lies on another device'
  if (realtimeBlocks !== 0) return 'files of it lie on another device (realtime)'
  return undefined
}

export const xfsUnclean = ({ incompat, isInProgress }: XfsSuperblock): string | undefined =>
  (incompat & NEEDS_REPAIR) !== 0
    ? 'it is marked as having to be repaired'
    : isInProgress
      ? 'it was never made to its end'
      : undefined

export function xfsUnproven({ incompat, version }: XfsSuperblock): string | undefined {
  const unknown = incompat & ~KNOWN_INCOMPAT
  if (version !== 4 && version !== 5) return `it has version ${version}`
  return unknown === 0 ? undefined : `it has features that are not known here (0x${(unknown >>> 0).toString(16)})`
}

export async function usedOfXfs(volume: Volume, superblock: XfsSuperblock): Promise<Extent[]> {
  const { blockBytes, blockCount, groupBlocks, groupCount } = superblock
  if (blockCount * blockBytes > volume.sizeBytes || groupCount !== Math.ceil(blockCount / groupBlocks))
    throw new DamagedFilesystem(`it says that it has ${blockCount} blocks of ${blockBytes} bytes in ${groupCount} groups`)
  const free: Extent[] = []
  for (let group = 0; group < groupCount; group++) free.push(...(await freeOfGroup(volume, superblock, group)))
  return subtractExtents([{ offset: 0, length: blockCount * blockBytes }], normalizeExtents(free))
}

/** AGF, the second sector of each group: where its tree of free space by block number has its root, and how much is free. */
async function freeOfGroup(volume: Volume, superblock: XfsSuperblock, group: number): Promise<Extent[]> {
  const { blockBytes, groupBlocks, blockCount, sectorBytes } = superblock
  const start = group * groupBlocks
  const header = await readExactly(volume, start * blockBytes + sectorBytes, sectorBytes, `the header of group ${group}`)
  if (header.toString('latin1', 0, 4) !== 'XAGF' || header.readUInt32BE(8) !== group)
    throw new DamagedFilesystem(`group ${group} has no header of free space`)
  const lengthBlocks = Math.min(groupBlocks, blockCount - start)
  const tree = { volume, superblock, startBlock: start, lengthBlocks }
  const free = await recordsOf(tree, header.readUInt32BE(16), header.readUInt32BE(28))
  const freeBlocks = totalBytes(free)
  if (freeBlocks !== header.readUInt32BE(52))
    throw new DamagedFilesystem(`group ${group} lists ${freeBlocks} free blocks but counts ${header.readUInt32BE(52)}`)
  return free.map(({ offset, length }) => ({ offset: (start + offset) * blockBytes, length: length * blockBytes }))
}

interface GroupTree {
  readonly volume: Volume
  readonly superblock: XfsSuperblock
  readonly startBlock: number
  readonly lengthBlocks: number
}

const NO_SIBLING = 0xffff_ffff
const MAX_LEVELS = 9

/** Down the left side, then along the leaves. In blocks from the beginning of the group; each must lie behind the one before. */
async function recordsOf(tree: GroupTree, root: number, levels: number): Promise<Extent[]> {
  if (levels < 1 || levels > MAX_LEVELS) throw new DamagedFilesystem(`a tree of free space has ${levels} levels`)
  let block = root
  for (let level = levels - 1; level > 0; level--) {
    const { bytes, headerBytes } = await readNode(tree, block, level)
    // Keys of 8 bytes for as many children as a node can have, then the children.
    const maxChildren = Math.floor((bytes.length - headerBytes) / 12)
    block = bytes.readUInt32BE(headerBytes + maxChildren * 8)
  }
  const records: Extent[] = []
  let end = 0
  for (let leaves = 0; block !== NO_SIBLING; leaves++) {
    if (leaves > tree.lengthBlocks) throw new DamagedFilesystem('a tree of free space runs in a circle')
    const { bytes, headerBytes, count } = await readNode(tree, block, 0)
    for (let i = 0; i < count; i++) {
      const offset = bytes.readUInt32BE(headerBytes + i * 8)
      const length = bytes.readUInt32BE(headerBytes + i * 8 + 4)
      if (offset < end || offset + length > tree.lengthBlocks)
        throw new DamagedFilesystem(`a tree of free space names ${length} blocks at ${offset} behind ${end}`)
      end = offset + length
      records.push({ offset, length })
    }
    block = bytes.readUInt32BE(12)
  }
  return records
}

async function readNode({ volume, superblock, startBlock }: GroupTree, block: number, level: number) {
  const { blockBytes, version } = superblock
  const bytes = await readExactly(volume, (startBlock + block) * blockBytes, blockBytes, 'a tree of free space')
  const isOurs = bytes.toString('latin1', 0, 4) === (version === 5 ? 'AB3B' : 'ABTB') && bytes.readUInt16BE(4) === level
  const headerBytes = version === 5 ? 56 : 16
  const count = bytes.readUInt16BE(6)
  if (!isOurs || count > Math.floor((blockBytes - headerBytes) / 8))
    throw new DamagedFilesystem(`block ${startBlock + block} is not of its tree of free space`)
  return { bytes, headerBytes, count }
}
