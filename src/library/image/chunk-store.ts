// Where chunks live: the port. A chunk is named by the digest of its content (src/imaging/chunk-digest.ts) and kept zstd-compressed; it never changes.

import type { StoreSpace } from '../../contract/image-care.ts'

export interface StoredChunk {
  readonly digest: string
  /** zstd-compressed; any zstd reads it. */
  readonly bytes: Uint8Array
}

export interface ReadWish {
  /** Memory that every thread sees, for the chunk to stand in; it may stand in memory of its own all the same. */
  readonly place?: Uint8Array
  /** Whoever read it last found other content than the digest says. */
  readonly again?: boolean
}

export interface ChunkStore {
  /** Whether the chunk is there in name; its bytes are checked when they are read. */
  has(digest: string): boolean
  /**
   * Keeps the chunk and gives the bytes that this added (0: it was there). Takes the memory of bytes when they own it.
   * When it returns, the chunk is whole under its name or, after a power cut, not there at all; settle makes it stay.
   * Throws IMAGE_DIGEST_MISMATCH when content and name differ, IMAGE_STORE_FULL when no space is left; then nothing is kept.
   */
  put(chunk: StoredChunk): Promise<number>
  /** When it returns, everything that was put before survives a power cut. Called before a version is published. */
  settle(): Promise<void>
  /**
   * The chunk as it was stored. Throws IMAGE_CHUNK_NOT_FOUND, or IMAGE_CHUNK_CORRUPT rather than give bad bytes; into a place, what was
   * checked in the last minutes may come unchecked, unless it is asked for again.
   */
  get(digest: string, wish?: ReadWish): Promise<Uint8Array>
  /**
   * Digests of the chunk's sections, 32 bytes each; they make up its own digest, so they are right although its content is not read.
   * Throws IMAGE_CHUNK_NOT_FOUND or IMAGE_CHUNK_CORRUPT.
   */
  sections(digest: string): Promise<Uint8Array>
  /** Its bytes as stored; undefined: it is not there. */
  sizeOf(digest: string): Promise<number | undefined>
  /** Every chunk that is there in name, in no order; chunks that come while it runs may or may not be among them. */
  list(): AsyncIterable<{ readonly digest: string; readonly sizeBytes: number }>
  /** Takes the chunk away. Nothing happens when it is not there. */
  remove(digest: string): Promise<void>
  /** Of the volume that it lies on. */
  space(): Promise<StoreSpace>
}
