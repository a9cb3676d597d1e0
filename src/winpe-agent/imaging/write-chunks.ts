// Brings a disk's chunks to what a plan says: reads what is there, fetches only what differs, writes it in disk order.
// Touches disk and network through what it is given.
import { AppError } from '../../contract/errors.ts'
import { CHUNK_DIFFERENCE } from '../../imaging/block-differences.ts'
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
import {
  Arrivals,
  DifferenceLuck,
  type DifferingChunk,
  orderFor,
  type PatchOrder,
  patchFor,
  type WriteOrder,
} from './write-orders.ts'

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
  readonly luck: DifferenceLuck
}

/** Gives the number of chunks that differed. */
export function writeChunks(chunks: readonly TargetChunk[], deps: WriteDeps): Promise<number> {
  return withDirect(deps.fd, 'write', (disk) =>
    writeTo(chunks, { ...deps, disk, shelf: new ChunkShelf(), luck: new DifferenceLuck() }),
  )
}

async function writeTo(chunks: readonly TargetChunk[], deps: Writing): Promise<number> {
  let differed = 0
  const slots = new LaneSlots(WINDOW_CHUNKS, deps.chunkBytes)
  deps.meter.watch(deps.workers)
  const lanes = { most: LANE_LIMITS.most, wanted: () => deps.meter.effort.lanes }
  await runLanes(windowsOf(chunks, WINDOW_CHUNKS), lanes, async ({ items }, lane) => {
    deps.signal.throwIfAborted()
    const own = slots.of(lane)
    const differing = deps.compare
      ? await differingChunks(items, own, deps)
      : items.map((chunk, position): DifferingChunk => ({ chunk, slot: own[position]! }))
    differed += differing.length
    const { patches, orders } = await ordersFor(differing, deps)
    const refused = [...(await patchChunks(patches, deps)), ...(await fetchAndWrite(orders, deps))]
    // A bit that flipped on the way: once more, all of it. A chunk that comes wrong twice is not the wire's fault.
    const again = refused.map(({ chunk, slot }) => orderFor({ chunk, slot }))
    const stillRefused = again.length === 0 ? [] : await fetchAndWrite(again, deps, true)
    if (stillRefused.length > 0) throw wrongTwice(stillRefused[0]!.chunk)
    deps.meter.advance(items.reduce((sum, chunk) => sum + totalBytes(chunk.used), 0))
  })
  return differed
}

/** Reads every chunk and gives those whose digest is not the wanted one. Uses as many slots as there are chunks. */
export async function differingChunks(
  chunks: readonly TargetChunk[],
  slots: readonly Slot[],
  { disk, chunkBytes, workers, meter }: Pick<Writing, 'disk' | 'chunkBytes' | 'workers' | 'meter'>,
): Promise<DifferingChunk[]> {
  const read = await Promise.all(
    chunks.map(async (chunk, position) => {
      const slot = slots[position]!
      const place = { slot, chunkBytes, offset: chunk.offset, used: flatRanges(chunk) }
      const { digest, sections, bytesRead } = await workers.run<'read'>({ kind: 'read', disk, ...place })
      meter.count('bytesRead', bytesRead)
      return { digest, differing: { chunk, slot, held: sections } }
    }),
  )
  return read.flatMap(({ digest, differing }) => (digest === differing.chunk.digest ? [] : differing))
}

interface Orders {
  readonly patches: readonly PatchOrder[]
  readonly orders: readonly WriteOrder[]
}

/** What the disk holds of each chunk says how the chunk comes. */
async function ordersFor(differing: readonly DifferingChunk[], { client, luck }: Writing): Promise<Orders> {
  // By its sections, when asking for what differs was for nothing with others.
  const inDoubt = luck.isGood
    ? []
    : differing.flatMap(({ chunk, held }) => (held === undefined || chunk.composition !== undefined ? [] : chunk.digest))
  const sections = inDoubt.length === 0 ? new Map<string, Uint8Array>() : await client.sections([...new Set(inDoubt)])
  const patches = differing.flatMap((each) => patchFor(each, (chunk) => sections.get(chunk), luck) ?? [])
  const patched = new Set(patches.map(({ chunk }) => chunk))
  return { patches, orders: differing.flatMap((each) => (patched.has(each.chunk) ? [] : orderFor(each))) }
}

/** Gives those that did not become what their digest says; nothing of them was written. */
async function patchChunks(patches: readonly PatchOrder[], deps: Writing): Promise<PatchOrder[]> {
  const { client, disk, chunkBytes, workers, meter, shelf, luck } = deps
  if (patches.length === 0) return []
  const asked = await Promise.all(
    patches.map(async ({ chunk, slot }) => {
      const { digests } = await workers.run<'blocks'>({ kind: 'blocks', slot, chunkBytes })
      return { digest: chunk.digest, composition: chunk.composition, blocks: digests }
    }),
  )
  const refused: PatchOrder[] = []
  const writing: Promise<void>[] = []
  let position = 0
  try {
    for await (const { bytes } of client.differences(asked, (length) => shelf.take(length))) {
      const order = patches[position++]!
      meter.count('bytesReceived', bytes.length)
      luck.note(bytes[0] === CHUNK_DIFFERENCE)
      const { slot, held, chunk } = order
      const task = { disk, slot, offset: chunk.offset, chunkBytes, used: flatRanges(chunk), digest: chunk.digest, bytes, held }
      const done = workers.run<'patch'>({ kind: 'patch', ...task }).then(({ actualDigest, bytesWritten }) => {
        meter.count('bytesWritten', bytesWritten)
        if (actualDigest !== chunk.digest) refused.push(order)
        shelf.giveBack(bytes)
      })
      done.catch(() => undefined)
      writing.push(done)
    }
    await Promise.all(writing)
    return refused
  } finally {
    await Promise.allSettled(writing)
  }
}

/** Gives the orders whose chunks arrived with other content than their digest says. */
async function fetchAndWrite(orders: readonly WriteOrder[], deps: Writing, again = false): Promise<WriteOrder[]> {
  const arrivals = new Arrivals(orders, deps.shelf)
  const refused: WriteOrder[] = []
  const writing = new Set<Promise<void>>()
  const begin = (order: WriteOrder): void => {
    const done: Promise<void> = write(order, arrivals, deps).then((isRight) => {
      if (!isRight) refused.push(order)
      arrivals.end(order)
      writing.delete(done)
    })
    done.catch(() => undefined)
    writing.add(done)
  }
  try {
    for (const order of arrivals.ready) begin(order)
    for await (const { digest, bytes } of deps.client.fetch(arrivals.wanted, {
      newBytes: (length) => deps.shelf.take(length),
      again,
    })) {
      deps.meter.count('bytesReceived', bytes.length)
      for (const order of arrivals.take(digest, bytes)) begin(order)
      if (writing.size >= WRITES_IN_FLIGHT) await Promise.race(writing)
    }
    await Promise.all(writing)
    return refused
  } finally {
    await Promise.allSettled(writing)
  }
}

/** Whether its content is what its digest says; if not, nothing of it was written. */
async function write(order: WriteOrder, arrivals: Arrivals, { disk, chunkBytes, workers, meter }: Writing): Promise<boolean> {
  const { chunk, slot, held, moves } = order
  const place = { disk, chunkBytes, offset: chunk.offset, used: flatRanges(chunk), digest: chunk.digest }
  const { actualDigest, bytesWritten } =
    moves === undefined
      ? await workers.run<'write'>({ kind: 'write', ...place, bytes: arrivals.bytesOf(chunk.digest), held })
      : await workers.run<'compose'>({ kind: 'compose', ...place, slot, parts: arrivals.partsOf(order) })
  meter.count('bytesWritten', bytesWritten)
  return actualDigest === chunk.digest
}

function wrongTwice(chunk: TargetChunk): AppError {
  return new AppError(
    'IMAGE_DIGEST_MISMATCH',
    `chunk ${chunk.digest} (byte ${chunk.offset} of the disk) came with other content twice; it was not written`,
    'Test the memory of this machine and the network between it and the appliance; `platen image verify` tells whether the store is whole.',
  )
}
