// Stored chunks that hold sections of several chunks of a disk, put together from that disk again. Touches disk and network through what it
// is given; nothing is sent that is not what its digest says.
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import type { DiskManifest } from '../../contract/image.ts'
import { chunkDigest, SECTION_BYTES } from '../../imaging/chunk-digest.ts'
import type { ChunkSpan } from '../../imaging/chunk-grid.ts'
import { movesOf } from '../../imaging/composition.ts'
import { unpackDisk } from '../../imaging/manifest-codec.ts'
import { flatRanges, type SendDeps } from './send-chunks.ts'
import { newSlots, type Slot } from './slots.ts'

const compress = promisify(zstdCompress)

/** A section of a lost chunk, and where on the disk it should stand. */
interface Place {
  readonly span: ChunkSpan
  readonly from: number
  readonly to: number
}

export async function sendSections(
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
  const places = new Map<string, Place[]>()
  const { spans, runs } = unpackDisk(manifest)
  for (const [position, own] of runs) {
    for (const { chunk, from, to, count } of movesOf(own)) {
      if (chunk === undefined || !lost.has(chunk)) continue
      const known = places.get(chunk) ?? []
      for (let index = 0; index < count; index++) known.push({ span: spans[position]!, from: from + index, to: to + index })
      places.set(chunk, known)
    }
  }
  return places
}

async function contentOf(
  places: readonly Place[],
  slot: Slot,
  chunkBytes: number,
  { fd, workers, meter }: Pick<SendDeps, 'fd' | 'workers' | 'meter'>,
): Promise<Buffer> {
  const content = Buffer.alloc((Math.max(...places.map(({ from }) => from)) + 1) * SECTION_BYTES)
  for (const [span, sections] of Map.groupBy(places, (place) => place.span)) {
    const task = {
      kind: 'read',
      disk: { fd, directFd: undefined },
      slot,
      chunkBytes,
      offset: span.offset,
      used: flatRanges(span),
    } as const
    const { bytesRead } = await workers.run<'read'>(task)
    meter.count('bytesRead', bytesRead)
    for (const { from, to } of sections)
      content.set(new Uint8Array(slot.memory, slot.at + to * SECTION_BYTES, SECTION_BYTES), from * SECTION_BYTES)
  }
  return content
}
