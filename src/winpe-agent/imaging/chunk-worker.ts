// What a worker thread does: reads, digests, compresses, checks and writes chunks. Touches the disk and its processor.
// The agent is one file, so the thread is started from the text of these functions: nothing outside of them may be used inside.
import type { createBlockDifferences } from '../../imaging/block-differences.ts'
import type { createChunkDigester } from '../../imaging/chunk-digest.ts'
import type { createBlockMover } from '../../imaging/composition.ts'
import type { Compress, createCompressor, createExpander, ZstdParams } from '../../imaging/zstd-rooms.ts'
import type { ChunkReply, ChunkResult, ChunkTask, FlatRanges } from './chunk-task.ts'
import type { createDiskRanges } from './disk-ranges.ts'
import type { createSectionRanges } from './section-ranges.ts'
import type { newSlots } from './slots.ts'

type TaskOf<K extends ChunkTask['kind']> = Extract<ChunkTask, { kind: K }>

interface Outside {
  readonly SECTION_BYTES: number
  readonly DIGEST_BYTES: number
  readonly BLOCK_BYTES: number
  readonly BLOCK_DIGEST_BYTES: number
  readonly WHOLE_CHUNK: number
  readonly createChunkDigester: typeof createChunkDigester
  readonly createBlockDifferences: typeof createBlockDifferences
  readonly createBlockMover: typeof createBlockMover
  readonly createExpander: typeof createExpander
  readonly createCompressor: typeof createCompressor
  readonly createDiskRanges: typeof createDiskRanges
  readonly createSectionRanges: typeof createSectionRanges
  readonly newSlots: typeof newSlots
}

export function chunkWorkerMain(outside: Outside): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  const { SECTION_BYTES, DIGEST_BYTES, BLOCK_BYTES } = outside
  const digestsOf = outside.createChunkDigester(SECTION_BYTES)
  const sectionRanges = outside.createSectionRanges(SECTION_BYTES, DIGEST_BYTES)
  const diskRanges = outside.createDiskRanges()
  const blocks = outside.createBlockDifferences(BLOCK_BYTES, outside.BLOCK_DIGEST_BYTES)
  const moveBlocks = outside.createBlockMover(BLOCK_BYTES)
  const expand = outside.createExpander()
  const compressors = new Map<string, Compress>()
  /** Longer than a chunk by what zstd adds to one that does not compress. */
  const FRAME_ROOM_BYTES = 65_536
  let own: Uint8Array | undefined
  let gathered: Uint8Array | undefined
  let diskMs = 0

  function perform(task: ChunkTask): ChunkResult {
    switch (task.kind) {
      case 'read':
        return read(task)
      case 'compress':
        return compress(task)
      case 'pack':
        return pack(task)
      case 'write':
        return write(task)
      case 'compose':
        return compose(task)
      case 'blocks':
        return { kind: 'blocks', digests: blocks.digestsOf(new Uint8Array(task.slot.memory, task.slot.at, task.chunkBytes)) }
      case 'patch':
        return patch(task)
    }
  }

  function read({ disk, slot, chunkBytes, offset, used }: TaskOf<'read'>): ChunkResult {
    const chunk = new Uint8Array(slot.memory, slot.at, chunkBytes)
    const bytesRead = atTheDisk(() => diskRanges.read(disk, chunk, used, offset))
    zeroOutside(chunk, used)
    return { kind: 'read', ...digestsOf(chunk), bytesRead }
  }

  function zeroOutside(chunk: Uint8Array, used: FlatRanges): void {
    let end = 0
    for (let i = 0; i < used.length; i += 2) {
      chunk.fill(0, end, used[i]!)
      end = used[i]! + used[i + 1]!
    }
    chunk.fill(0, end)
  }

  function compress({ slot, chunkBytes, params }: TaskOf<'compress'>): ChunkResult {
    const chunk = new Uint8Array(slot.memory, slot.at, chunkBytes)
    const room = ownRoom(chunkBytes)
    const length = compressorOf(params)(chunk, room)
    if (length > chunkBytes) return { kind: 'compress', length, bytes: room.slice(0, length) }
    chunk.set(room.subarray(0, length))
    return { kind: 'compress', length, bytes: undefined }
  }

  function pack({ parts, chunkBytes, params }: TaskOf<'pack'>): ChunkResult {
    if (gathered === undefined || gathered.length < chunkBytes) gathered = new Uint8Array(chunkBytes)
    let end = 0
    for (const { slot, blocks: places } of parts) {
      for (const place of places) {
        gathered.set(new Uint8Array(slot.memory, slot.at + place * BLOCK_BYTES, BLOCK_BYTES), end)
        end += BLOCK_BYTES
      }
    }
    const content = gathered.subarray(0, end)
    const room = ownRoom(chunkBytes)
    const length = compressorOf(params)(content, room)
    return { kind: 'pack', digest: digestsOf(content).digest, bytes: room.slice(0, length) }
  }

  function compressorOf(params: ZstdParams): Compress {
    const key = JSON.stringify(params)
    const known = compressors.get(key) ?? outside.createCompressor(params)
    compressors.set(key, known)
    return known
  }

  function write({ disk, offset, chunkBytes, used, digest, bytes, held }: TaskOf<'write'>): ChunkResult {
    const chunk = ownRoom(chunkBytes).subarray(0, chunkBytes)
    // Bytes that changed on the way may not even be a frame any more: that is another content, not a fault of this machine.
    const length = expand(bytes, chunk)
    const actual = length === chunkBytes ? digestsOf(chunk) : { digest: `none (${length})`, sections: new Uint8Array(0) }
    if (actual.digest !== digest) return { kind: 'write', actualDigest: actual.digest, bytesWritten: 0 }
    const ranges = held === undefined ? used : sectionRanges.within(used, sectionRanges.differing(actual.sections, held))
    const bytesWritten = atTheDisk(() => diskRanges.write(disk, chunk, ranges, offset))
    return { kind: 'write', actualDigest: digest, bytesWritten }
  }

  function compose({ disk, slot, offset, chunkBytes, used, digest, parts }: TaskOf<'compose'>): ChunkResult {
    const chunk = new Uint8Array(slot.memory, slot.at, chunkBytes)
    const room = ownRoom(chunkBytes).subarray(0, chunkBytes)
    chunk.fill(0)
    for (const { bytes, moves } of parts) {
      const length = expand(bytes, room)
      if (typeof length === 'string') return { kind: 'compose', actualDigest: `none (${length})`, bytesWritten: 0 }
      moveBlocks(chunk, room.subarray(0, length), moves)
    }
    const actualDigest = digestsOf(chunk).digest
    if (actualDigest !== digest) return { kind: 'compose', actualDigest, bytesWritten: 0 }
    const bytesWritten = atTheDisk(() => diskRanges.write(disk, chunk, used, offset))
    return { kind: 'compose', actualDigest, bytesWritten }
  }

  function patch(task: TaskOf<'patch'>): ChunkResult {
    const { disk, slot, offset, chunkBytes, used, digest } = task
    const bytes = task.bytes.subarray(1)
    if (task.bytes[0] === outside.WHOLE_CHUNK)
      return { ...write({ ...task, kind: 'write', bytes }), kind: 'patch' } as ChunkResult
    const chunk = new Uint8Array(slot.memory, slot.at, chunkBytes)
    const room = ownRoom(chunkBytes)
    const length = expand(bytes, room)
    const places = typeof length === 'string' ? undefined : blocks.apply(room.subarray(0, length), chunk)
    if (places === undefined) return { kind: 'patch', actualDigest: `none (${length})`, bytesWritten: 0 }
    const actualDigest = digestsOf(chunk).digest
    if (actualDigest !== digest) return { kind: 'patch', actualDigest, bytesWritten: 0 }
    const bytesWritten = atTheDisk(() => diskRanges.write(disk, chunk, sectionRanges.overlap(used, places), offset))
    return { kind: 'patch', actualDigest, bytesWritten }
  }

  function ownRoom(chunkBytes: number): Uint8Array {
    if (own === undefined || own.length < chunkBytes + FRAME_ROOM_BYTES) {
      const [{ memory, at } = { memory: new SharedArrayBuffer(0), at: 0 }] = outside.newSlots(1, chunkBytes + FRAME_ROOM_BYTES)
      own = new Uint8Array(memory, at)
    }
    return own
  }

  function atTheDisk<T>(work: () => T): T {
    const startedMs = performance.now()
    const done = work()
    diskMs += performance.now() - startedMs
    return done
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
  parentPort!.postMessage('ready')
}
