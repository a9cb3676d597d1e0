// Which blocks of an ext2, ext3 or ext4 are in use: what its bitmaps say, and all metadata, also of groups whose bitmap was never written.
// Pure but for the volume that it reads.
import type { Extent } from '../extents.ts'
import { setRuns, unitsToBytes } from './bitmap.ts'
import { COMPAT, type ExtSuperblock, INCOMPAT, RO_COMPAT } from './ext-superblock.ts'
import { DamagedFilesystem, readExactly, UncleanFilesystem, type Volume } from './volume.ts'

interface Group {
  readonly bitmapBlock: number
  readonly inodeBitmapBlock: number
  readonly inodeTableBlock: number
  /** Its bitmap was never written: nothing but metadata is in use in it. */
  readonly isUninitialised: boolean
}

const BLOCK_UNINIT = 0x2
/** Bitmaps of neighbouring groups stand side by side (flex_bg): they are read together, up to so many blocks. */
const BITMAPS_AT_ONCE = 256

export async function usedOfExt(volume: Volume, superblock: ExtSuperblock): Promise<Extent[]> {
  const { blockBytes, blocksPerGroup, blockCount, firstDataBlock, inodesPerGroup, inodeBytes } = superblock
  // A bitmap is one block.
  if (blocksPerGroup === 0 || blocksPerGroup > blockBytes * 8 || blockCount * blockBytes > volume.sizeBytes)
    throw new DamagedFilesystem(`it says that it has ${blockCount} blocks of ${blockBytes} bytes, ${blocksPerGroup} in a group`)
  await refuseElsewhere(volume, superblock)
  const groupCount = Math.ceil((blockCount - firstDataBlock) / blocksPerGroup)
  const groups = await readGroups(volume, superblock, groupCount)
  const inodeTableBlocks = Math.ceil((inodesPerGroup * inodeBytes) / blockBytes)

  const blocks: Extent[] = [{ offset: 0, length: firstDataBlock + 1 }]
  for (const [index, group] of groups.entries()) {
    blocks.push(...copiesOf(superblock, index))
    blocks.push({ offset: group.bitmapBlock, length: 1 }, { offset: group.inodeBitmapBlock, length: 1 })
    blocks.push({ offset: group.inodeTableBlock, length: inodeTableBlocks })
  }
  const used = unitsToBytes(blocks, blockBytes, 0)
  for await (const { index, bitmap } of bitmapsOf(volume, groups, blockBytes)) {
    const first = firstDataBlock + index * blocksPerGroup
    const runs = setRuns(bitmap, Math.min(blocksPerGroup, blockCount - first))
    used.push(...unitsToBytes(runs, blockBytes, first * blockBytes))
  }
  return used
}

const MMP_MAGIC = 0x004d_4d50
const MMP_CLEAN = 0xff4d_4d50

/** A disk that several machines reach: one of them has it mounted, or checks it, and its maps change meanwhile. */
async function refuseElsewhere(volume: Volume, { mmpBlock, blockBytes }: ExtSuperblock): Promise<void> {
  if (mmpBlock === 0) return
  const block = await readExactly(volume, mmpBlock * blockBytes, 512, 'the block of multi-mount protection')
  if (block.readUInt32LE(0) !== MMP_MAGIC || block.readUInt32LE(4) === MMP_CLEAN) return
  const node = block.toString('latin1', 16, 80).replace(/\0.*$/s, '')
  throw new UncleanFilesystem(
    `${node === '' ? 'a machine' : `the machine ${node}`} has it mounted or checks it (multi-mount protection); if that is over, \`tune2fs -f -E clear_mmp\` says so`,
  )
}

async function* bitmapsOf(
  volume: Volume,
  groups: readonly Group[],
  blockBytes: number,
): AsyncGenerator<{ index: number; bitmap: Buffer }> {
  const there = [...groups.entries()].filter(([, { isUninitialised }]) => !isUninitialised)
  for (let at = 0; at < there.length; ) {
    const first = there[at]![1].bitmapBlock
    let count = 1
    while (count < BITMAPS_AT_ONCE && there[at + count]?.[1].bitmapBlock === first + count) count++
    const bytes = await readExactly(volume, first * blockBytes, count * blockBytes, 'a map of blocks')
    for (let i = 0; i < count; i++) {
      yield { index: there[at + i]![0], bitmap: bytes.subarray(i * blockBytes, (i + 1) * blockBytes) }
    }
    at += count
  }
}

async function readGroups(volume: Volume, superblock: ExtSuperblock, groupCount: number): Promise<Group[]> {
  const { blockBytes, descriptorBytes, roCompat } = superblock
  const hasFlags = (roCompat & (RO_COMPAT.groupChecksums | RO_COMPAT.metadataChecksums)) !== 0
  const perBlock = Math.floor(blockBytes / descriptorBytes)
  const groups: Group[] = []
  for (let block = 0; groups.length < groupCount; block++) {
    const place = descriptorBlock(superblock, block)
    const bytes = await readExactly(volume, place * blockBytes, blockBytes, 'the description of its groups')
    for (let i = 0; i < perBlock && groups.length < groupCount; i++) {
      const one = bytes.subarray(i * descriptorBytes, (i + 1) * descriptorBytes)
      const place64 = (low: number, high: number) =>
        one.readUInt32LE(low) + (descriptorBytes >= 64 ? one.readUInt32LE(high) * 2 ** 32 : 0)
      groups.push({
        bitmapBlock: place64(0, 32),
        inodeBitmapBlock: place64(4, 36),
        inodeTableBlock: place64(8, 40),
        isUninitialised: hasFlags && (one.readUInt16LE(18) & BLOCK_UNINIT) !== 0,
      })
    }
  }
  return groups
}

/** Behind the superblock, or with meta_bg in the first of the groups that it describes. */
function descriptorBlock(superblock: ExtSuperblock, block: number): number {
  const { firstDataBlock, incompat, firstMetaGroup, blockBytes, descriptorBytes, blocksPerGroup } = superblock
  if ((incompat & INCOMPAT.metaGroups) === 0 || block < firstMetaGroup) return firstDataBlock + 1 + block
  const group = block * Math.floor(blockBytes / descriptorBytes)
  return firstDataBlock + group * blocksPerGroup + (hasSuperblock(superblock, group) ? 1 : 0)
}

/** Copies of the superblock and of the descriptions at the beginning of a group, with the room that resizing has reserved. */
function copiesOf(superblock: ExtSuperblock, group: number): Extent[] {
  const { firstDataBlock, blocksPerGroup, blockBytes, descriptorBytes, blockCount, incompat, firstMetaGroup } = superblock
  const first = firstDataBlock + group * blocksPerGroup
  const hasCopy = hasSuperblock(superblock, group)
  const perBlock = Math.floor(blockBytes / descriptorBytes)
  const allBlocks = Math.ceil(Math.ceil((blockCount - firstDataBlock) / blocksPerGroup) / perBlock)
  const isMeta = (incompat & INCOMPAT.metaGroups) !== 0 && group >= firstMetaGroup * perBlock
  if (isMeta) {
    const place = group % perBlock
    const hasDescriptions = place === 0 || place === 1 || place === perBlock - 1
    return [{ offset: first, length: (hasCopy ? 1 : 0) + (hasDescriptions ? 1 : 0) }]
  }
  const plainBlocks = (incompat & INCOMPAT.metaGroups) === 0 ? allBlocks : Math.min(firstMetaGroup, allBlocks)
  const length = hasCopy ? 1 + plainBlocks + superblock.reservedGdtBlocks : 0
  return [{ offset: first, length: Math.min(length, blockCount - first) }]
}

function hasSuperblock({ compat, roCompat, backupGroups }: ExtSuperblock, group: number): boolean {
  if (group === 0) return true
  if ((compat & COMPAT.sparseSuper2) !== 0) return backupGroups.includes(group)
  if (group === 1 || (roCompat & RO_COMPAT.sparseSuper) === 0) return true
  return [3, 5, 7].some((base) => isPowerOf(group, base))
}

function isPowerOf(value: number, base: number): boolean {
  let power = base
  while (power < value) power *= base
  return power === value
}
