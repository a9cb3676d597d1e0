// Reads and digests the chunks of a capture and sends those that the store lacks. Touches disk and network through what it is given.

import type { ChunkFrame } from '../../imaging/chunk-frames.ts'
import type { ChunkSpan } from '../../imaging/chunk-grid.ts'
import { CHUNK_BYTES } from '../../imaging/chunk-grid.ts'
import { totalBytes } from '../../imaging/extents.ts'
import type { ChunkClient } from './chunk-client.ts'
import type { FlatRanges } from './chunk-worker.ts'
import type { ChunkWorkers } from './chunk-workers.ts'
import { type DiskFds, withDirect } from './direct-disk.ts'
import { runLanes, windowsOf } from './lanes.ts'
import { LaneSlots, type Slot } from './slots.ts'
import type { TransferMeter } from './transfer-meter.ts'
import { LANE_LIMITS } from './wall.ts'
import { zstdParamsOf } from './zstd-level.ts'

/** Chunks that are read before the store is asked about them; each lane keeps them in memory until they are sent. */
const WINDOW_CHUNKS = 16

export interface SendDeps {
  readonly fd: number
  readonly workers: ChunkWorkers
  readonly client: ChunkClient
  readonly meter: TransferMeter
  readonly signal: AbortSignal
  /** Digests that the store is known to have: no question is asked for them. */
  readonly stored?: ReadonlySet<string>
}

interface Sending extends SendDeps {
  readonly disk: DiskFds
}

/** One digest for each span. What the store has already is not sent, so a capture that was cut off goes on by itself. */
export function sendChunks(spans: readonly ChunkSpan[], deps: SendDeps): Promise<string[]> {
  return withDirect(deps.fd, 'read', (disk) => sendFrom(spans, { ...deps, disk }))
}

async function sendFrom(spans: readonly ChunkSpan[], deps: Sending): Promise<string[]> {
  const digests: string[] = new Array(spans.length)
  const slots = new LaneSlots(WINDOW_CHUNKS, CHUNK_BYTES)
  /** Asked about already. */
  const settled = new Set(deps.stored)

  deps.meter.watch(deps.workers)
  const lanes = { most: LANE_LIMITS.most, wanted: () => deps.meter.effort.lanes }
  await runLanes(windowsOf(spans, WINDOW_CHUNKS), lanes, async ({ first, items }, lane) => {
    deps.signal.throwIfAborted()
    const own = slots.of(lane)
    const read = await Promise.all(items.map((span, position) => readChunk(span, own[position]!, deps)))
    const bySlot = new Map<string, Slot>()
    for (const [position, digest] of read.entries()) {
      digests[first + position] = digest
      if (!settled.has(digest)) bySlot.set(digest, own[position]!)
    }
    const missing = bySlot.size === 0 ? [] : await deps.client.missing([...bySlot.keys()])
    for (const digest of bySlot.keys()) settled.add(digest)
    if (missing.length > 0) {
      const frames = await Promise.all(missing.map((digest) => compressChunk(digest, bySlot.get(digest)!, deps)))
      deps.meter.count('bytesSent', await deps.client.send(frames))
    }
    deps.meter.advance(items.reduce((sum, span) => sum + totalBytes(span.used), 0))
  })
  return digests
}

async function readChunk(span: ChunkSpan, slot: Slot, { disk, workers, meter }: Sending): Promise<string> {
  const place = { slot, chunkBytes: CHUNK_BYTES, offset: span.offset, used: flatRanges(span) }
  const { digest, bytesRead } = await workers.run<'read'>({ kind: 'read', disk, ...place })
  meter.count('bytesRead', bytesRead)
  return digest
}

async function compressChunk(digest: string, slot: Slot, { workers, meter }: SendDeps): Promise<ChunkFrame> {
  const { length, bytes } = await workers.run<'compress'>({
    kind: 'compress',
    slot,
    chunkBytes: CHUNK_BYTES,
    params: zstdParamsOf(meter.effort.level),
  })
  return { digest, bytes: bytes ?? new Uint8Array(slot.memory, slot.at, length) }
}

export function flatRanges(span: ChunkSpan): FlatRanges {
  return span.used.flatMap(({ offset, length }) => [offset, length])
}
