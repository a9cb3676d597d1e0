// A store on a volume that fills up: a capture ends with one clear failure, and what was there before stays whole.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ImageStoreService } from '../../src/library/image/image-service.ts'
import { sh } from '../fakes/image-disk.ts'
import { manifestOf } from '../fakes/small-manifest.ts'
import { SmallVolume } from '../fakes/small-volume.ts'
import { chunkOf, noiseChunk } from '../suites/chunk-store-suite.ts'

let volume: SmallVolume
let images: ImageStoreService

beforeAll(async () => {
  volume = await SmallVolume.mount(80)
  images = volume.openImages()
})

afterAll(() => volume?.close())

const origin = (jobId: string) => ({ jobId, nodeId: 'node-1', imageName: 'disk' })

it('refuses early, stops clean when space runs out all the same, and goes on when there is space again', async () => {
  const first = chunkOf('first')
  await images.reserve(origin('job-1'), 1_000_000)
  await images.putChunk('job-1', first.digest, first.bytes)
  await images.publish(origin('job-1'), manifestOf([first.digest]))

  await expect(images.reserve({ ...origin('job-2'), imageName: 'other' }, 500_000_000)).rejects.toMatchObject({
    code: 'IMAGE_STORE_FULL',
  })

  const failures: unknown[] = []
  const kept: string[] = []
  for (let seed = 1; seed <= 100 && failures.length < 3; seed++) {
    const { digest, bytes } = noiseChunk(seed)
    await images.putChunk('job-2', digest, bytes).then(
      () => kept.push(digest),
      (error: unknown) => failures.push(error),
    )
  }
  expect(failures).toHaveLength(3)
  for (const failure of failures) expect(failure).toMatchObject({ code: 'IMAGE_STORE_FULL' })
  expect(await sh(`find ${volume.dataDir}/chunks -name '*.tmp'`)).toBe('')
  await expect(images.publish(origin('job-2'), manifestOf([noiseChunk(99).digest]))).rejects.toMatchObject({
    code: 'IMAGE_MANIFEST_INCOMPLETE',
  })

  expect((await images.verify('disk', 1)).damaged).toEqual([])
  expect(images.missing(kept)).toEqual([])
  expect(images.list()).toHaveLength(1)

  images.release('job-2')
  expect((await images.collect()).removedChunks).toBe(kept.length)
  const { digest, bytes } = noiseChunk(500)
  await images.putChunk('job-3', digest, bytes)
  expect((await images.publish(origin('job-3'), manifestOf([digest]))).version).toBe(2)
})
