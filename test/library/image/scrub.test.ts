// What counts as damage while others work on the store.
import { expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { scrubStore } from '../../../src/library/image/scrub.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'
import { chunkOf } from '../../suites/chunk-store-suite.ts'

const [WHOLE, ROTTEN, GONE] = ['whole', 'rotten', 'gone'].map(chunkOf) as [Chunk, Chunk, Chunk]
type Chunk = ReturnType<typeof chunkOf>

/** All three are listed; by the time that they are read one is damaged, and one was collected. */
const CHUNKS = {
  async *list() {
    for (const { digest } of [WHOLE, ROTTEN, GONE]) yield { digest, sizeBytes: 1 }
  },
  has: (digest: string) => digest === WHOLE.digest,
  async get(digest: string): Promise<Uint8Array> {
    if (digest === WHOLE.digest) return WHOLE.bytes
    throw new AppError(digest === GONE.digest ? 'IMAGE_CHUNK_NOT_FOUND' : 'IMAGE_CHUNK_CORRUPT', 'no', 'no')
  },
}

const versions = () => [
  { imageName: 'web', version: 1, manifest: async () => manifestOf([WHOLE.digest]) },
  { imageName: 'web', version: 2, manifest: () => Promise.reject(new AppError('IMAGE_RECORD_DAMAGED', 'lost', 'no')) },
  { imageName: 'web', version: 3, manifest: async () => manifestOf([WHOLE.digest, ROTTEN.digest]) },
]

it('a chunk that was collected meanwhile is no damage, one that rotted is, and a lost manifest hides neither', async () => {
  const counts: number[] = []
  const run = { onChecked: (count: number) => void counts.push(count), signal: new AbortController().signal }
  expect(await scrubStore({ chunks: CHUNKS, versions, nodesWith: () => ['node-7'], run })).toEqual({
    checkedChunks: 3,
    damaged: [{ digest: ROTTEN.digest, reason: 'no' }],
    hurt: [
      { imageName: 'web', version: 2, chunks: 0, heldBy: ['node-7'], unreadable: 'lost' },
      { imageName: 'web', version: 3, chunks: 1, heldBy: ['node-7'] },
    ],
  })
  expect(counts).toEqual([1, 2, 3])
})

it('ends when it is told to', async () => {
  const run = { onChecked: () => undefined, signal: AbortSignal.abort(new Error('the appliance stops')) }
  await expect(scrubStore({ chunks: CHUNKS, versions, nodesWith: () => [], run })).rejects.toThrow('the appliance stops')
})
