import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Composition } from '../../src/contract/image.ts'
import { BLOCK_BYTES, BLOCK_DIGEST_BYTES, createBlockDifferences } from '../../src/imaging/block-differences.ts'
import { compareChunk, composeChanged, packsOf } from '../../src/imaging/changed-chunk.ts'
import { chunkDigest } from '../../src/imaging/chunk-digest.ts'
import { composeChunk, movesOf, wholeChunk } from '../../src/imaging/composition.ts'

const BLOCKS = 16
const CHUNK_BYTES = BLOCKS * BLOCK_BYTES
const { digestsOf } = createBlockDifferences(BLOCK_BYTES, BLOCK_DIGEST_BYTES)

/** Blocks told apart by one number; 0: zeros. */
function chunkOf(blocks: readonly number[]): Uint8Array {
  const chunk = new Uint8Array(blocks.length * BLOCK_BYTES)
  for (const [index, value] of blocks.entries()) chunk[index * BLOCK_BYTES] = value
  return chunk
}

/** A store in memory, and what a capture does with it, chunk after chunk in the same place. */
class Place {
  readonly #stored = new Map<string, Uint8Array>()
  #before: Composition | undefined

  /** Gives how the chunk is stored, and how many blocks were added for it. */
  capture(chunk: Uint8Array): { readonly composition: Composition; readonly added: number } {
    const blocksOf = (digest: string) => digestsOf(this.#stored.get(digest)!)
    const changed = this.#before === undefined ? undefined : compareChunk(digestsOf(chunk), this.#before, blocksOf)
    if (changed === undefined) this.#before = wholeChunk(this.#store(chunk), CHUNK_BYTES)
    else if (changed.added.length === 0) this.#before = composeChanged(changed)
    else {
      // Blocks of another chunk stand before its own in the pack.
      const added = changed.added.map((block) => chunk.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES))
      const digest = this.#store(Buffer.concat([chunkOf([250, 251]), ...added]))
      this.#before = composeChanged(changed, { digest, from: 2 })
    }
    return { composition: this.#before, added: changed?.added.length ?? BLOCKS }
  }

  #store(content: Uint8Array): string {
    const digest = chunkDigest(content)
    this.#stored.set(digest, content)
    return digest
  }

  build(composition: Composition): Uint8Array {
    return composeChunk(composition, (digest) => this.#stored.get(digest)!)
  }
}

const row = (length = BLOCKS, first = 1) => Array.from({ length }, (_, index) => first + index)
const changedRow = (indexes: readonly number[], value = 200) =>
  row().map((old, index) => (indexes.includes(index) ? value + index : old))

describe('a chunk that changed in part', () => {
  it.each([
    { what: 'one block', now: changedRow([3]), added: 1, runs: 3 },
    { what: 'neighbours', now: changedRow([3, 4, 5]), added: 3, runs: 3 },
    { what: 'the first and the last', now: changedRow([0, 15]), added: 2, runs: 3 },
    { what: 'blocks that were freed', now: row().map((old, index) => (index < 10 ? 0 : old)), added: 0, runs: 2 },
    { what: 'half of it', now: changedRow(row(8, 0)), added: 8, runs: 2 },
    { what: 'more than half of it: stored anew', now: changedRow(row(9, 0)), added: 16, runs: 1 },
  ])('keeps the blocks that were there: $what', ({ now, added, runs }) => {
    const place = new Place()
    place.capture(chunkOf(row()))
    const stored = place.capture(chunkOf(now))
    expect(stored.added).toBe(added)
    expect(movesOf(stored.composition)).toHaveLength(runs)
    expect(Buffer.compare(place.build(stored.composition), chunkOf(now))).toBe(0)
  })

  it('never lies in more than four stored chunks: what older packs have is then packed anew', () => {
    const place = new Place()
    place.capture(chunkOf(row()))
    const captures = row(7, 0).map((turn) => {
      const now = row().map((old, index) => (index <= turn ? 100 + index : old))
      const { composition, added } = place.capture(chunkOf(now))
      return [composition.chunks.length, added]
    })
    expect(captures).toEqual([
      [2, 1],
      [3, 1],
      [4, 1],
      [2, 4],
      [3, 1],
      [4, 1],
      [2, 7],
    ])
  })

  it('is stored anew when nobody knows what stood there', () => {
    expect(compareChunk(digestsOf(chunkOf(row())), wholeChunk('ab'.repeat(32), CHUNK_BYTES), () => undefined)).toBeUndefined()
  })
})

describe('packs', () => {
  const changed = (...counts: readonly number[]) => counts.map((count) => ({ added: row(count, 0) }))
  it.each([
    { name: 'what fits goes into one', counts: [3, 4, 1], packs: [[3, 4, 1]] },
    { name: 'no chunk lies in two', counts: [5, 4, 4], packs: [[5], [4, 4]] },
    { name: 'what has nothing new needs none', counts: [0, 2, 0], packs: [[2]] },
    { name: 'nothing at all', counts: [0], packs: [] },
  ])('$name', ({ counts, packs }) => {
    expect(packsOf(changed(...counts), 8).map((pack) => pack.map(({ added }) => added.length))).toEqual(packs)
  })
})

const contents = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: BLOCKS, maxLength: BLOCKS }), {
  minLength: 2,
  maxLength: 12,
})

it('whatever changes from version to version, every version can be put together out of at most four stored chunks', () => {
  fc.assert(
    fc.property(contents, (versions) => {
      const place = new Place()
      const captured = versions.map((blocks) => ({ chunk: chunkOf(blocks), ...place.capture(chunkOf(blocks)) }))
      for (const { chunk, composition } of captured) {
        expect(Buffer.compare(place.build(composition), chunk)).toBe(0)
        expect(composition.chunks.length).toBeLessThanOrEqual(4)
      }
    }),
    { numRuns: 100 },
  )
})
