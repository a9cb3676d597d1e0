// Brings a disk's chunks to what a plan says: reads what is there, fetches only what differs, writes it in disk order.
// Touches disk and network through what it is given.
import { AppError } from '../../contract/errors.ts'
import type { TargetChunk } from '../../imaging/chunk-grid.ts'
import { ChunkShelf } from '../../imaging/chunk-shelf.ts'
import { totalBytes } from '../../imaging/extents.ts'
import type { ChunkClient } from './chunk-client.ts'
import type { ChunkWorkers } from './chunk-workers.ts'
import { type DiskFds, withDirect } from './direct-disk.ts'
import { runLanes, windowsOf } from './lanes.ts'
import { flatRanges } from './send-chunks.ts'
import { LaneSlots, type Slot } from './slots.ts'
import type { TransferMeter } from './transfer-meter.ts'
import { LANE_LIMITS } from './wall.ts'

const WINDOW_CHUNKS = 16
/** Chunks of one window that wait to be written while the next ones arrive. */
const WRITES_IN_FLIGHT = 4

export interface WriteDeps {
  readonly fd: number
  readonly chunkBytes: number
  readonly workers: ChunkWorkers
  readonly client: ChunkClient
  readonly meter: TransferMeter
  readonly signal: AbortSignal
  /** Whether it pays to look at what the disk holds: not on a blank one. */
  readonly compare: boolean
}

interface Writing extends WriteDeps {
  readonly disk: DiskFds
  /** What has arrived and is not written yet. */
  readonly shelf: ChunkShelf
}

/** Gives the number of chunks that were fetched. */
export function writeChunks(chunks: readonly TargetChunk[], deps: WriteDeps): Promise<number> {
  return withDirect(deps.fd, 'write', (disk) => writeTo(chunks, { ...deps, disk, shelf: new ChunkShelf() }))
}

async function writeTo(chunks: readonly TargetChunk[], deps: Writing): Promise<number> {
  let fetched = 0
  const slots = new LaneSlots(WINDOW_CHUNKS, deps.chunkBytes)
  deps.meter.watch(deps.workers)
  const lanes = { most: LANE_LIMITS.most, wanted: () => deps.meter.effort.lanes }
  await runLanes(windowsOf(chunks, WINDOW_CHUNKS), lanes, async ({ items }, lane) => {
    deps.signal.throwIfAborted()
    const differing = deps.compare ? await differingChunks(items, slots.of(lane), deps) : items
    fetched += differing.length
    const refused = await fetchAndWrite(differing, deps)
    // A bit that flipped on the way: once more. A chunk that comes wrong twice is not the wire's fault.
    const stillRefused = refused.length === 0 ? [] : await fetchAndWrite(refused, deps)
    if (stillRefused.length > 0) throw wrongTwice(stillRefused[0]!)
    deps.meter.advance(items.reduce((sum, chunk) => sum + totalBytes(chunk.used), 0))
  })
  return fetched
}

/** Reads every chunk and gives those whose digest is not the wanted one. Uses as many slots as there are chunks. */
export async function differingChunks(
  chunks: readonly TargetChunk[],
  slots: readonly Slot[],
  { disk, chunkBytes, workers, meter }: Pick<Writing, 'disk' | 'chunkBytes' | 'workers' | 'meter'>,
): Promise<TargetChunk[]> {
  const isSame = await Promise.all(
    chunks.map(async (chunk, position) => {
      const place = { slot: slots[position]!, chunkBytes, offset: chunk.offset, used: flatRanges(chunk) }
      const { digest, bytesRead } = await workers.run<'read'>({ kind: 'read', disk, ...place })
      meter.count('bytesRead', bytesRead)
      return digest === chunk.digest
    }),
  )
  return chunks.filter((_, position) => !isSame[position])
}

/** Gives the chunks that arrived with other content than their digest says. */
async function fetchAndWrite(chunks: readonly TargetChunk[], deps: Writing): Promise<TargetChunk[]> {
  const byDigest = Map.groupBy(chunks, (chunk) => chunk.digest)
  const refused: TargetChunk[] = []
  const writing = new Set<Promise<void>>()
  try {
    const fetched = deps.client.fetch([...byDigest.keys()], (length) => deps.shelf.take(length))
    for await (const { digest, bytes } of fetched) {
      deps.meter.count('bytesReceived', bytes.length)
      const writes = byDigest.get(digest)!.map((chunk) => writeChunk(chunk, bytes, deps, refused))
      const done: Promise<void> = Promise.all(writes).then(() => {
        deps.shelf.giveBack(bytes)
        writing.delete(done)
      })
      done.catch(() => undefined)
      writing.add(done)
      if (writing.size >= WRITES_IN_FLIGHT) await Promise.race(writing)
    }
    await Promise.all(writing)
    return refused
  } finally {
    await Promise.allSettled(writing)
  }
}

async function writeChunk(chunk: TargetChunk, bytes: Uint8Array, deps: Writing, refused: TargetChunk[]): Promise<void> {
  const { disk, chunkBytes, workers, meter } = deps
  const task = {
    kind: 'write',
    disk,
    chunkBytes,
    offset: chunk.offset,
    used: flatRanges(chunk),
    digest: chunk.digest,
    bytes,
  } as const
  const { actualDigest, bytesWritten } = await workers.run<'write'>(task)
  meter.count('bytesWritten', bytesWritten)
  if (actualDigest !== chunk.digest) refused.push(chunk)
}

function wrongTwice(chunk: TargetChunk): AppError {
  return new AppError(
    'IMAGE_DIGEST_MISMATCH',
    `chunk ${chunk.digest} (byte ${chunk.offset} of the disk) came with other content twice; it was not written`,
    'Test the memory of this machine and the network between it and the appliance; `platen image verify` tells whether the store is whole.',
  )
}
