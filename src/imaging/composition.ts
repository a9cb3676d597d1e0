// Chunks that are not stored as one: runs of their blocks lie in several stored chunks. Pure.
// In a manifest the runs are numbers (LEB128, base64): which stored chunk (counted from 1; 0: zeros), how many blocks, from which of its blocks on.
import { AppError } from '../contract/errors.ts'
import type { Composition } from '../contract/image.ts'
import { BLOCK_BYTES } from './block-differences.ts'
import { NumberReader, pushNumber } from './leb128.ts'

/** As many as the largest chunk of any grid has: a few bytes must not ask for all memory. */
const MOST_BLOCKS = 4096

/** Neighbouring blocks: `count` of them, from block `from` of a stored chunk on. Without a chunk they are zeros. */
export interface BlockRun {
  readonly chunk?: string
  readonly from: number
  readonly count: number
}

/** Blocks to bring: to block `to` of the chunk. */
export interface BlockMove extends BlockRun {
  readonly to: number
}

/** Where one block lies: which block of which stored chunk. Without a chunk it is zeros. */
export interface BlockPlace {
  readonly chunk: string | undefined
  readonly index: number
}

/** Of a chunk that is stored as one. */
export const wholeChunk = (chunk: string, chunkBytes: number): Composition =>
  compositionOf([{ chunk, from: 0, count: chunkBytes / BLOCK_BYTES }])

export function compositionOf(runs: readonly BlockRun[]): Composition {
  const chunks = [...new Set(runs.flatMap(({ chunk }) => chunk ?? []))]
  const numbers: number[] = []
  for (const { chunk, from, count } of runs) {
    pushNumber(numbers, chunk === undefined ? 0 : chunks.indexOf(chunk) + 1)
    pushNumber(numbers, count)
    if (chunk !== undefined) pushNumber(numbers, from)
  }
  return { chunks, blocks: Buffer.from(numbers).toString('base64') }
}

/** All blocks of the chunk, in order. Throws IMAGE_MANIFEST_INVALID. */
export function movesOf({ chunks, blocks }: Composition): BlockMove[] {
  const numbers = new NumberReader(Buffer.from(blocks, 'base64'))
  const next = (): number => {
    const value = numbers.next()
    if (value === undefined) throw invalid('they stop in the middle of a number')
    return value
  }
  const moves: BlockMove[] = []
  let to = 0
  while (!numbers.isAtEnd) {
    const [source, count] = [next(), next()]
    const chunk = chunks[source - 1]
    if (count === 0 || (source > 0 && chunk === undefined)) throw invalid(`${count} blocks of its stored chunk ${source}`)
    moves.push(chunk === undefined ? { from: 0, count, to } : { chunk, from: next(), count, to })
    to += count
    if (to > MOST_BLOCKS) throw invalid(`there are more than ${MOST_BLOCKS}`)
  }
  return moves
}

/** How many blocks the chunk has. Throws IMAGE_MANIFEST_INVALID. */
export const blockCountOf = (composition: Composition): number => movesOf(composition).reduce((sum, { count }) => sum + count, 0)

/** One for each block. */
export function placesOf(composition: Composition): BlockPlace[] {
  return movesOf(composition).flatMap(({ chunk, from, count }) =>
    Array.from({ length: count }, (_, index) => ({ chunk, index: chunk === undefined ? 0 : from + index })),
  )
}

export function runsOfPlaces(places: readonly BlockPlace[]): BlockRun[] {
  const runs: BlockRun[] = []
  for (const { chunk, index } of places) {
    const last = runs.at(-1)
    const continues = last !== undefined && last.chunk === chunk && (chunk === undefined || last.from + last.count === index)
    if (continues) runs[runs.length - 1] = { ...last, count: last.count + 1 }
    else runs.push({ ...(chunk === undefined ? {} : { chunk }), from: index, count: 1 })
  }
  return runs
}

/** Puts blocks of a stored chunk into their places. What it does not have stays as it was: the digest of the whole will tell. */
export type BlockMover = (chunk: Uint8Array, source: Uint8Array, moves: readonly BlockMove[]) => void

/** Threads run it from its text: nothing outside of it may be used inside. */
export function createBlockMover(blockBytes: number): BlockMover {
  return (chunk, source, moves) => {
    for (const { from, count, to } of moves)
      chunk.set(source.subarray(from * blockBytes, (from + count) * blockBytes), to * blockBytes)
  }
}

const moveBlocks = createBlockMover(BLOCK_BYTES)

/** The chunk, put together. storedChunk: the content of each that it lies in. */
export function composeChunk(composition: Composition, storedChunk: (digest: string) => Uint8Array): Buffer {
  const moves = movesOf(composition)
  const chunk = Buffer.alloc(blockCountOf(composition) * BLOCK_BYTES)
  for (const digest of composition.chunks)
    moveBlocks(
      chunk,
      storedChunk(digest),
      moves.filter((move) => move.chunk === digest),
    )
  return chunk
}

function invalid(reason: string): AppError {
  return new AppError(
    'IMAGE_MANIFEST_INVALID',
    `the manifest cannot be used: the blocks of a chunk cannot be told: ${reason}`,
    'Capture the image again; if the manifest came out of the store, check the store with `platen image verify`.',
  )
}
