// Space runs out at every page that a capture writes, in turn: each time one clear failure, nothing half there, what was before whole,
// and the same capture goes through once there is space.
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ImageStoreService } from '../../src/library/image/image-service.ts'
import { manifestOf } from '../fakes/small-manifest.ts'
import { SmallVolume } from '../fakes/small-volume.ts'
import { chunkOf, noiseChunk } from '../suites/chunk-store-suite.ts'

const PAGE_BYTES = 4096
/** A large chunk, so that some writes fail in their middle, and small ones. */
const LARGE = noiseChunk(1)

let volume: SmallVolume
let images: ImageStoreService

beforeAll(async () => {
  volume = await SmallVolume.mount(6)
  images = volume.openImages()
  await capture('job-0', [chunkOf('before')])
})

afterAll(() => volume?.close())

type Chunks = readonly { readonly digest: string; readonly bytes: Uint8Array }[]

async function capture(jobId: string, chunks: Chunks): Promise<number> {
  for (const { digest, bytes } of chunks) await images.putChunk(jobId, digest, Uint8Array.from(bytes))
  const { version } = await images.publish({ jobId, imageName: 'disk' }, manifestOf(chunks.map(({ digest }) => digest)))
  return version
}

const leaveFree = (pages: number) => volume.leaveFree(pages * PAGE_BYTES)

async function temporaryFiles(): Promise<string[]> {
  const files = await readdir(volume.directory, { recursive: true })
  return files.filter((file) => file.endsWith('.tmp'))
}

/** Every few pages while the large chunk is written, every page where the small files come. */
const LARGE_PAGES = Math.ceil((LARGE.bytes.length + 12) / PAGE_BYTES)
const FREE_PAGES = [0, 1, 100, LARGE_PAGES - 1, ...Array.from({ length: 8 }, (_, more) => LARGE_PAGES + more)]

it('stops clean wherever it is, and goes on', async () => {
  let succeededWith: number | undefined
  for (const pages of FREE_PAGES) {
    const jobId = `job-${pages}-pages`
    const chunks = [LARGE, chunkOf(`one ${pages}`), chunkOf(`two ${pages}`)]
    await leaveFree(pages)
    const outcome = await capture(jobId, chunks).catch((error: { code?: string }) => error)
    if (typeof outcome === 'number') succeededWith ??= pages
    else expect(outcome, `${pages} pages`).toMatchObject({ code: 'IMAGE_STORE_FULL' })

    const before = images.list()[0]!.versions.map(({ version }) => version)
    expect(before, `${pages} pages`).toEqual(typeof outcome === 'number' ? [1, outcome] : [1])
    expect(await temporaryFiles()).toEqual([])
    await volume.empty()
    // As a restart sees it: from the disk alone.
    const opened = volume.openImages()
    for (const version of before) expect((await opened.verify('disk', version)).damaged).toEqual([])

    const version = await capture(jobId, chunks)
    expect((await images.verify('disk', version)).damaged).toEqual([])
    await images.remove('disk', version)
    await images.collect()
  }
  expect(succeededWith).toBeGreaterThan(LARGE_PAGES)
})

it('keeps tags as they are when there is no room for others, and removes without room', async () => {
  const version = await capture('job-tag', [chunkOf('tagged')])
  await images.tag('disk', 'stable', 1)
  await leaveFree(0)
  await expect(images.tag('disk', 'stable', version)).rejects.toMatchObject({ code: 'IMAGE_STORE_FULL' })
  expect(images.find('disk', 1).tags).toEqual(['stable'])
  await images.remove('disk', version)
  expect((await images.collect()).removedChunks).toBe(1)
  await volume.empty()
})
