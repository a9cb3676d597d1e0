// The fixed grid of chunks over a disk, and which bytes of each chunk are in use. Pure.
// Bytes of a chunk that are not in use count as zeros, so that equal content has equal digests wherever it came from.
import { createHash } from 'node:crypto'
import type { Composition } from '../contract/image.ts'
import { DIGEST_BYTES } from './chunk-digest.ts'
import type { Extent } from './extents.ts'
import { encodeExtents } from './extents-codec.ts'

export const CHUNK_BYTES = 2_097_152

export interface ChunkSpan {
  /** Place in the grid: the chunk begins at index × chunkBytes of the disk. */
  readonly index: number
  readonly offset: number
  /** The used ranges, offsets counted from the beginning of the chunk; in order. */
  readonly used: readonly Extent[]
}

/** A chunk as it must stand on the target. */
export interface TargetChunk extends ChunkSpan {
  readonly digest: string
  /** Where its blocks lie; left out: it is stored under its own digest. */
  readonly composition?: Composition
  /** Only some of its used ranges stand on the target: the digest is that of all of them. */
  readonly isPart?: true
}

/** The chunks that hold a used byte, in disk order; extents in order. */
export function chunkSpans(extents: readonly Extent[], chunkBytes: number): ChunkSpan[] {
  const spans: ChunkSpan[] = []
  let used: Extent[] = []
  let current = -1
  const close = () => {
    if (current >= 0) spans.push({ index: current, offset: current * chunkBytes, used })
  }
  for (const extent of extents) {
    const end = extent.offset + extent.length
    for (let start = extent.offset; start < end; ) {
      const index = Math.floor(start / chunkBytes)
      const stop = Math.min(end, (index + 1) * chunkBytes)
      if (index !== current) {
        close()
        current = index
        used = []
      }
      used.push({ offset: start - index * chunkBytes, length: stop - start })
      start = stop
    }
  }
  close()
  return spans
}

/** How many chunks hold a used byte, by reckoning alone: extents may claim more than memory holds. Extents in order. */
export function chunkCountOf(extents: readonly Extent[], chunkBytes: number): number {
  let count = 0
  let last = -1
  for (const { offset, length } of extents) {
    const first = Math.max(last + 1, Math.floor(offset / chunkBytes))
    const end = Math.floor((offset + length - 1) / chunkBytes)
    count += end - first + 1
    last = Math.max(last, end)
  }
  return count
}

/** The digest over the used blocks in disk order: grid, positions, content. Equal for disks that hold the same. */
export function contentDigestOf(chunkBytes: number, extents: readonly Extent[], digests: readonly string[]): string {
  const hash = createHash('sha256')
  hash.update(`platen content 2\n${chunkBytes}\n${encodeExtents(extents)}\n`)
  for (const digest of digests) hash.update(`${digest}\n`)
  return hash.digest('hex')
}

export function encodeDigests(digests: readonly string[]): string {
  return Buffer.from(digests.join(''), 'hex').toString('base64')
}

export function decodeDigests(text: string): string[] {
  const bytes = Buffer.from(text, 'base64')
  const digests: string[] = []
  for (let at = 0; at + DIGEST_BYTES <= bytes.length; at += DIGEST_BYTES)
    digests.push(bytes.toString('hex', at, at + DIGEST_BYTES))
  return digests
}
