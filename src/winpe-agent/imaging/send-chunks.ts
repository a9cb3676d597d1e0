// Reads and digests the chunks of a capture and sends those that the store lacks. Touches disk and network through what it is given.
import type { SectionRun } from '../../contract/image.ts'
import type { StoredDisk } from '../../imaging/capture-plan.ts'
import type { ChunkFrame } from '../../imaging/chunk-frames.ts'
import { CHUNK_BYTES, type ChunkSpan } from '../../imaging/chunk-grid.ts'
import { chunksOfRuns, composeChunk } from '../../imaging/composition.ts'
import { totalBytes } from '../../imaging/extents.ts'
import type { ChunkClient } from './chunk-client.ts'
import type { FlatRanges } from './chunk-task.ts'
import type { ChunkWorkers } from './chunk-workers.ts'
import { type DiskFds, withDirect } from './direct-disk.ts'
import { runLanes, windowsOf } from './lanes.ts'
import type { PreviousDisk } from './previous-version.ts'
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
  /** What stood on this disk before: a chunk that changed in part is not sent as a whole. */
  readonly previous?: PreviousDisk | undefined
}

interface Sending extends SendDeps {
  readonly disk: DiskFds
  /** Found so far: chunks that are not stored as one, by their digest. */
  readonly composed: Map<string, readonly SectionRun[]>
}

/** A chunk of the disk, in memory. */
interface ReadChunk {
  readonly span: ChunkSpan
  readonly slot: Slot
  readonly digest: string
  readonly sections: Uint8Array
}

/** A chunk to store: all of what the slot holds, or these sections of it. */
interface NewChunk {
  readonly digest: string
  readonly slot: Slot
  readonly sections?: readonly number[]
}

/** One digest for each span. What the store has already is not sent, so a capture that was cut off goes on by itself. */
export function sendChunks(spans: readonly ChunkSpan[], deps: SendDeps): Promise<StoredDisk> {
  return withDirect(deps.fd, 'read', (disk) => sendFrom(spans, { ...deps, disk, composed: new Map(deps.previous?.composed) }))
}

async function sendFrom(spans: readonly ChunkSpan[], deps: Sending): Promise<StoredDisk> {
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
    for (const [position, { digest }] of read.entries()) digests[first + position] = digest
    const unknown = read.filter(({ digest }) => !settled.has(digest) && !deps.composed.has(digest))
    const lacking = await lackingOf(unknown, settled, deps)
    const added = await addedFor(lacking, deps)
    if (added.length > 0) {
      const frames = await Promise.all(added.map((chunk) => compressChunk(chunk, deps)))
      deps.meter.count('bytesSent', await deps.client.send(frames))
    }
    deps.meter.advance(items.reduce((sum, span) => sum + totalBytes(span.used), 0))
  })
  const composed = digests.flatMap((digest, position) => {
    const runs = deps.composed.get(digest)
    return runs === undefined ? [] : { position, runs: [...runs] }
  })
  return { digests, composed }
}

async function readChunk(span: ChunkSpan, slot: Slot, { disk, workers, meter }: Sending): Promise<ReadChunk> {
  const place = { slot, chunkBytes: CHUNK_BYTES, offset: span.offset, used: flatRanges(span) }
  const { digest, sections, bytesRead } = await workers.run<'read'>({ kind: 'read', disk, ...place })
  meter.count('bytesRead', bytesRead)
  return { span, slot, digest, sections }
}

/** Those that the store lacks, each content once. */
async function lackingOf(read: readonly ReadChunk[], settled: Set<string>, { client }: Sending): Promise<ReadChunk[]> {
  const byDigest = new Map(read.map((chunk) => [chunk.digest, chunk]))
  const missing = byDigest.size === 0 ? [] : await client.missing([...byDigest.keys()])
  for (const digest of byDigest.keys()) settled.add(digest)
  return missing.map((digest) => byDigest.get(digest)!)
}

/** What has to be stored for these chunks: the sections that are new in one that changed, all of one that is new. */
async function addedFor(lacking: readonly ReadChunk[], { client, previous, composed }: Sending): Promise<NewChunk[]> {
  const before = lacking.map(({ span }) => previous?.runsAt.get(span.index))
  const sources = [...new Set(before.flatMap((runs) => (runs === undefined ? [] : chunksOfRuns(runs))))]
  const sections = sources.length === 0 ? new Map<string, Uint8Array>() : await client.sections(sources)
  const whole: NewChunk[] = []
  const parts = new Map<string, NewChunk>()
  for (const [position, chunk] of lacking.entries()) {
    const runs = before[position]
    const composition = runs === undefined ? undefined : composeChunk(chunk.sections, runs, (source) => sections.get(source))
    if (composition === undefined) {
      whole.push(chunkAsOne(chunk))
      continue
    }
    composed.set(chunk.digest, composition.runs)
    if (composition.added !== undefined) parts.set(composition.added.digest, { slot: chunk.slot, ...composition.added })
  }
  // Those of a capture that was cut off are there already.
  const missing = parts.size === 0 ? [] : await client.missing([...parts.keys()])
  return [...whole, ...missing.map((digest) => parts.get(digest)!)]
}

const chunkAsOne = ({ digest, slot }: ReadChunk): NewChunk => ({ digest, slot })

async function compressChunk({ digest, slot, sections }: NewChunk, { workers, meter }: SendDeps): Promise<ChunkFrame> {
  const { length, bytes } = await workers.run<'compress'>({
    kind: 'compress',
    slot,
    chunkBytes: CHUNK_BYTES,
    params: zstdParamsOf(meter.effort.level),
    sections,
  })
  return { digest, bytes: bytes ?? new Uint8Array(slot.memory, slot.at, length) }
}

export function flatRanges(span: ChunkSpan): FlatRanges {
  return span.used.flatMap(({ offset, length }) => [offset, length])
}
