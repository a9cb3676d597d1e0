// What a worker thread does: reads, digests, compresses, checks and writes chunks. Touches the disk and its processor.
// The agent is one file, so the thread is started from the text of these functions: nothing outside of them may be used inside.
import type { createChunkDigester } from '../../imaging/chunk-digest.ts'
import type { SectionMove } from '../../imaging/composition.ts'
import type { Compress, createCompressor, createExpander, ZstdParams } from '../../imaging/zstd-rooms.ts'
import type { DiskFds } from './direct-disk.ts'
import type { newSlots, Slot } from './slots.ts'

/** Used ranges of a chunk as a flat list: offset, length, offset, length … */
export type FlatRanges = readonly number[]

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
  /**
   * Puts the compressed form in the place of the content: nothing is allocated that another thread must free.
   * With sections only those, one behind the other.
   */
  | {
      readonly kind: 'compress'
      readonly slot: Slot
      readonly chunkBytes: number
      readonly params: ZstdParams
      readonly sections?: readonly number[] | undefined
    }
  /**
   * Decompresses, checks the digest and writes the used ranges, as far as the disk does not hold them: held has the digests of its sections.
   * Nothing is written when the digest is another.
   */
  | {
      readonly kind: 'write'
      readonly disk: DiskFds
      readonly offset: number
      readonly chunkBytes: number
      readonly used: FlatRanges
      readonly digest: string
      readonly bytes: Uint8Array
      readonly held: Uint8Array | undefined
    }
  /** As write, of a chunk whose sections come out of several: what is not moved into the slot is there already. */
  | {
      readonly kind: 'compose'
      readonly disk: DiskFds
      readonly slot: Slot
      readonly offset: number
      readonly chunkBytes: number
      readonly used: FlatRanges
      readonly digest: string
      readonly parts: readonly ComposePart[]
    }

/** bytes: the stored chunk that the moves are out of; left out: they bring zeros. */
export interface ComposePart {
  readonly bytes: Uint8Array | undefined
  readonly moves: readonly SectionMove[]
}

export type ChunkResult =
  | { readonly kind: 'read'; readonly digest: string; readonly sections: Uint8Array; readonly bytesRead: number }
  /** undefined: it does not get smaller than the slot with room for the frame; bytes has it then. */
  | { readonly kind: 'compress'; readonly length: number; readonly bytes: Uint8Array | undefined }
  | { readonly kind: 'write' | 'compose'; readonly actualDigest: string; readonly bytesWritten: number }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string }

/** What a thread sends back: how it ended, and what it waited for or worked on meanwhile. */
export interface ChunkReply {
  readonly result: ChunkResult
  readonly diskMs: number
  readonly processorMs: number
}

type Sections = Pick<SectionMove, 'to' | 'count'>

interface Outside {
  readonly SECTION_BYTES: number
  readonly createChunkDigester: typeof createChunkDigester
  readonly createExpander: typeof createExpander
  readonly createCompressor: typeof createCompressor
  readonly newSlots: typeof newSlots
}

export function chunkWorkerMain(outside: Outside): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  const { readSync, writeSync } = process.getBuiltinModule('node:fs')
  const { SECTION_BYTES } = outside
  const digestsOf = outside.createChunkDigester(SECTION_BYTES)
  const expand = outside.createExpander()
  const compressors = new Map<string, Compress>()
  /** Longer than a chunk by what zstd adds to one that does not compress. */
  const FRAME_ROOM_BYTES = 65_536
  let own: Uint8Array | undefined
  let diskMs = 0
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
      case 'compose':
        return compose(task)
    }
  }

  function read({ disk, slot, chunkBytes, offset, used }: Extract<ChunkTask, { kind: 'read' }>): ChunkResult {
    const chunk = new Uint8Array(slot.memory, slot.at, chunkBytes)
    const startedMs = performance.now()
    let bytesRead = 0
    for (let i = 0; i < used.length; ) {
      const start = used[i]!
      let end = start + used[i + 1]!
      for (i += 2; i < used.length && used[i]! - end <= READ_THROUGH_BYTES; i += 2) end = used[i]! + used[i + 1]!
      readRange(disk, chunk, start, end, offset)
      bytesRead += end - start
    }
    diskMs += performance.now() - startedMs
    zeroOutside(chunk, used)
    return { kind: 'read', ...digestsOf(chunk), bytesRead }
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

  function compress({ slot, chunkBytes, params, sections }: Extract<ChunkTask, { kind: 'compress' }>): ChunkResult {
    const chunk = new Uint8Array(slot.memory, slot.at, chunkBytes)
    const room = ownRoom(chunkBytes)
    for (const [to, from] of sections?.entries() ?? [])
      chunk.copyWithin(to * SECTION_BYTES, from * SECTION_BYTES, (from + 1) * SECTION_BYTES)
    const content = sections === undefined ? chunk : chunk.subarray(0, sections.length * SECTION_BYTES)
    const length = compressorOf(params)(content, room)
    if (length > chunkBytes) return { kind: 'compress', length, bytes: room.slice(0, length) }
    chunk.set(room.subarray(0, length))
    return { kind: 'compress', length, bytes: undefined }
  }

  function compressorOf(params: ZstdParams): Compress {
    const key = JSON.stringify(params)
    const known = compressors.get(key) ?? outside.createCompressor(params)
    compressors.set(key, known)
    return known
  }

  function ownRoom(chunkBytes: number): Uint8Array {
    if (own === undefined || own.length < chunkBytes + FRAME_ROOM_BYTES) {
      const [{ memory, at } = { memory: new SharedArrayBuffer(0), at: 0 }] = outside.newSlots(1, chunkBytes + FRAME_ROOM_BYTES)
      own = new Uint8Array(memory, at)
    }
    return own
  }

  function write({ disk, offset, chunkBytes, used, digest, bytes, held }: Extract<ChunkTask, { kind: 'write' }>): ChunkResult {
    const chunk = ownRoom(chunkBytes).subarray(0, chunkBytes)
    // Bytes that changed on the way may not even be a frame any more: that is another content, not a fault of this machine.
    const length = expand(bytes, chunk)
    const actual = length === chunkBytes ? digestsOf(chunk) : { digest: `none (${length})`, sections: new Uint8Array(0) }
    if (actual.digest !== digest) return { kind: 'write', actualDigest: actual.digest, bytesWritten: 0 }
    const ranges = held === undefined ? used : within(used, differingSections(actual.sections, held))
    return { kind: 'write', actualDigest: digest, bytesWritten: writeRanges(disk, chunk, ranges, offset) }
  }

  /** Neighbours together: they are one write. */
  function differingSections(wanted: Uint8Array, held: Uint8Array): Sections[] {
    const runs: { to: number; count: number }[] = []
    for (let index = 0; index * 32 < wanted.length; index++) {
      const at = index * 32
      if (wanted.subarray(at, at + 32).every((byte, place) => byte === held[at + place])) continue
      const last = runs.at(-1)
      if (last !== undefined && last.to + last.count === index) last.count++
      else runs.push({ to: index, count: 1 })
    }
    return runs
  }

  function compose({
    disk,
    slot,
    offset,
    chunkBytes,
    used,
    digest,
    parts,
  }: Extract<ChunkTask, { kind: 'compose' }>): ChunkResult {
    const chunk = new Uint8Array(slot.memory, slot.at, chunkBytes)
    const room = ownRoom(chunkBytes).subarray(0, chunkBytes)
    for (const { bytes, moves } of parts) {
      const length = bytes === undefined ? 0 : expand(bytes, room)
      if (typeof length === 'string') return { kind: 'compose', actualDigest: `none (${length})`, bytesWritten: 0 }
      for (const { from, to, count } of moves) {
        const [start, end] = [from * SECTION_BYTES, (from + count) * SECTION_BYTES]
        if (bytes === undefined) chunk.fill(0, to * SECTION_BYTES, (to + count) * SECTION_BYTES)
        else chunk.set(room.subarray(start, Math.min(end, length)), to * SECTION_BYTES)
      }
    }
    const actualDigest = digestsOf(chunk).digest
    if (actualDigest !== digest) return { kind: 'compose', actualDigest, bytesWritten: 0 }
    const moved = parts.flatMap(({ moves }) => moves)
    return { kind: 'compose', actualDigest, bytesWritten: writeRanges(disk, chunk, within(used, moved), offset) }
  }

  /** The used ranges as far as they lie in these sections, in order. */
  function within(used: FlatRanges, sections: readonly Sections[]): FlatRanges {
    const sorted = [...sections].sort((a, b) => a.to - b.to)
    return sorted.flatMap(({ to, count }) => {
      const ranges: number[] = []
      for (let i = 0; i < used.length; i += 2) {
        const start = Math.max(used[i]!, to * SECTION_BYTES)
        const end = Math.min(used[i]! + used[i + 1]!, (to + count) * SECTION_BYTES)
        if (start < end) ranges.push(start, end - start)
      }
      return ranges
    })
  }

  function writeRanges(disk: DiskFds, chunk: Uint8Array, used: FlatRanges, offset: number): number {
    const startedMs = performance.now()
    let bytesWritten = 0
    for (let i = 0; i < used.length; i += 2) {
      writeRange(disk, chunk, used[i]!, used[i]! + used[i + 1]!, offset)
      bytesWritten += used[i + 1]!
    }
    diskMs += performance.now() - startedMs
    return bytesWritten
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

  function performSafely(task: ChunkTask): ChunkResult {
    try {
      return perform(task)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      return { kind: 'failed', code, message }
    }
  }

  parentPort!.on('message', (task: ChunkTask) => {
    const startedMs = performance.now()
    diskMs = 0
    const result = performSafely(task)
    const processorMs = performance.now() - startedMs - diskMs
    parentPort!.postMessage({ result, diskMs, processorMs } satisfies ChunkReply)
  })
}
