// What a worker thread is told to do with a chunk, and what it says when it is done. Pure: the words alone.
import type { BlockMove } from '../../imaging/composition.ts'
import type { ZstdParams } from '../../imaging/zstd-rooms.ts'
import type { DiskFds } from './direct-disk.ts'
import type { Slot } from './slots.ts'

/** Used ranges of a chunk as a flat list: offset, length, offset, length … */
export type FlatRanges = readonly number[]

export type ChunkTask =
  /** Reads the used ranges into the slot, zeroes the rest, digests the whole. */
  | {
      readonly kind: 'read'
      readonly disk: DiskFds
      readonly slot: Slot
      readonly chunkBytes: number
      readonly offset: number
      readonly used: FlatRanges
    }
  /** Puts the compressed form in the place of the content: nothing is allocated that another thread must free. */
  | {
      readonly kind: 'compress'
      readonly slot: Slot
      readonly chunkBytes: number
      readonly params: ZstdParams
    }
  /** Digests and compresses these blocks, one behind the other. */
  | { readonly kind: 'pack'; readonly parts: readonly PackPart[]; readonly chunkBytes: number; readonly params: ZstdParams }
  /**
   * Decompresses, checks the digest and writes the used ranges, as far as the disk does not hold them: held has the digests of its sections.
   * Nothing is written when the digest is another.
   */
  | {
      readonly kind: 'write'
      readonly disk: DiskFds
      readonly offset: number
      readonly chunkBytes: number
      readonly used: FlatRanges
      readonly digest: string
      readonly bytes: Uint8Array
      readonly held: Uint8Array | undefined
    }
  /** Digests of the blocks that the slot holds. */
  | { readonly kind: 'blocks'; readonly slot: Slot; readonly chunkBytes: number }
  /** As write, of what makes the chunk in the slot the wanted one: bytes is the answer to POST /chunks/differences. */
  | {
      readonly kind: 'patch'
      readonly disk: DiskFds
      readonly slot: Slot
      readonly offset: number
      readonly chunkBytes: number
      readonly used: FlatRanges
      readonly digest: string
      readonly bytes: Uint8Array
      readonly held: Uint8Array
    }
  /** As write, of a chunk whose blocks come out of several. */
  | {
      readonly kind: 'compose'
      readonly disk: DiskFds
      readonly slot: Slot
      readonly offset: number
      readonly chunkBytes: number
      readonly used: FlatRanges
      readonly digest: string
      readonly parts: readonly ComposePart[]
    }

/** Blocks of the chunk that a slot holds. */
export interface PackPart {
  readonly slot: Slot
  readonly blocks: readonly number[]
}

/** bytes: the stored chunk that the moves are out of. What none brings is zeros. */
export interface ComposePart {
  readonly bytes: Uint8Array
  readonly moves: readonly BlockMove[]
}

export type ChunkResult =
  | { readonly kind: 'read'; readonly digest: string; readonly sections: Uint8Array; readonly bytesRead: number }
  /** undefined: it does not get smaller than the slot with room for the frame; bytes has it then. */
  | { readonly kind: 'compress'; readonly length: number; readonly bytes: Uint8Array | undefined }
  | { readonly kind: 'pack'; readonly digest: string; readonly bytes: Uint8Array }
  | { readonly kind: 'blocks'; readonly digests: Uint8Array }
  | { readonly kind: 'write' | 'compose' | 'patch'; readonly actualDigest: string; readonly bytesWritten: number }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string }

/** What a thread sends back: how it ended, and what it waited for or worked on meanwhile. */
export interface ChunkReply {
  readonly result: ChunkResult
  readonly diskMs: number
  readonly processorMs: number
}
