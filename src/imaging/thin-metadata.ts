// The metadata of a thin pool: which block of the pool holds which block of each thin volume. Reads through the function that it is given.
// (Linux: dm-thin-metadata.c, persistent-data/dm-btree.c; its blocks are of 4 KiB, each with a checksum.)
import { crc32c } from './filesystems/crc32c.ts'
import { DamagedFilesystem, readExactly, safeNumber, UncleanFilesystem, type Volume } from './filesystems/volume.ts'

const BLOCK = 4096
const SECTOR = 512
const MAGIC = 27_022_010n
const VERSIONS = [1, 2]
const SUPERBLOCK_SALT = 160_774
const NODE_SALT = 121_107
const NEEDS_CHECK = 1
const IS_INTERNAL = 1
const NODE_HEADER = 32
const DATA_ROOT = 320
const BLOCK_SECTORS = 336
/** Lower bits of a mapping: when it was made. */
const TIME_BITS = 24n

/** In blocks of the pool. */
export interface ThinMapping {
  readonly virtualBlock: number
  readonly block: number
}

export interface ThinPool {
  readonly blockBytes: number
  /** In the order of the volume's blocks; undefined: the pool knows no such volume. */
  mappingsOf(deviceId: number): Promise<readonly ThinMapping[] | undefined>
}

/** Throws DamagedFilesystem or UncleanFilesystem. */
export async function openThinPool(metadata: Volume): Promise<ThinPool> {
  const superblock = await readExactly(metadata, 0, BLOCK, 'the superblock of the pool')
  if (superblock.readBigUInt64LE(32) !== MAGIC) throw new DamagedFilesystem('the pool has no superblock')
  if (checksum(superblock, SUPERBLOCK_SALT) !== superblock.readUInt32LE(0))
    throw new DamagedFilesystem("the checksum of the pool's superblock is another")
  const version = superblock.readUInt32LE(40)
  if (!VERSIONS.includes(version)) throw new DamagedFilesystem(`the metadata of the pool is of version ${version}`)
  if ((superblock.readUInt32LE(4) & NEEDS_CHECK) !== 0) throw new UncleanFilesystem('the pool asks to be checked (thin_check)')
  const blockBytes = superblock.readUInt32LE(BLOCK_SECTORS) * SECTOR
  if (blockBytes === 0) throw new DamagedFilesystem('the blocks of the pool have no size')
  const devices = new Map<number, number>()
  for await (const [device, root] of entriesOf(metadata, place(superblock.readBigUInt64LE(DATA_ROOT))))
    devices.set(device, place(root))
  return {
    blockBytes,
    async mappingsOf(deviceId) {
      const root = devices.get(deviceId)
      if (root === undefined) return undefined
      const mappings: ThinMapping[] = []
      for await (const [virtualBlock, value] of entriesOf(metadata, root))
        mappings.push({ virtualBlock, block: safeNumber(value >> TIME_BITS, 'a block of the pool') })
      return mappings
    },
  }
}

/** Leaves of a tree, in the order of their keys. A tree has no more nodes than the metadata has blocks. */
async function* entriesOf(metadata: Volume, root: number): AsyncGenerator<readonly [key: number, value: bigint]> {
  const seen = new Set<number>()
  const left = [root]
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (seen.has(at)) throw new DamagedFilesystem(`a tree of the pool comes to its block ${at} twice`)
    seen.add(at)
    const { isInternal, entries } = await readNode(metadata, at)
    if (isInternal) left.push(...entries.map(([, value]) => place(value)).reverse())
    else yield* entries
  }
}

async function readNode(metadata: Volume, block: number) {
  const node = await readExactly(metadata, block * BLOCK, BLOCK, `block ${block} of the pool's metadata`)
  const count = node.readUInt32LE(16)
  const most = node.readUInt32LE(20)
  const isFit = count <= most && node.readUInt32LE(24) === 8 && NODE_HEADER + most * 16 <= BLOCK
  if (checksum(node, NODE_SALT) !== node.readUInt32LE(0) || Number(node.readBigUInt64LE(8)) !== block || !isFit)
    throw new DamagedFilesystem(`block ${block} of the pool's metadata is no node of a tree`)
  const entries = Array.from({ length: count }, (_, index) => {
    const key = safeNumber(node.readBigUInt64LE(NODE_HEADER + index * 8), 'a block of a thin volume')
    return [key, node.readBigUInt64LE(NODE_HEADER + (most + index) * 8)] as const
  })
  return { isInternal: (node.readUInt32LE(4) & IS_INTERNAL) !== 0, entries }
}

const place = (value: bigint): number => safeNumber(value, "a block of the pool's metadata")

/** Over everything behind the sum itself; not inverted at the end, and mixed with a number for each kind of block. */
const checksum = (block: Buffer, salt: number): number => ((~crc32c(block.subarray(4)) >>> 0) ^ salt) >>> 0
