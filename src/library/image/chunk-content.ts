// What is made of the content of stored chunks: put together, digested, compared. Reads the store; the work is done in its threads.
import type { Composition } from '../../contract/image.ts'
import { CHUNK_DIFFERENCE, WHOLE_CHUNK } from '../../imaging/block-differences.ts'
import { ChunkShelf } from '../../imaging/chunk-shelf.ts'
import { blockCountOf, movesOf } from '../../imaging/composition.ts'
import { corruptChunk } from './chunk-file.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { ContentPart, StoreResult, StoreTask } from './store-worker.ts'
import { StoreWorkers } from './store-workers.ts'

/** All throw what ChunkStore.get throws, and IMAGE_MANIFEST_INVALID for a composition that is none. */
export interface ChunkContent {
  /** Digests of the blocks of a stored chunk: src/imaging/block-differences.ts. */
  blocksOf(digest: string): Promise<Uint8Array>
  /** The digest of what a composition makes. */
  digestOf(composition: Composition): Promise<string>
  /**
   * What of a chunk somebody lacks whose blocks have the digests `held`: one byte that says what follows, then that.
   * Without a composition the chunk is stored as one.
   */
  differenceOf(digest: string, composition: Composition | undefined, held: Uint8Array): Promise<Uint8Array>
}

type Work<K extends StoreTask['kind']> = Extract<StoreTask, { kind: K }>

export function createChunkContent(chunks: Pick<ChunkStore, 'get'>): ChunkContent {
  const workers = new StoreWorkers()
  const shelf = new ChunkShelf()

  async function withParts<T>(
    digest: string,
    composition: Composition | undefined,
    work: (parts: readonly ContentPart[]) => Promise<T>,
  ): Promise<T> {
    const moves = composition === undefined ? undefined : movesOf(composition)
    const places: Uint8Array[] = []
    try {
      const parts: ContentPart[] = []
      for (const source of composition?.chunks ?? [digest]) {
        const place = shelf.take()
        places.push(place)
        const bytes = await chunks.get(source, { place })
        parts.push({ bytes, moves: moves?.filter(({ chunk }) => chunk === source) })
      }
      return await work(parts)
    } finally {
      for (const place of places) shelf.giveBack(place)
    }
  }

  return {
    blocksOf: (digest) =>
      withParts(digest, undefined, async ([part]) => {
        const { digests } = await run(workers, digest, { kind: 'blocks', parts: [part!], blockCount: undefined })
        return digests
      }),

    digestOf: (composition) =>
      withParts('', composition, async (parts) => {
        const blockCount = blockCountOf(composition)
        return (await run(workers, composition.chunks.join(', '), { kind: 'digest', parts, blockCount })).digest
      }),

    differenceOf: (digest, composition, held) =>
      withParts(digest, composition, async (parts) => {
        const blockCount = composition === undefined ? undefined : blockCountOf(composition)
        const { difference, whole } = await run(workers, digest, { kind: 'difference', parts, blockCount, held })
        return difference === undefined
          ? Buffer.concat([Buffer.of(WHOLE_CHUNK), whole ?? parts[0]!.bytes])
          : Buffer.concat([Buffer.of(CHUNK_DIFFERENCE), difference])
      }),
  }
}

/** Throws IMAGE_CHUNK_CORRUPT when a stored chunk does not expand. */
async function run<K extends 'blocks' | 'digest' | 'difference'>(
  workers: StoreWorkers,
  digest: string,
  task: Work<K>,
): Promise<Extract<StoreResult, { kind: K }>> {
  const result = await workers.run(task)
  if (result.kind === 'refused') throw corruptChunk(digest, result.reason)
  if (result.kind === 'failed') throw new Error(result.message)
  return result as Extract<StoreResult, { kind: K }>
}
