// Collection, removal and captures in every order that a scheduler can think of: no version ever lacks a chunk, and in the end the store
// holds what versions name and nothing else.
import { hash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { storedChunksOf } from '../../../src/imaging/manifest-codec.ts'
import { createImageService } from '../../../src/library/image/create-image-service.ts'
import type { ImageStoreService } from '../../../src/library/image/image-service.ts'
import { MemoryChunkStore } from '../../fakes/memory-chunk-store.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'
import { StateFolder } from '../../fakes/state-folder.ts'

const digestOf = (content: number) => hash('sha256', `content ${content}`, 'hex')
/** More often a chunk does not vanish between question and manifest; the agent gives up after so many. */
const PUBLISH_ATTEMPTS = 3

type Act =
  | { readonly kind: 'capture'; readonly contents: readonly number[]; readonly givesUp: boolean }
  | { readonly kind: 'collect' }
  | { readonly kind: 'remove'; readonly version: number }
  | { readonly kind: 'prune'; readonly keepLast: number }

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('capture' as const),
      contents: fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 5 }),
      givesUp: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'collect' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), version: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const), keepLast: fc.integer({ min: 1, max: 3 }) }) },
)

it('no version lacks a chunk while captures, collections and removals meet, and nothing is left over', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 8 }), fc.scheduler(), async (acts, scheduler) => {
      const folder = new StateFolder()
      const store = new MemoryChunkStore((label) => scheduler.schedule(Promise.resolve(), label))
      const images = createImageService({ dataDir: folder.path }, { now: () => '2030-01-01T00:00:00.000Z', chunks: store })
      try {
        const ends = Promise.all(acts.map((one, index) => perform(one, `job-${index}`, images)))
        await scheduler.waitFor(ends)
        await expectWhole(images, store)
        await scheduler.waitFor(images.collect())
        expect([...store.digests].sort()).toEqual((await expectWhole(images, store)).sort())
      } finally {
        folder[Symbol.dispose]()
      }
    }),
    { numRuns: 60 },
  )
})

async function perform(one: Act, jobId: string, images: ImageStoreService): Promise<void> {
  switch (one.kind) {
    case 'capture':
      return capture(one, jobId, images)
    case 'collect':
      await images.collect()
      return
    case 'remove':
      return images.remove('disk', one.version).catch(ignoreMissing)
    case 'prune':
      await images.prune('disk', { keepLast: one.keepLast, dryRun: false }).catch(ignoreMissing)
  }
}

async function capture({ contents, givesUp }: Extract<Act, { kind: 'capture' }>, jobId: string, images: ImageStoreService) {
  const digests = contents.map(digestOf)
  const origin = { jobId, imageName: 'disk' }
  await images.reserve(origin, 1)
  for (let attempt = 1; ; attempt++) {
    for (const digest of images.missing(digests)) await images.putChunk(jobId, digest, Buffer.of(1))
    if (givesUp) return images.release(jobId)
    try {
      await images.publish(origin, manifestOf(digests))
      return
    } catch (error) {
      const mayRetry = error instanceof AppError && error.code === 'IMAGE_MANIFEST_INCOMPLETE' && attempt < PUBLISH_ATTEMPTS
      if (!mayRetry) throw error
    }
  }
}

/** Gives every digest that a version names. */
async function expectWhole(images: ImageStoreService, store: MemoryChunkStore): Promise<string[]> {
  const named = new Set<string>()
  for (const { versions } of images.list()) {
    for (const { version } of versions) {
      for (const digest of storedChunksOf(await images.manifest('disk', version))) named.add(digest)
    }
  }
  for (const digest of named) expect(store.has(digest), digest).toBe(true)
  return [...named]
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof AppError) || !/^IMAGE_(VERSION_)?NOT_FOUND$/.test(error.code)) throw error
}
