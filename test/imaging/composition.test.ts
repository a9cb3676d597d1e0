import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SectionRun } from '../../src/contract/image.ts'
import { createChunkDigester, SECTION_BYTES } from '../../src/imaging/chunk-digest.ts'
import { chunksOfRuns, composeChunk, movesOf, sectionsOfRuns, wholeRuns } from '../../src/imaging/composition.ts'

const SECTIONS = 16
const CHUNK_BYTES = SECTIONS * SECTION_BYTES
const digestsOf = createChunkDigester(SECTION_BYTES)

/** Sections told apart by one number; 0: zeros. */
function chunkOf(sections: readonly number[]): Uint8Array {
  const chunk = new Uint8Array(sections.length * SECTION_BYTES)
  for (const [index, value] of sections.entries()) chunk[index * SECTION_BYTES] = value
  return chunk
}

/** A store in memory, and what a capture does with it, chunk after chunk in the same place. */
class Place {
  readonly #stored = new Map<string, Uint8Array>()
  readonly #sections = new Map<string, Uint8Array>()
  #runs: readonly SectionRun[] | undefined

  readonly sectionsOf = (chunk: string) => this.#sections.get(chunk)

  /** Gives how the chunk is stored, and how many sections were added for it. */
  capture(chunk: Uint8Array): { readonly runs: readonly SectionRun[]; readonly added: number } {
    const { digest, sections } = digestsOf(chunk)
    const composition = this.#runs === undefined ? undefined : composeChunk(sections, this.#runs, this.sectionsOf)
    if (composition === undefined) this.#store(digest, chunk)
    else if (composition.added !== undefined) {
      const parts = composition.added.sections.map((index) => chunk.subarray(index * SECTION_BYTES, (index + 1) * SECTION_BYTES))
      this.#store(composition.added.digest, Buffer.concat(parts))
    }
    this.#runs = composition?.runs ?? wholeRuns(digest, CHUNK_BYTES)
    return { runs: this.#runs, added: composition === undefined ? SECTIONS : (composition.added?.sections.length ?? 0) }
  }

  #store(digest: string, content: Uint8Array): void {
    this.#stored.set(digest, content)
    this.#sections.set(digest, digestsOf(content).sections)
  }

  /** On top of what a place holds. */
  build(runs: readonly SectionRun[], onto: Uint8Array = new Uint8Array(CHUNK_BYTES).fill(0xee), held?: Uint8Array): Uint8Array {
    const chunk = Uint8Array.from(onto)
    for (const { chunk: source, from, to, count } of movesOf(runs, held, this.sectionsOf)) {
      const bytes = source === undefined ? new Uint8Array(count * SECTION_BYTES) : this.#stored.get(source)!
      const start = source === undefined ? 0 : from * SECTION_BYTES
      chunk.set(bytes.subarray(start, start + count * SECTION_BYTES), to * SECTION_BYTES)
    }
    return chunk
  }
}

const row = (length = SECTIONS, first = 1) => Array.from({ length }, (_, index) => first + index)
const changed = (indexes: readonly number[], value = 200) =>
  row().map((old, index) => (indexes.includes(index) ? value + index : old))

describe('a chunk that changed in part', () => {
  it.each([
    { what: 'one section', now: changed([3]), added: 1, runs: 3 },
    { what: 'neighbours', now: changed([3, 4, 5]), added: 3, runs: 3 },
    { what: 'the first and the last', now: changed([0, 15]), added: 2, runs: 3 },
    { what: 'sections that were freed', now: row().map((old, index) => (index < 10 ? 0 : old)), added: 0, runs: 2 },
    { what: 'half of it', now: changed(row(8, 0)), added: 8, runs: 2 },
    { what: 'more than half of it: stored anew', now: changed(row(9, 0)), added: 16, runs: 1 },
  ])('keeps the sections that were there: $what', ({ now, added, runs }) => {
    const place = new Place()
    place.capture(chunkOf(row()))
    const stored = place.capture(chunkOf(now))
    expect(stored.added).toBe(added)
    expect(stored.runs).toHaveLength(runs)
    expect(Buffer.compare(place.build(stored.runs), chunkOf(now))).toBe(0)
  })

  it('is stored anew before it lies in more than four chunks', () => {
    const place = new Place()
    place.capture(chunkOf(row()))
    const sources = row(6, 0).map((turn) => {
      const now = row().map((old, index) => (index <= turn ? 100 + index : old))
      return chunksOfRuns(place.capture(chunkOf(now)).runs).length
    })
    expect(sources).toEqual([2, 3, 4, 1, 2, 3])
  })

  it('is stored anew when nobody knows what stood there', () => {
    const { sections } = digestsOf(chunkOf(row()))
    expect(composeChunk(sections, wholeRuns('ab'.repeat(32), CHUNK_BYTES), () => undefined)).toBeUndefined()
  })
})

const contents = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: SECTIONS, maxLength: SECTIONS }), {
  minLength: 2,
  maxLength: 6,
})

describe('whatever changes from version to version', () => {
  it('every version can be put together, from nothing or from any other, and its digest proven without a byte of content', () => {
    fc.assert(
      fc.property(contents, (versions) => {
        const place = new Place()
        const captured = versions.map((sections) => {
          const chunk = chunkOf(sections)
          return { sections, chunk, digests: digestsOf(chunk), runs: place.capture(chunk).runs }
        })
        for (const { sections, digests: wanted, runs } of captured) {
          expect(Buffer.compare(sectionsOfRuns(runs, place.sectionsOf)!, wanted.sections)).toBe(0)
          expect(runs.reduce((sum, { count }) => sum + count, 0)).toBe(SECTIONS)
          expect(digestsOf(place.build(runs)).digest).toBe(wanted.digest)
          for (const other of captured) {
            const held = other.digests.sections
            expect(digestsOf(place.build(runs, other.chunk, held)).digest).toBe(wanted.digest)
            // What is there already is not moved.
            const moved = movesOf(runs, held, place.sectionsOf).reduce((sum, { count }) => sum + count, 0)
            const differing = other.sections.filter((value, at) => value !== sections[at])
            expect(moved).toBe(differing.length)
          }
        }
      }),
      { numRuns: 25 },
    )
  })
})
