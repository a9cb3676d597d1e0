// Chunks that are not stored as one: most of their sections lie in chunks of versions before, the others in a new, short one. Pure.
import { hash } from 'node:crypto'
import type { SectionRun } from '../contract/image.ts'
import { digestOfSections, SECTION_BYTES, sectionAt, sectionCount } from './chunk-digest.ts'

/** A chunk that lies in more stored ones than this is stored anew: who fetches it would fetch all of them. */
const MAX_SOURCES = 4

const ZERO_SECTION = hash('sha256', new Uint8Array(SECTION_BYTES), 'buffer')

export interface Composition {
  readonly runs: readonly SectionRun[]
  /** What has to be stored for it: the sections of the chunk that make it up, in order. Left out: nothing. */
  readonly added?: { readonly digest: string; readonly sections: readonly number[] }
}

/** Where one section lies: which section of which stored chunk. Without a chunk it is zeros. */
interface SectionPlace {
  readonly chunk: string | undefined
  readonly index: number
}

/** Digests of the sections of a stored chunk; undefined: not known. */
export type SectionsOf = (chunk: string) => Uint8Array | undefined

/** The runs of a chunk that is stored as one. */
export const wholeRuns = (chunk: string, chunkBytes: number): SectionRun[] => [
  { chunk, from: 0, count: chunkBytes / SECTION_BYTES },
]

/**
 * `now`: digests of the sections that the chunk has; `before`: where those lie that stood in its place. undefined: more than half of it is
 * new, or it would lie in too many chunks; it is better stored as one.
 */
export function composeChunk(now: Uint8Array, before: readonly SectionRun[], sectionsOf: SectionsOf): Composition | undefined {
  const known = placesOf(before)
  const added: number[] = []
  const places = Array.from({ length: sectionCount(now) }, (_, index): SectionPlace | 'added' => {
    const digest = sectionAt(now, index)
    if (ZERO_SECTION.equals(digest)) return { chunk: undefined, index: 0 }
    const place = known[index]
    if (place !== undefined && isSection(digest, place, sectionsOf)) return place
    added.push(index)
    return 'added'
  })
  if (added.length * 2 > places.length) return undefined
  const digest = digestOfSections(Buffer.concat(added.map((index) => sectionAt(now, index))))
  const runs = runsOf(places.map((place, index) => (place === 'added' ? { chunk: digest, index: added.indexOf(index) } : place)))
  if (chunksOfRuns(runs).length > MAX_SOURCES) return undefined
  return added.length === 0 ? { runs } : { runs, added: { digest, sections: added } }
}

/** The stored chunks that runs lie in, each once. */
export function chunksOfRuns(runs: readonly SectionRun[]): string[] {
  return [...new Set(runs.flatMap(({ chunk }) => chunk ?? []))]
}

/** Sections to bring: `count` of them, from section `from` of the stored chunk (or zeros) to section `to`. */
export interface SectionMove extends SectionRun {
  readonly to: number
}

/** All sections of a chunk, or only those that a place does not hold whose sections have the digests `held`. */
export function movesOf(runs: readonly SectionRun[], held?: Uint8Array, sectionsOf: SectionsOf = () => undefined): SectionMove[] {
  const moves: SectionMove[] = []
  for (const [to, place] of placesOf(runs).entries()) {
    if (held !== undefined && isSection(sectionAt(held, to), place, sectionsOf)) continue
    const last = moves.at(-1)
    if (last !== undefined && last.to + last.count === to && continues(last, place))
      moves[moves.length - 1] = { ...last, count: last.count + 1 }
    else moves.push({ ...runAt(place), to })
  }
  return moves
}

/** The digests of a composed chunk's sections; undefined when those of a stored chunk are not known or do not reach so far. */
export function sectionsOfRuns(runs: readonly SectionRun[], sectionsOf: SectionsOf): Uint8Array | undefined {
  const sections: Uint8Array[] = []
  for (const { chunk, index } of placesOf(runs)) {
    const section = chunk === undefined ? ZERO_SECTION : sectionAt(sectionsOf(chunk) ?? new Uint8Array(0), index)
    if (section.length === 0) return undefined
    sections.push(section)
  }
  return Buffer.concat(sections)
}

function isSection(digest: Uint8Array, { chunk, index }: SectionPlace, sectionsOf: SectionsOf): boolean {
  if (chunk === undefined) return ZERO_SECTION.equals(digest)
  const sections = sectionsOf(chunk)
  return sections !== undefined && Buffer.compare(sectionAt(sections, index), digest) === 0
}

function placesOf(runs: readonly SectionRun[]): SectionPlace[] {
  return runs.flatMap(({ chunk, from, count }) =>
    Array.from({ length: count }, (_, index) => ({ chunk, index: chunk === undefined ? 0 : from + index })),
  )
}

function runsOf(places: readonly SectionPlace[]): SectionRun[] {
  const runs: SectionRun[] = []
  for (const place of places) {
    const last = runs.at(-1)
    if (last !== undefined && continues(last, place)) runs[runs.length - 1] = { ...last, count: last.count + 1 }
    else runs.push(runAt(place))
  }
  return runs
}

const runAt = ({ chunk, index }: SectionPlace): SectionRun => ({
  ...(chunk === undefined ? {} : { chunk }),
  from: index,
  count: 1,
})

const continues = (run: SectionRun, { chunk, index }: SectionPlace): boolean =>
  run.chunk === chunk && (chunk === undefined || run.from + run.count === index)
