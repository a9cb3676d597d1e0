// A thread of the chunk store: checks what arrives and writes it; flushes and names what was written; reads what is asked for; puts chunks
// together, digests and compares them. Touches the file system.
import { closeSync, fdatasyncSync, openSync, readSync, renameSync, rmSync, writevSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { zstdCompressSync } from 'node:zlib'
import { BLOCK_BYTES, BLOCK_DIGEST_BYTES, createBlockDifferences } from '../../imaging/block-differences.ts'
import { createChunkDigester, SECTION_BYTES } from '../../imaging/chunk-digest.ts'
import { type BlockMove, createBlockMover } from '../../imaging/composition.ts'
import { createExpander } from '../../imaging/zstd-rooms.ts'
import { frameBytesOf, sealOf } from './chunk-file.ts'

/** The largest chunk of any grid. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024

export type StoreTask =
  /** Checks content against digest, writes it under the temporary name. Nothing is left when it fails. */
  | { readonly kind: 'write'; readonly digest: string; readonly bytes: Uint8Array; readonly temporary: string }
  /** Reads a chunk's file into shared memory; check: all of its bytes, not only that its seal is where it belongs. */
  | { readonly kind: 'read'; readonly path: string; readonly into: Uint8Array; readonly check: boolean }
  /** Flushes the files, then gives each its name. */
  | { readonly kind: 'commit'; readonly files: readonly { readonly temporary: string; readonly path: string }[] }
  /** Digests of the chunk's blocks. */
  | ({ readonly kind: 'blocks' } & MadeOf)
  | ({ readonly kind: 'digest' } & MadeOf)
  /** What of the chunk somebody lacks whose blocks have the digests held. */
  | ({ readonly kind: 'difference'; readonly held: Uint8Array } & MadeOf)

/** A chunk: of one stored chunk, or of several. */
interface MadeOf {
  readonly parts: readonly ContentPart[]
  /** Of a chunk that is put together. */
  readonly blockCount: number | undefined
}

/** A stored chunk, compressed, and which of its blocks belong where; moves left out: it is the chunk. */
export interface ContentPart {
  readonly bytes: Uint8Array
  readonly moves: readonly BlockMove[] | undefined
}

export type StoreResult =
  | { readonly kind: 'written'; readonly sizeBytes: number }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The length of the chunk at the beginning of the memory; undefined: it is not so simple, look for yourself. */
  | { readonly kind: 'read'; readonly length: number | undefined }
  | { readonly kind: 'committed' }
  | { readonly kind: 'blocks'; readonly digests: Uint8Array }
  | { readonly kind: 'digest'; readonly digest: string }
  /** Compressed. Without a difference all is to be sent: whole, or, of a chunk that is stored as one, what the store has. */
  | { readonly kind: 'difference'; readonly difference: Uint8Array | undefined; readonly whole: Uint8Array | undefined }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string }

const expand = createExpander()
const digestsOf = createChunkDigester(SECTION_BYTES)
const blocks = createBlockDifferences(BLOCK_BYTES, BLOCK_DIGEST_BYTES)
const moveBlocks = createBlockMover(BLOCK_BYTES)
/** Touched as far as the chunks that come are long: memory that nobody writes to costs nothing. */
const room = Buffer.allocUnsafeSlow(MAX_CHUNK_BYTES)
const composed = Buffer.allocUnsafeSlow(MAX_CHUNK_BYTES)

function perform(task: StoreTask): StoreResult {
  switch (task.kind) {
    case 'write':
      return write(task)
    case 'read':
      return read(task)
    case 'commit':
      return commit(task)
    case 'blocks':
      return withChunk(task, (chunk) => ({ kind: 'blocks', digests: blocks.digestsOf(chunk) }))
    case 'digest':
      return withChunk(task, (chunk) => ({ kind: 'digest', digest: digestsOf(chunk).digest }))
    case 'difference':
      return withChunk(task, (chunk) => differenceTo(chunk, task))
  }
}

function withChunk({ parts, blockCount }: MadeOf, work: (chunk: Uint8Array) => StoreResult): StoreResult {
  const chunk = composed.subarray(0, (blockCount ?? 0) * BLOCK_BYTES).fill(0)
  for (const { bytes, moves } of parts) {
    const length = expand(bytes, room)
    if (typeof length === 'string') return { kind: 'refused', reason: `it does not decompress (${length})` }
    const stored = room.subarray(0, length)
    if (moves === undefined) return work(stored)
    moveBlocks(chunk, stored, moves)
  }
  return work(chunk)
}

function differenceTo(chunk: Uint8Array, { held, blockCount }: Extract<StoreTask, { kind: 'difference' }>): StoreResult {
  const difference = blocks.difference(chunk, held)
  if (difference !== undefined) return { kind: 'difference', difference: zstdCompressSync(difference), whole: undefined }
  return { kind: 'difference', difference, whole: blockCount === undefined ? undefined : zstdCompressSync(chunk) }
}

function write({ digest, bytes, temporary }: Extract<StoreTask, { kind: 'write' }>): StoreResult {
  const length = expand(bytes, room)
  if (typeof length === 'string') return { kind: 'refused', reason: `it does not decompress (${length})` }
  const actual = digestsOf(room.subarray(0, length))
  if (actual.digest !== digest) return { kind: 'refused', reason: `its content has the digest ${actual.digest}` }
  const seal = sealOf(bytes, actual.sections)
  writeFile(temporary, [bytes, seal])
  return { kind: 'written', sizeBytes: bytes.length + seal.length }
}

function writeFile(path: string, parts: readonly Uint8Array[]): void {
  const fd = openSync(path, 'wx', 0o640)
  try {
    const wanted = parts.reduce((sum, part) => sum + part.length, 0)
    const written = writevSync(fd, parts)
    // A short write to a file means that the disk is full; the next one says so itself.
    if (written < wanted) throw Object.assign(new Error(`${written} of ${wanted} bytes were written`), { code: 'ENOSPC' })
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
}

function read({ path, into, check }: Extract<StoreTask, { kind: 'read' }>): StoreResult {
  const fd = openSync(path, 'r')
  try {
    const length = readSync(fd, into, 0, into.length, 0)
    const isAll = length < into.length
    return { kind: 'read', length: isAll ? frameBytesOf(Buffer.from(into.buffer, into.byteOffset, length), check) : undefined }
  } finally {
    closeSync(fd)
  }
}

/** All are flushed before the first is named: the journal's first commit then covers the others too. */
function commit({ files }: Extract<StoreTask, { kind: 'commit' }>): StoreResult {
  try {
    for (const { temporary } of files) flush(temporary)
    for (const { temporary, path } of files) renameSync(temporary, path)
    return { kind: 'committed' }
  } catch (error) {
    for (const { temporary } of files) rmSync(temporary, { force: true })
    throw error
  }
}

function flush(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fdatasyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

parentPort!.on('message', (task: StoreTask) => {
  try {
    parentPort!.postMessage(perform(task))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    parentPort!.postMessage({ kind: 'failed', code, message } satisfies StoreResult)
  }
})
