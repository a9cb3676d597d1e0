// What every chunk store must do. Call it with a fresh store and a way to damage what it holds.
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { chunkDigest, digestOfSections, SECTION_BYTES } from '../../src/imaging/chunk-digest.ts'
import type { ChunkStore, StoredChunk } from '../../src/library/image/chunk-store.ts'

export interface StoreUnderTest {
  readonly store: ChunkStore
  /** Changes one byte of the chunk where it is kept. */
  damage(digest: string, at: number): Promise<void>
}

export function chunkOf(text: string): StoredChunk & { readonly content: Buffer } {
  const content = Buffer.from(text.repeat(1000))
  return { digest: chunkDigest(content), bytes: zstdCompressSync(content), content }
}

/** A chunk of a megabyte that does not compress, always the same for a seed. */
export function noiseChunk(seed: number): StoredChunk {
  const content = Buffer.alloc(1_048_576)
  let state = Math.imul(seed, 2_654_435_761) | 1
  for (let at = 0; at < content.length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    content.writeInt32LE(state ^ (state >>> 15), at)
  }
  return { digest: chunkDigest(content), bytes: zstdCompressSync(content) }
}

/** put may take the memory. */
const copyOf = ({ digest, bytes }: StoredChunk): StoredChunk => ({ digest, bytes: Uint8Array.from(bytes) })

export function chunkStoreSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    it('gives back what was put, and counts it once', async () => {
      const { store } = await open()
      const chunk = chunkOf('one')
      const bytes = Buffer.from(chunk.bytes)
      expect(store.has(chunk.digest)).toBe(false)
      const added = await Promise.all([store.put(copyOf(chunk)), store.put(copyOf(chunk))])
      expect(added.filter((bytes) => bytes > 0)).toHaveLength(1)
      expect(await store.put(copyOf(chunk))).toBe(0)
      expect(store.has(chunk.digest)).toBe(true)
      expect(Buffer.from(await store.get(chunk.digest)).equals(bytes)).toBe(true)
    })

    it('refuses content that is not what its name says, and keeps nothing of it', async () => {
      const { store } = await open()
      const { digest } = chunkOf('one')
      await expect(store.put({ digest, bytes: chunkOf('two').bytes })).rejects.toMatchObject({ code: 'IMAGE_DIGEST_MISMATCH' })
      await expect(store.put({ digest, bytes: Uint8Array.of(1, 2, 3) })).rejects.toMatchObject({ code: 'IMAGE_DIGEST_MISMATCH' })
      expect(store.has(digest)).toBe(false)
    })

    it('says when a chunk is not there', async () => {
      const { store } = await open()
      await expect(store.get(chunkOf('none').digest)).rejects.toMatchObject({ code: 'IMAGE_CHUNK_NOT_FOUND' })
    })

    it('never gives bad bytes, wherever the damage is, and takes the chunk anew', async () => {
      const chunk = chunkOf('some content that is compressed')
      const bytes = Buffer.from(chunk.bytes)
      const { store, damage } = await open()
      for (let at = 0; at < bytes.length + 4; at += 5) {
        await store.put(copyOf(chunk))
        await damage(chunk.digest, at)
        // Every second time into a place that is offered.
        const wish = at % 2 === 0 ? {} : { place: new Uint8Array(new SharedArrayBuffer(1000)) }
        await expect(store.get(chunk.digest, wish)).rejects.toMatchObject({ code: 'IMAGE_CHUNK_CORRUPT' })
        expect(store.has(chunk.digest)).toBe(false)
      }
      expect(await store.put(copyOf(chunk))).toBeGreaterThan(0)
      expect(Buffer.from(await store.get(chunk.digest)).equals(bytes)).toBe(true)
    })

    it('looks again at what it found whole a moment ago, when it is asked to', async () => {
      const { store, damage } = await open()
      const chunk = chunkOf('some content that is compressed')
      await store.put(copyOf(chunk))
      const place = new Uint8Array(new SharedArrayBuffer(5000))
      await store.get(chunk.digest, { place })
      await damage(chunk.digest, 20)
      await expect(store.get(chunk.digest, { place, again: true })).rejects.toMatchObject({ code: 'IMAGE_CHUNK_CORRUPT' })
      expect(store.has(chunk.digest)).toBe(false)
    })

    it('tells the sections of a chunk without its content, or that it is damaged', async () => {
      const { store, damage } = await open()
      const chunk = noiseChunk(1)
      await store.put(copyOf(chunk))
      const sections = await store.sections(chunk.digest)
      expect(sections).toHaveLength((32 * 1_048_576) / SECTION_BYTES)
      expect(digestOfSections(sections)).toBe(chunk.digest)
      await expect(store.sections(chunkOf('none').digest)).rejects.toMatchObject({ code: 'IMAGE_CHUNK_NOT_FOUND' })
      await damage(chunk.digest, chunk.bytes.length + 20)
      await expect(store.sections(chunk.digest)).rejects.toMatchObject({ code: 'IMAGE_CHUNK_CORRUPT' })
      expect(store.has(chunk.digest)).toBe(false)
    })

    it('gives a chunk whether the place that is offered is large enough or not', async () => {
      const chunk = chunkOf('some content that is compressed')
      const bytes = Buffer.from(chunk.bytes)
      const { store } = await open()
      await store.put(copyOf(chunk))
      for (const length of [0, 1, bytes.length, bytes.length + 48, bytes.length + 49, 5000]) {
        const place = new Uint8Array(new SharedArrayBuffer(length))
        expect(Buffer.from(await store.get(chunk.digest, { place })).equals(bytes)).toBe(true)
      }
    })
  })
}
