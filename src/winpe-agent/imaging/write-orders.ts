// What has to come before a chunk can be written: one stored chunk, or blocks out of several. Pure but for the memory it keeps.
import { sectionAt, sectionCount } from '../../imaging/chunk-digest.ts'
import type { TargetChunk } from '../../imaging/chunk-grid.ts'
import type { ChunkShelf } from '../../imaging/chunk-shelf.ts'
import { type BlockMove, movesOf } from '../../imaging/composition.ts'
import type { ComposePart } from './chunk-task.ts'
import type { Slot } from './slots.ts'

/** A chunk that differs. held: digests of the sections that the slot holds, as they stand on the disk; left out: nobody looked. */
export interface DifferingChunk {
  readonly chunk: TargetChunk
  readonly slot: Slot
  readonly held?: Uint8Array
}

/** A chunk of which the disk holds something: only what differs is asked for. */
export interface PatchOrder {
  readonly chunk: TargetChunk
  readonly slot: Slot
  readonly held: Uint8Array
}

export interface WriteOrder {
  readonly chunk: TargetChunk
  readonly slot: Slot
  /** Of a chunk that is stored as one: digests of the sections that stand on the disk. Left out: all of it is to be written. */
  readonly held: Uint8Array | undefined
  /** Of a chunk that is not stored as one: what is to be moved into the slot. */
  readonly moves: readonly BlockMove[] | undefined
  /** The stored chunks that it waits for. */
  readonly needs: readonly string[]
}

export function orderFor({ chunk, slot, held }: DifferingChunk): WriteOrder {
  const { composition, digest } = chunk
  if (composition === undefined) return { chunk, slot, held, moves: undefined, needs: [digest] }
  return { chunk, slot, held: undefined, moves: movesOf(composition), needs: composition.chunks }
}

/**
 * Whether to ask for what differs when too few sections are right to tell by them. Changes that are strewn finely leave no section right, and most
 * blocks; on a disk that held something else the answers are whole chunks, and the question was for nothing.
 */
export class DifferenceLuck {
  #answers = 0
  #differences = 0

  note(isDifference: boolean): void {
    this.#answers++
    if (isDifference) this.#differences++
  }

  get isGood(): boolean {
    return this.#answers < FIRST_ANSWERS || this.#differences * 4 >= this.#answers
  }
}

const FIRST_ANSWERS = 8

/** Digests of the sections of a stored chunk; undefined: not known. */
export type SectionsOf = (chunk: string) => Uint8Array | undefined

/** undefined: nobody looked what the disk holds, or it holds little of it and luck is bad. */
export function patchFor(
  { chunk, slot, held }: DifferingChunk,
  sectionsOf: SectionsOf,
  luck: Pick<DifferenceLuck, 'isGood'>,
): PatchOrder | undefined {
  if (held === undefined) return undefined
  return luck.isGood || holdsMost(held, sectionsOf(chunk.digest)) ? { chunk, slot, held } : undefined
}

/** Whether at least half of the sections are those that are wanted. */
export function holdsMost(held: Uint8Array, wanted: Uint8Array | undefined): boolean {
  if (wanted?.length !== held.length) return false
  const sections = Array.from({ length: sectionCount(held) }, (_, index) => index)
  const same = sections.filter((index) => Buffer.compare(sectionAt(wanted, index), sectionAt(held, index)) === 0)
  return same.length * 2 >= sections.length
}

/** Stored chunks that have arrived, each until the last chunk that needs it is written. */
export class Arrivals {
  readonly #shelf: ChunkShelf
  readonly #waiting: Map<string, Set<WriteOrder>>
  readonly #bytes = new Map<string, Uint8Array>()
  readonly #ready: readonly WriteOrder[]

  constructor(orders: readonly WriteOrder[], shelf: ChunkShelf) {
    this.#shelf = shelf
    this.#waiting = new Map()
    for (const order of orders) {
      for (const digest of order.needs) this.#waiting.set(digest, (this.#waiting.get(digest) ?? new Set()).add(order))
    }
    this.#ready = orders.filter(({ needs }) => needs.length === 0)
  }

  /** What is to be fetched, in the order of the disk. */
  get wanted(): readonly string[] {
    return [...this.#waiting.keys()]
  }

  /** Orders that wait for nothing. */
  get ready(): readonly WriteOrder[] {
    return this.#ready
  }

  /** Keeps the chunk; gives the orders that waited for nothing else. */
  take(digest: string, bytes: Uint8Array): readonly WriteOrder[] {
    this.#bytes.set(digest, bytes)
    return [...this.#waiting.get(digest)!].filter(({ needs }) => needs.every((need) => this.#bytes.has(need)))
  }

  bytesOf(digest: string): Uint8Array {
    return this.#bytes.get(digest)!
  }

  partsOf({ needs, moves = [] }: WriteOrder): readonly ComposePart[] {
    return needs.map((digest) => ({ bytes: this.bytesOf(digest), moves: moves.filter(({ chunk }) => chunk === digest) }))
  }

  /** The order is written: what nobody else waits for goes back to the shelf. */
  end(order: WriteOrder): void {
    for (const digest of order.needs) {
      const waiting = this.#waiting.get(digest)!
      waiting.delete(order)
      if (waiting.size > 0) continue
      this.#shelf.giveBack(this.bytesOf(digest))
      this.#bytes.delete(digest)
    }
  }
}
