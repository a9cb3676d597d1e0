// A disk of a version byte for byte, from any byte on: its table, its used blocks, zeros elsewhere. Reads the store; each chunk is proven before a byte of it leaves.
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import type { Composition, DiskManifest } from '../../contract/image.ts'
import { chunkDigest } from '../../imaging/chunk-digest.ts'
import type { TargetChunk } from '../../imaging/chunk-grid.ts'
import { composeChunk } from '../../imaging/composition.ts'
import { planDeploy } from '../../imaging/deploy-plan.ts'
import type { Placed } from '../../imaging/gpt.ts'
import type { ImageStoreService } from './image-service.ts'

const decompress = promisify(zstdDecompress)
/** The largest chunk of any grid. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024

type Store = Pick<ImageStoreService, 'getChunk'>

export interface DiskRange {
  readonly from: number
  /** The first byte behind it. */
  readonly to: number
}

/** A disk of a version, chunk by chunk. */
export interface DiskReader {
  readonly sizeBytes: number
  readonly chunkBytes: number
  /** The chunk that begins at start, a multiple of chunkBytes; behind the end of the disk it is zeros. Nobody writes into it. Throws as diskBytes does. */
  chunkAt(start: number): Promise<Buffer>
}

/** The plan of the disk is made once: whoever reads many ranges keeps it. */
export function openDiskReader(disk: DiskManifest, store: Store): DiskReader {
  const { sizeBytes, sectorBytes, chunkBytes } = disk
  const plan = planDeploy(disk, { sizeBytes, sectorBytes }, { keepSizes: true })
  const chunks = new Map(plan.chunks.map((chunk) => [chunk.offset, chunk]))
  const zeros = Buffer.alloc(chunkBytes)
  return {
    sizeBytes,
    chunkBytes,
    async chunkAt(start) {
      const chunk = chunks.get(start)
      const content = chunk === undefined ? zeros : await contentOf(chunk, store)
      return withWrites(content, start, plan.tableWrites)
    },
  }
}

/** Pieces of at most a chunk. Throws IMAGE_CHUNK_NOT_FOUND, IMAGE_CHUNK_CORRUPT, IMAGE_DIGEST_MISMATCH where something lacks: what came before is right. */
export async function* diskBytes(disk: DiskManifest, range: DiskRange, store: Store): AsyncGenerator<Buffer> {
  yield* readRange(openDiskReader(disk, store), range)
}

/** As diskBytes. */
export async function* readRange({ chunkBytes, chunkAt }: DiskReader, { from, to }: DiskRange): AsyncGenerator<Buffer> {
  for (let at = from; at < to; ) {
    const start = at - (at % chunkBytes)
    const end = Math.min(start + chunkBytes, to)
    yield (await chunkAt(start)).subarray(at - start, end - start)
    at = end
  }
}

async function contentOf(chunk: TargetChunk, store: Store): Promise<Buffer> {
  const bytes = chunk.composition === undefined ? await expanded(chunk.digest, store) : await composed(chunk.composition, store)
  if (chunkDigest(bytes) === chunk.digest) return bytes
  throw new AppError(
    'IMAGE_DIGEST_MISMATCH',
    `chunk ${chunk.digest} (byte ${chunk.offset} of the disk) has other content than its digest says`,
    'Check the store with `platen image verify`.',
  )
}

async function composed(composition: Composition, store: Store): Promise<Buffer> {
  const stored = new Map<string, Buffer>()
  for (const digest of composition.chunks) stored.set(digest, await expanded(digest, store))
  return composeChunk(composition, (digest) => stored.get(digest)!)
}

async function expanded(digest: string, store: Store): Promise<Buffer> {
  return decompress(await store.getChunk(digest), { maxOutputLength: MAX_CHUNK_BYTES })
}

/** The table over what stands there; the content itself is not touched. */
function withWrites(content: Buffer, start: number, writes: readonly Placed[]): Buffer {
  const here = writes.filter(({ offset, bytes }) => offset < start + content.length && offset + bytes.length > start)
  if (here.length === 0) return content
  const copy = Buffer.from(content)
  for (const { offset, bytes } of here) {
    const first = Math.max(0, start - offset)
    copy.set(bytes.subarray(first, start + content.length - offset), offset + first - start)
  }
  return copy
}
