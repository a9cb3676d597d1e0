// Which blocks of a Btrfs on one device are in use: what its tree of extents names, in every copy, all its superblocks, and the room in
// front of its first chunk. Source: Btrfs documentation, "On-disk format". Pure but for the volume that it reads.
import type { Extent } from '../extents.ts'
import {
  BTRFS_SUPERBLOCK_BYTES,
  BTRFS_SUPERBLOCKS,
  type BtrfsChunk,
  type BtrfsSuperblock,
  decodeChunk,
} from './btrfs-superblock.ts'
import { BtrfsTrees, ITEM, KEY_BYTES, keyAt } from './btrfs-tree.ts'
import { DamagedFilesystem, safeNumber, type Volume } from './volume.ts'

const EXTENT_TREE = 2n
/** Nothing is ever allocated in front of it; a boot loader may stand there. */
const RESERVED_BYTES = 1024 * 1024
/** Of a root item: address and level of the tree's first node. */
const ROOT_ADDRESS = 176
const ROOT_LEVEL = 238

export async function usedOfBtrfs(volume: Volume, superblock: BtrfsSuperblock): Promise<Extent[]> {
  refuseOddSizes(volume, superblock)
  const trees = new BtrfsTrees(volume, superblock)
  trees.chunks = systemChunks(superblock)
  trees.chunks = await allChunks(trees, superblock)
  const used: Extent[] = [{ offset: 0, length: RESERVED_BYTES }]
  for (const offset of BTRFS_SUPERBLOCKS) {
    if (offset + BTRFS_SUPERBLOCK_BYTES <= superblock.deviceBytes) used.push({ offset, length: BTRFS_SUPERBLOCK_BYTES })
  }
  for await (const extent of extentsOf(trees, superblock)) used.push(...copiesOf(trees, extent))
  return used
}

function refuseOddSizes({ sizeBytes }: Volume, { nodeBytes, deviceBytes }: BtrfsSuperblock): void {
  const isNode = nodeBytes >= 4096 && nodeBytes <= 65_536 && Number.isInteger(Math.log2(nodeBytes))
  if (!isNode) throw new DamagedFilesystem(`it says that its nodes have ${nodeBytes} bytes`)
  if (deviceBytes > sizeBytes) throw new DamagedFilesystem(`it says that its device has ${deviceBytes} bytes`)
}

/** Those of the superblock, by which the tree of all chunks is found. */
function systemChunks({ systemChunks: bytes, deviceId }: BtrfsSuperblock): BtrfsChunk[] {
  const chunks: BtrfsChunk[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + KEY_BYTES + 48 > bytes.length) throw new DamagedFilesystem('its list of system chunks is cut off')
    const { offset } = keyAt(bytes, at)
    const item = bytes.subarray(at + KEY_BYTES)
    chunks.push(decodeChunk(offset, item, deviceId))
    at += KEY_BYTES + 48 + item.readUInt16LE(44) * 32
  }
  return inOrder(chunks)
}

async function allChunks(trees: BtrfsTrees, { chunkTree, deviceId }: BtrfsSuperblock): Promise<BtrfsChunk[]> {
  const chunks: BtrfsChunk[] = []
  for await (const { offset, data } of trees.items(chunkTree, (type) => type === ITEM.chunk)) {
    chunks.push(decodeChunk(offset, data, deviceId))
  }
  return inOrder(chunks)
}

const inOrder = (chunks: readonly BtrfsChunk[]): BtrfsChunk[] => chunks.toSorted((a, b) => a.start - b.start)

/** Of logical addresses, in their order; neighbours are joined. */
async function* extentsOf(trees: BtrfsTrees, { rootTree, nodeBytes }: BtrfsSuperblock): AsyncGenerator<Extent> {
  let joined: { offset: number; length: number } | undefined
  const root = await extentTree(trees, rootTree)
  for await (const { objectId, type, offset } of trees.items(root, (one) => one === ITEM.extent || one === ITEM.metadata)) {
    const start = safeNumber(objectId, 'an extent')
    const length = type === ITEM.metadata ? nodeBytes : safeNumber(offset, 'the length of an extent')
    if (joined !== undefined && joined.offset + joined.length === start) joined.length += length
    else {
      if (joined !== undefined) yield joined
      joined = { offset: start, length }
    }
  }
  if (joined !== undefined) yield joined
}

async function extentTree(trees: BtrfsTrees, rootTree: BtrfsSuperblock['rootTree']) {
  for await (const { objectId, data } of trees.items(rootTree, (type) => type === ITEM.rootItem)) {
    if (objectId !== EXTENT_TREE) continue
    if (data.length <= ROOT_LEVEL) throw new DamagedFilesystem('the root of its tree of extents is cut off')
    return { address: data.readBigUInt64LE(ROOT_ADDRESS), level: data.readUInt8(ROOT_LEVEL) }
  }
  throw new DamagedFilesystem('it has no tree of extents')
}

/** On the device; an extent that was joined may lie in several chunks. */
function copiesOf(trees: BtrfsTrees, { offset, length }: Extent): Extent[] {
  const copies: Extent[] = []
  for (let at = offset; at < offset + length; ) {
    const chunk = trees.chunkOf(at)
    const piece = Math.min(offset + length, chunk.start + chunk.length) - at
    copies.push(...chunk.copies.map((copy) => ({ offset: copy + at - chunk.start, length: piece })))
    at += piece
  }
  return copies
}
