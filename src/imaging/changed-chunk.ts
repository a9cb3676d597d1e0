// What of a chunk has changed since the version before, by blocks of 4 KiB, and how its new blocks are stored: together with those of its
// neighbours. Pure.
import { hash } from 'node:crypto'
import type { Composition } from '../contract/image.ts'
import { BLOCK_BYTES, BLOCK_DIGEST_BYTES } from './block-differences.ts'
import { type BlockPlace, compositionOf, placesOf, runsOfPlaces } from './composition.ts'

/** Who fetches a chunk that lies in several stored ones fetches all of them. */
const MAX_SOURCES = 4

const ZERO_BLOCK = hash('sha256', new Uint8Array(BLOCK_BYTES), 'buffer').subarray(0, BLOCK_DIGEST_BYTES)

/** Digests of the blocks of a stored chunk, BLOCK_DIGEST_BYTES each; undefined: not known. */
export type BlocksOf = (chunk: string) => Uint8Array | undefined

/** A chunk that changed in part. */
export interface ChangedChunk {
  /** Where each block lies; undefined: it is new. */
  readonly places: readonly (BlockPlace | undefined)[]
  /** The new ones, in order. */
  readonly added: readonly number[]
}

/**
 * `now`: digests of the blocks that the chunk has; `before`: where those lie that stood in its place. undefined: more than half of it is
 * new; it is better stored as one.
 */
export function compareChunk(now: Uint8Array, before: Composition, blocksOf: BlocksOf): ChangedChunk | undefined {
  const known = placesOf(before)
  const all = placeBlocks(now, known, blocksOf)
  const changed = sourceCount(all) <= MAX_SOURCES ? all : placeBlocks(now, onlyTheMost(known, all), blocksOf)
  return changed.added.length * 2 > changed.places.length ? undefined : changed
}

function placeBlocks(now: Uint8Array, known: readonly (BlockPlace | undefined)[], blocksOf: BlocksOf): ChangedChunk {
  const added: number[] = []
  const places = Array.from({ length: now.length / BLOCK_DIGEST_BYTES }, (_, index) => {
    const digest = blockAt(now, index)
    if (ZERO_BLOCK.equals(digest)) return { chunk: undefined, index: 0 }
    const place = known[index]
    const blocks = place?.chunk === undefined ? undefined : blocksOf(place.chunk)
    if (place !== undefined && blocks !== undefined && Buffer.compare(blockAt(blocks, place.index), digest) === 0) return place
    added.push(index)
    return undefined
  })
  return { places, added }
}

const blockAt = (blocks: Uint8Array, index: number): Uint8Array =>
  blocks.subarray(index * BLOCK_DIGEST_BYTES, (index + 1) * BLOCK_DIGEST_BYTES)

/** The stored chunks that it would lie in, and its pack. */
const sourceCount = ({ places, added }: ChangedChunk): number =>
  new Set(places.flatMap((place) => place?.chunk ?? [])).size + (added.length > 0 ? 1 : 0)

/** Only the places in the stored chunk that has most of the blocks: what the packs of earlier versions have is packed anew, together. */
function onlyTheMost(known: readonly BlockPlace[], { places }: ChangedChunk): (BlockPlace | undefined)[] {
  const blocks = Map.groupBy(
    places.filter((place) => place?.chunk !== undefined),
    (place) => place!.chunk,
  )
  const [most] = [...blocks].reduce((a, b) => (b[1].length > a[1].length ? b : a))
  return known.map((place) => (place.chunk === most ? place : undefined))
}

/** Chunks whose new blocks go into one pack of at most so many; in order. */
export function packsOf<T extends Pick<ChangedChunk, 'added'>>(changed: readonly T[], mostBlocks: number): T[][] {
  const packs: T[][] = []
  let room = 0
  for (const one of changed) {
    if (one.added.length === 0) continue
    if (one.added.length > room) {
      packs.push([])
      room = mostBlocks
    }
    packs.at(-1)!.push(one)
    room -= one.added.length
  }
  return packs
}

/** pack: the stored chunk that has the new blocks, from which of its blocks on. Left out: there are none. */
export function composeChanged({ places }: ChangedChunk, pack?: { readonly digest: string; readonly from: number }): Composition {
  let next = pack?.from ?? 0
  return compositionOf(runsOfPlaces(places.map((place) => place ?? { chunk: pack?.digest, index: next++ })))
}
