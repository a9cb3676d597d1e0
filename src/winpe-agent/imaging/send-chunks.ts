// Reads and digests the chunks of a capture and sends those that the store lacks. Touches disk and network through what it is given.
import type { Composition } from '../../contract/image.ts'
import { BLOCK_BYTES } from '../../imaging/block-differences.ts'
import type { StoredDisk } from '../../imaging/capture-plan.ts'
import { type ChangedChunk, compareChunk, composeChanged, packsOf } from '../../imaging/changed-chunk.ts'
import type { ChunkFrame } from '../../imaging/chunk-frames.ts'
import { CHUNK_BYTES, type ChunkSpan } from '../../imaging/chunk-grid.ts'
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
import { DifferenceLuck, holdsMost } from './write-orders.ts'
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
  readonly composed: Map<string, Composition>
  readonly luck: DifferenceLuck
}

/** A chunk of the disk, in memory. */
interface ReadChunk {
  readonly span: ChunkSpan
  readonly slot: Slot
  readonly digest: string
  readonly sections: Uint8Array
}

/** A chunk that changed in part, and what of it. */
interface Changed extends ChangedChunk {
  readonly chunk: ReadChunk
}

/** One digest for each span. What the store has already is not sent, so a capture that was cut off goes on by itself. */
export function sendChunks(spans: readonly ChunkSpan[], deps: SendDeps): Promise<StoredDisk> {
  return withDirect(deps.fd, 'read', (disk) =>
    sendFrom(spans, { ...deps, disk, composed: new Map(deps.previous?.composed), luck: new DifferenceLuck() }),
  )
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
    const changed = await changedOf(lacking, deps)
    const isChanged = new Set(changed.map(({ chunk }) => chunk))
    const whole = lacking.filter((chunk) => !isChanged.has(chunk))
    const frames = [
      ...(await packChanged(changed, deps)),
      ...(await Promise.all(whole.map((chunk) => compressChunk(chunk, deps)))),
    ]
    if (frames.length > 0) deps.meter.count('bytesSent', await deps.client.send(frames))
    deps.meter.advance(items.reduce((sum, span) => sum + totalBytes(span.used), 0))
  })
  const composed = digests.flatMap((digest, position) => {
    const composition = deps.composed.get(digest)
    return composition === undefined ? [] : { position, ...composition }
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

/** Those of them that are mostly what stood in their place before. */
async function changedOf(lacking: readonly ReadChunk[], deps: Sending): Promise<Changed[]> {
  const { client, previous, workers, luck } = deps
  const asked = await worthAsking(lacking, deps)
  const before = new Map(asked.map((chunk) => [chunk, previous!.at.get(chunk.span.index)!]))
  const sources = [...new Set([...before.values()].flatMap(({ chunks }) => chunks))]
  const blocks = sources.length === 0 ? new Map<string, Uint8Array>() : await client.blocks(sources)
  const compared = await Promise.all(
    asked.map(async (chunk) => {
      const { digests } = await workers.run<'blocks'>({ kind: 'blocks', slot: chunk.slot, chunkBytes: CHUNK_BYTES })
      const changed = compareChunk(digests, before.get(chunk)!, (source) => blocks.get(source))
      luck.note(changed !== undefined)
      return changed === undefined ? [] : { ...changed, chunk }
    }),
  )
  return compared.flat()
}

/** On a disk that was laid out anew nothing is what stood there before: then only sections are compared, which costs nothing. */
async function worthAsking(lacking: readonly ReadChunk[], { client, previous, luck }: Sending): Promise<readonly ReadChunk[]> {
  const known = lacking.filter(({ span }) => previous?.at.has(span.index) === true)
  if (luck.isGood || known.length === 0) return known
  const sourcesOf = ({ span }: ReadChunk): readonly string[] => previous?.at.get(span.index)?.chunks ?? []
  const sections = await client.sections([...new Set(known.flatMap(sourcesOf))])
  return known.filter((chunk) => sourcesOf(chunk).some((source) => holdsMost(chunk.sections, sections.get(source))))
}

/** Stores the new blocks of these chunks together. What a capture that was cut off has sent is there already. */
async function packChanged(changed: readonly Changed[], { workers, client, meter, composed }: Sending): Promise<ChunkFrame[]> {
  const params = zstdParamsOf(meter.effort.level)
  for (const one of changed) if (one.added.length === 0) composed.set(one.chunk.digest, composeChanged(one))
  const packs = await Promise.all(
    packsOf(changed, CHUNK_BYTES / BLOCK_BYTES).map(async (pack) => {
      const parts = pack.map(({ chunk, added }) => ({ slot: chunk.slot, blocks: added }))
      const { digest, bytes } = await workers.run<'pack'>({ kind: 'pack', parts, chunkBytes: CHUNK_BYTES, params })
      let from = 0
      for (const one of pack) {
        composed.set(one.chunk.digest, composeChanged(one, { digest, from }))
        from += one.added.length
      }
      return { digest, bytes }
    }),
  )
  const missing = new Set(packs.length === 0 ? [] : await client.missing(packs.map(({ digest }) => digest)))
  return packs.filter(({ digest }) => missing.has(digest))
}

async function compressChunk({ digest, slot }: ReadChunk, { workers, meter }: SendDeps): Promise<ChunkFrame> {
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
