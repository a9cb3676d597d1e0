// The trees of a thin pool, laid out here block by block as the kernel does it; a pool of its own making is in test/rack-long.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../src/imaging/filesystems/crc32c.ts'
import { DamagedFilesystem, UncleanFilesystem } from '../../src/imaging/filesystems/volume.ts'
import { openThinPool } from '../../src/imaging/thin-metadata.ts'

const BLOCK = 4096
const MOST_ENTRIES = 252

function sealed(block: Buffer, salt: number): Buffer {
  block.writeUInt32LE((~crc32c(block.subarray(4)) ^ salt) >>> 0, 0)
  return block
}

function node(at: number, isInternal: boolean, entries: readonly (readonly [number, bigint])[]): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.writeUInt32LE(isInternal ? 1 : 2, 4)
  block.writeBigUInt64LE(BigInt(at), 8)
  block.writeUInt32LE(entries.length, 16)
  block.writeUInt32LE(MOST_ENTRIES, 20)
  block.writeUInt32LE(8, 24)
  for (const [index, [key, value]] of entries.entries()) {
    block.writeBigUInt64LE(BigInt(key), 32 + 8 * index)
    block.writeBigUInt64LE(value, 32 + 8 * (MOST_ENTRIES + index))
  }
  return sealed(block, 121_107)
}

function superblock({ flags = 0, root = 1, version = 2 } = {}): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.writeUInt32LE(flags, 4)
  block.writeBigUInt64LE(27_022_010n, 32)
  block.writeUInt32LE(version, 40)
  block.writeBigUInt64LE(BigInt(root), 320)
  block.writeUInt32LE(128, 336)
  return sealed(block, 160_774)
}

const mapped = (block: number) => (BigInt(block) << 24n) | 5n
/** One volume (7) with two leaves, and a snapshot of it (8) that shares the second. */
const POOL = [
  superblock(),
  node(1, false, [
    [7, 2n],
    [8, 3n],
  ]),
  node(2, true, [
    [0, 4n],
    [100, 5n],
  ]),
  node(3, true, [
    [0, 6n],
    [100, 5n],
  ]),
  node(4, false, [
    [0, mapped(10)],
    [3, mapped(11)],
  ]),
  node(5, false, [[100, mapped(12)]]),
  node(6, false, [[0, mapped(13)]]),
]
const volumeOf = (blocks: readonly Buffer[]) => {
  const bytes = Buffer.concat(blocks)
  return { sizeBytes: bytes.length, read: async (at: number, length: number) => bytes.subarray(at, at + length) }
}

describe('the metadata of a thin pool', () => {
  it('tells which block of the pool each volume has where', async () => {
    const pool = await openThinPool(volumeOf(POOL))
    expect(pool.blockBytes).toBe(65_536)
    expect(await pool.mappingsOf(7)).toEqual([
      { virtualBlock: 0, block: 10 },
      { virtualBlock: 3, block: 11 },
      { virtualBlock: 100, block: 12 },
    ])
    expect(await pool.mappingsOf(8)).toEqual([
      { virtualBlock: 0, block: 13 },
      { virtualBlock: 100, block: 12 },
    ])
    expect(await pool.mappingsOf(9)).toBeUndefined()
  })

  it.each<[string, Buffer[], new (...words: string[]) => Error]>([
    ['asks to be checked', [superblock({ flags: 1 }), ...POOL.slice(1)], UncleanFilesystem],
    ['is of another version', [superblock({ version: 9 }), ...POOL.slice(1)], DamagedFilesystem],
    ['has no superblock', [Buffer.alloc(BLOCK), ...POOL.slice(1)], DamagedFilesystem],
    ['has its tree outside of it', [superblock({ root: 99 }), ...POOL.slice(1)], DamagedFilesystem],
    ['has a node that is another block', [superblock(), node(2, false, []), ...POOL.slice(2)], DamagedFilesystem],
    ['has a tree that comes back to itself', [superblock(), node(1, true, [[0, 1n]])], DamagedFilesystem],
  ])('is refused where it %s', async (_name, blocks, kind) => {
    await expect(openThinPool(volumeOf(blocks))).rejects.toBeInstanceOf(kind)
  })

  it('with any byte changed is refused, or says the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(POOL.length * BLOCK - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.concat(POOL)
        bytes[at]! ^= change
        const pool = openThinPool(volumeOf([bytes])).then((opened) => opened.mappingsOf(7))
        const found = await pool.catch((error: unknown) => error)
        if (!Array.isArray(found)) expect(found).toBeInstanceOf(DamagedFilesystem)
        else expect(found).toHaveLength(3)
      }),
    )
  })
})
