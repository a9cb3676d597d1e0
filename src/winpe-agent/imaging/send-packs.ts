// Stored chunks that hold blocks of several chunks of a disk, put together from that disk again. Touches disk and network through what it
// is given; nothing is sent that is not what its digest says.
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import type { DiskManifest } from '../../contract/image.ts'
import { BLOCK_BYTES } from '../../imaging/block-differences.ts'
import { chunkDigest } from '../../imaging/chunk-digest.ts'
import type { ChunkSpan } from '../../imaging/chunk-grid.ts'
import { type BlockMove, movesOf } from '../../imaging/composition.ts'
import { unpackDisk } from '../../imaging/manifest-codec.ts'
import { flatRanges, type SendDeps } from './send-chunks.ts'
import { newSlots, type Slot } from './slots.ts'

const compress = promisify(zstdCompress)

/** Blocks of a lost chunk, and in which chunk of the disk they should stand. */
interface Place extends BlockMove {
  readonly span: ChunkSpan
}

export async function sendPacks(
  manifest: DiskManifest,
  lost: ReadonlySet<string>,
  deps: Pick<SendDeps, 'fd' | 'workers' | 'client' | 'meter' | 'signal'>,
): Promise<void> {
  const [slot] = newSlots(1, manifest.chunkBytes) as [Slot]
  for (const [digest, places] of placesOfLost(manifest, lost)) {
    deps.signal.throwIfAborted()
    const content = await contentOf(places, slot, manifest.chunkBytes, deps)
    if (chunkDigest(content) !== digest) continue
    deps.meter.count('bytesSent', await deps.client.send([{ digest, bytes: await compress(content) }]))
  }
}

function placesOfLost(manifest: DiskManifest, lost: ReadonlySet<string>): Map<string, Place[]> {
  const { spans, composed } = unpackDisk(manifest)
  const places = [...composed].flatMap(([position, composition]) =>
    composition.chunks.some((chunk) => lost.has(chunk))
      ? movesOf(composition).map((move): Place => ({ ...move, span: spans[position]! }))
      : [],
  )
  const byChunk = Map.groupBy(places, ({ chunk = '' }) => chunk)
  return new Map([...byChunk].filter(([chunk]) => lost.has(chunk)))
}

async function contentOf(
  places: readonly Place[],
  slot: Slot,
  chunkBytes: number,
  { fd, workers, meter }: Pick<SendDeps, 'fd' | 'workers' | 'meter'>,
): Promise<Buffer> {
  const content = Buffer.alloc(Math.max(...places.map(({ from, count }) => from + count)) * BLOCK_BYTES)
  for (const [span, moves] of Map.groupBy(places, (place) => place.span)) {
    const { bytesRead } = await workers.run<'read'>({
      kind: 'read',
      disk: { fd, directFd: undefined },
      slot,
      chunkBytes,
      offset: span.offset,
      used: flatRanges(span),
    })
    meter.count('bytesRead', bytesRead)
    for (const { from, to, count } of moves)
      content.set(new Uint8Array(slot.memory, slot.at + to * BLOCK_BYTES, count * BLOCK_BYTES), from * BLOCK_BYTES)
  }
  return content
}
