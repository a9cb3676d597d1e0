// The trees of a Btrfs, walked from left to right: items in the order of their keys. Each node is believed only when its checksum and
// its place say that it is the one; of two copies either may be. Source: Btrfs documentation, "On-disk format", "B-tree". Touches the volume.
import { hash } from 'node:crypto'
import type { BtrfsChunk, BtrfsSuperblock, TreeRoot } from './btrfs-superblock.ts'
import { crc32c } from './crc32c.ts'
import { DamagedFilesystem, readExactly, safeNumber, type Volume } from './volume.ts'

export interface BtrfsItem {
  readonly objectId: bigint
  readonly type: number
  readonly offset: bigint
  readonly data: Buffer
}

export const ITEM = { rootItem: 132, extent: 168, metadata: 169, chunk: 228 } as const
export const KEY_BYTES = 17

const HEADER_BYTES = 101
const ITEM_BYTES = 25
const POINTER_BYTES = 33
const MAX_LEVEL = 7
const CHECKSUM = { crc32c: 0, sha256: 2 } as const

export class BtrfsTrees {
  readonly #volume: Volume
  readonly #superblock: BtrfsSuperblock
  /** In order of their addresses. */
  chunks: readonly BtrfsChunk[] = []
  /** A tree that leads back into itself ends here. */
  #nodesLeft: number

  constructor(volume: Volume, superblock: BtrfsSuperblock) {
    this.#volume = volume
    this.#superblock = superblock
    this.#nodesLeft = Math.ceil(volume.sizeBytes / superblock.nodeBytes)
  }

  /** `wanted`: whether a subtree whose keys begin at the one and end before the other may hold something; left out: all. */
  async *items(root: TreeRoot, wanted: (type: number) => boolean): AsyncGenerator<BtrfsItem> {
    if (root.level > MAX_LEVEL) throw new DamagedFilesystem(`a tree has ${root.level} levels`)
    const node = await this.#node(root)
    const count = node.readUInt32LE(96)
    for (let index = 0; index < count; index++) {
      if (root.level > 0) {
        const at = HEADER_BYTES + index * POINTER_BYTES
        yield* this.items({ address: node.readBigUInt64LE(at + KEY_BYTES), level: root.level - 1 }, wanted)
      } else {
        const at = HEADER_BYTES + index * ITEM_BYTES
        if (!wanted(node.readUInt8(at + 8))) continue
        const from = HEADER_BYTES + node.readUInt32LE(at + 17)
        const length = node.readUInt32LE(at + 21)
        if (from + length > node.length) throw new DamagedFilesystem(`an item of the tree at ${root.address} ends behind it`)
        yield { ...keyAt(node, at), data: node.subarray(from, from + length) }
      }
    }
  }

  /** The chunk of a logical address. Throws DamagedFilesystem: there is none. */
  chunkOf(address: number): BtrfsChunk {
    let low = 0
    let high = this.chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.chunks[middle]!.start <= address) low = middle + 1
      else high = middle
    }
    const chunk = this.chunks[low - 1]
    if (chunk === undefined || address >= chunk.start + chunk.length)
      throw new DamagedFilesystem(`no chunk holds the address ${address}`)
    return chunk
  }

  async #node({ address, level }: TreeRoot): Promise<Buffer> {
    if (--this.#nodesLeft < 0) throw new DamagedFilesystem('its trees have more nodes than it has room for')
    const { nodeBytes } = this.#superblock
    const at = safeNumber(address, 'a node')
    const { start, copies } = this.chunkOf(at)
    for (const copy of copies) {
      const bytes = await readExactly(this.#volume, copy + at - start, nodeBytes, 'a node')
      if (this.#isNode(bytes, address, level)) return bytes
    }
    throw new DamagedFilesystem(`no copy of the node at ${address} is whole`)
  }

  #isNode(bytes: Buffer, address: bigint, level: number): boolean {
    const { fsid, checksum } = this.#superblock
    const isHere = bytes.readBigUInt64LE(48) === address && bytes.readUInt8(100) === level
    const fits = bytes.readUInt32LE(96) <= Math.floor((bytes.length - HEADER_BYTES) / (level > 0 ? POINTER_BYTES : ITEM_BYTES))
    if (!isHere || !fits || bytes.toString('hex', 32, 48) !== fsid) return false
    if (checksum === CHECKSUM.crc32c) return crc32c(bytes.subarray(32)) === bytes.readUInt32LE(0)
    if (checksum === CHECKSUM.sha256) return hash('sha256', bytes.subarray(32), 'buffer').equals(bytes.subarray(0, 32))
    return true
  }
}

export function keyAt(bytes: Buffer, at: number): Omit<BtrfsItem, 'data'> {
  return { objectId: bytes.readBigUInt64LE(at), type: bytes.readUInt8(at + 8), offset: bytes.readBigUInt64LE(at + 9) }
}
