// What a worker thread does: reads, digests, compresses, checks and writes chunks. Touches the disk and its processor.
// The agent is one file, so the thread is started from the text of these functions: nothing outside of them may be used inside.
import type { createExpander } from '../../imaging/expander.ts'
import type { DiskFds } from './direct-disk.ts'
import type { newSlots, Slot } from './slots.ts'

/** Used ranges of a chunk as a flat list: offset, length, offset, length … */
export type FlatRanges = readonly number[]

/** Parameters of zstd by number (zlib.constants.ZSTD_c_…). */
export type ZstdParams = Readonly<Record<number, number>>

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
  | { readonly kind: 'compress'; readonly slot: Slot; readonly chunkBytes: number; readonly params: ZstdParams }
  /** Decompresses, checks the digest and writes the used ranges; nothing is written when the digest is another. */
  | {
      readonly kind: 'write'
      readonly disk: DiskFds
      readonly offset: number
      readonly chunkBytes: number
      readonly used: FlatRanges
      readonly digest: string
      readonly bytes: Uint8Array
    }

export type ChunkResult =
  | { readonly kind: 'read'; readonly digest: string; readonly bytesRead: number }
  /** undefined: it does not get smaller than the slot with room for the frame; bytes has it then. */
  | { readonly kind: 'compress'; readonly length: number; readonly bytes: Uint8Array | undefined }
  | { readonly kind: 'write'; readonly actualDigest: string; readonly bytesWritten: number }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string }

export function chunkWorkerMain(newExpander: typeof createExpander, newOwnSlots: typeof newSlots): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  const { readSync, writeSync } = process.getBuiltinModule('node:fs')
  const { hash } = process.getBuiltinModule('node:crypto')
  const zlib = process.getBuiltinModule('node:zlib')
  const expand = newExpander()
  let own: Slot | undefined
  /** Below this a gap is read along: one call is cheaper than two. */
  const READ_THROUGH_BYTES = 65_536
  /** What a direct call moves is made of these, on every disk there is. */
  const PAGE_BYTES = 4096
  /** A direct write waits for the disk; shorter ones are gathered by the system and flushed at the end. */
  const DIRECT_WRITE_BYTES = 65_536

  function perform(task: ChunkTask): ChunkResult {
    switch (task.kind) {
      case 'read':
        return read(task)
      case 'compress':
        return compress(task)
      case 'write':
        return write(task)
    }
  }

  function read({ disk, slot, chunkBytes, offset, used }: Extract<ChunkTask, { kind: 'read' }>): ChunkResult {
    const chunk = new Uint8Array(slot.memory, slot.at, chunkBytes)
    let bytesRead = 0
    for (let i = 0; i < used.length; ) {
      const start = used[i]!
      let end = start + used[i + 1]!
      for (i += 2; i < used.length && used[i]! - end <= READ_THROUGH_BYTES; i += 2) end = used[i]! + used[i + 1]!
      readRange(disk, chunk, start, end, offset)
      bytesRead += end - start
    }
    zeroOutside(chunk, used)
    return { kind: 'read', digest: hash('sha256', chunk, 'hex'), bytesRead }
  }

  function readRange({ fd, directFd }: DiskFds, chunk: Uint8Array, from: number, to: number, offset: number): void {
    const done = directFd === undefined ? from : readDirect(directFd, chunk, from, to, offset)
    for (let at = done; at < to; ) {
      const count = readSync(fd, chunk, at, to - at, offset + at)
      if (count === 0) throw new Error(`the disk ends at byte ${offset + at}`)
      at += count
    }
  }

  /** Whole pages around the range; gives how far it came. What is left (the last sectors of a disk) the other way reads. */
  function readDirect(fd: number, chunk: Uint8Array, from: number, to: number, offset: number): number {
    const start = from - (from % PAGE_BYTES)
    const end = Math.min(chunk.length, Math.ceil(to / PAGE_BYTES) * PAGE_BYTES)
    try {
      return Math.max(from, start + readSync(fd, chunk, start, end - start, offset + start))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EINVAL') return from
      throw error
    }
  }

  function zeroOutside(chunk: Uint8Array, used: FlatRanges): void {
    let end = 0
    for (let i = 0; i < used.length; i += 2) {
      chunk.fill(0, end, used[i]!)
      end = used[i]! + used[i + 1]!
    }
    chunk.fill(0, end)
  }

  function compress({ slot, chunkBytes, params }: Extract<ChunkTask, { kind: 'compress' }>): ChunkResult {
    const chunk = new Uint8Array(slot.memory, slot.at, chunkBytes)
    // One output buffer and the size told ahead: zstd then works in one go, and its result is a little smaller.
    const options = { chunkSize: chunk.length + 65_536, params, pledgedSrcSize: chunk.length }
    const bytes = zlib.zstdCompressSync(chunk, options as Parameters<typeof zlib.zstdCompressSync>[1])
    if (bytes.length > chunk.length) return { kind: 'compress', length: bytes.length, bytes }
    chunk.set(bytes)
    return { kind: 'compress', length: bytes.length, bytes: undefined }
  }

  function write({ disk, offset, chunkBytes, used, digest, bytes }: Extract<ChunkTask, { kind: 'write' }>): ChunkResult {
    own ??= newOwnSlots(1, chunkBytes)[0]!
    const chunk = new Uint8Array(own.memory, own.at, chunkBytes)
    // Bytes that changed on the way may not even be a frame any more: that is another content, not a fault of this machine.
    const length = expand(bytes, chunk)
    const actualDigest = length === chunkBytes ? hash('sha256', chunk, 'hex') : `none (${length})`
    if (actualDigest !== digest) return { kind: 'write', actualDigest, bytesWritten: 0 }
    let bytesWritten = 0
    for (let i = 0; i < used.length; i += 2) {
      writeRange(disk, chunk, used[i]!, used[i]! + used[i + 1]!, offset)
      bytesWritten += used[i + 1]!
    }
    return { kind: 'write', actualDigest, bytesWritten }
  }

  function writeRange({ fd, directFd }: DiskFds, chunk: Uint8Array, from: number, to: number, offset: number): void {
    const isDirect = to - from >= DIRECT_WRITE_BYTES && from % PAGE_BYTES === 0 && to % PAGE_BYTES === 0
    const done = isDirect && directFd !== undefined ? writeDirect(directFd, chunk, from, to, offset) : from
    for (let at = done; at < to; ) at += writeSync(fd, chunk, at, to - at, offset + at)
  }

  function writeDirect(fd: number, chunk: Uint8Array, from: number, to: number, offset: number): number {
    try {
      return from + writeSync(fd, chunk, from, to - from, offset + from)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EINVAL') return from
      throw error
    }
  }

  parentPort!.on('message', (task: ChunkTask) => {
    try {
      parentPort!.postMessage(perform(task))
    } catch (error) {
      const failure = error as NodeJS.ErrnoException
      parentPort!.postMessage({ kind: 'failed', code: failure.code, message: failure.message } satisfies ChunkResult)
    }
  })
}
