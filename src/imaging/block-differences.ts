// What one chunk has that another lacks, by blocks of 4 KiB: the way back to an older version costs what differs, not whole chunks. Pure.
// The agent's threads run createBlockDifferences from its text: nothing outside of it may be used inside.

/** What most filesystems write at once. */
export const BLOCK_BYTES = 4096
/** Short: a block that is taken for the same by mistake is found by the digest of the whole chunk. */
export const BLOCK_DIGEST_BYTES = 8

export interface BlockDifferences {
  /** BLOCK_DIGEST_BYTES for each block of the chunk. */
  digestsOf(chunk: Uint8Array): Uint8Array
  /**
   * The blocks of the chunk that somebody lacks whose blocks have the digests `held`: one bit for each block, lowest first, then the blocks.
   * undefined: more than half; the chunk as it is stored is shorter. Digests of another number of blocks: undefined as well.
   */
  difference(chunk: Uint8Array, held: Uint8Array): Uint8Array | undefined
  /** Puts the blocks into their places; gives the places as offset, length, offset, length … undefined: it is no difference of such a chunk. */
  apply(difference: Uint8Array, chunk: Uint8Array): number[] | undefined
}

export function createBlockDifferences(blockBytes: number, digestBytes: number): BlockDifferences {
  const { hash } = process.getBuiltinModule('node:crypto')
  const blocksOf = (chunk: Uint8Array) => Math.ceil(chunk.length / blockBytes)
  const blockAt = (chunk: Uint8Array, block: number) => chunk.subarray(block * blockBytes, (block + 1) * blockBytes)

  function digestsOf(chunk: Uint8Array): Uint8Array {
    const digests = new Uint8Array(blocksOf(chunk) * digestBytes)
    for (let block = 0; block < blocksOf(chunk); block++)
      digests.set(hash('sha256', blockAt(chunk, block), 'buffer').subarray(0, digestBytes), block * digestBytes)
    return digests
  }

  function differing(chunk: Uint8Array, held: Uint8Array): number[] {
    const wanted = digestsOf(chunk)
    const isHeld = (block: number) => {
      for (let at = block * digestBytes; at < (block + 1) * digestBytes; at++) if (wanted[at] !== held[at]) return false
      return true
    }
    return Array.from({ length: blocksOf(chunk) }, (_, block) => block).filter((block) => !isHeld(block))
  }

  return {
    digestsOf,

    difference(chunk, held) {
      if (held.length !== blocksOf(chunk) * digestBytes) return undefined
      const blocks = differing(chunk, held)
      if (blocks.length * 2 > blocksOf(chunk)) return undefined
      const bitmapBytes = Math.ceil(blocksOf(chunk) / 8)
      const bytes = blocks.reduce((sum, block) => sum + blockAt(chunk, block).length, bitmapBytes)
      const difference = new Uint8Array(bytes)
      let at = bitmapBytes
      for (const block of blocks) {
        difference[block >> 3]! |= 1 << (block & 7)
        difference.set(blockAt(chunk, block), at)
        at += blockAt(chunk, block).length
      }
      return difference
    },

    apply(difference, chunk) {
      const ranges: number[] = []
      let at = Math.ceil(blocksOf(chunk) / 8)
      for (let block = 0; block < blocksOf(chunk); block++) {
        if (((difference[block >> 3]! >> (block & 7)) & 1) === 0) continue
        const place = blockAt(chunk, block)
        const bytes = difference.subarray(at, at + place.length)
        if (bytes.length < place.length) return undefined
        place.set(bytes)
        at += place.length
        const [start, length] = [ranges.at(-2), ranges.at(-1)]
        if (start !== undefined && start + length! === block * blockBytes) ranges[ranges.length - 1] = length! + place.length
        else ranges.push(block * blockBytes, place.length)
      }
      return at === difference.length ? ranges : undefined
    },
  }
}

/** How an answer about one chunk begins: what follows is the chunk as it is stored, or a difference, both zstd-compressed. */
export const WHOLE_CHUNK = 0
export const CHUNK_DIFFERENCE = 1
