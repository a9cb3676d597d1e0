// Tags, removal, retention and collection over the real service and store.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createImageService } from '../../../src/library/image/create-image-service.ts'
import type { ImageStoreService } from '../../../src/library/image/image-service.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'
import { chunkOf } from '../../suites/chunk-store-suite.ts'

let dataDir: string
let images: ImageStoreService
const used = new Set<number>()
const open = () =>
  createImageService(
    { dataDir },
    {
      now: () => '2030-01-01T00:00:00.000Z',
      use: {
        useOf: (_, version) => (used.has(version) ? 'node-1 runs it' : undefined),
        nodesWith: (_, version) => [`node-${version}`],
      },
    },
  )

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'platen-life-'))
  images = open()
  used.clear()
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const origin = (jobId: string) => ({ jobId, nodeId: 'node-1', imageName: 'disk' })
const digestOf = (text: string) => chunkOf(text).digest

/** A whole capture of a disk whose chunks hold the texts. */
async function capture(jobId: string, ...texts: string[]) {
  await images.reserve(origin(jobId), 1000)
  for (const digest of images.missing(texts.map(digestOf))) {
    await images.putChunk(jobId, digest, chunkOf(texts.find((text) => digestOf(text) === digest)!).bytes)
  }
  return images.publish(origin(jobId), manifestOf(texts.map(digestOf)))
}

it('moves tags, and knows them after a restart', async () => {
  await capture('job-1', 'one')
  await capture('job-2', 'two')
  await images.tag('disk', 'stable', 1)
  await images.tag('disk', 'canary', 2)
  await images.tag('disk', 'stable', 2)
  images = open()
  expect(images.list()[0]!.versions.map(({ tags }) => tags)).toEqual([[], ['canary', 'stable']])
  await images.tag('disk', 'stable', undefined)
  expect(images.find('disk', 2).tags).toEqual(['canary'])
  await expect(images.tag('disk', 'stable', 9)).rejects.toMatchObject({ code: 'IMAGE_VERSION_NOT_FOUND' })
})

it('removes a version that nobody needs, never gives its number again, and frees what only it had', async () => {
  await capture('job-1', 'shared', 'first')
  await capture('job-2', 'shared', 'second')
  await images.tag('disk', 'stable', 1)
  await expect(images.remove('disk', 1)).rejects.toMatchObject({
    code: 'IMAGE_VERSION_IN_USE',
    message: expect.stringMatching(/stable/),
  })
  await images.tag('disk', 'stable', undefined)
  used.add(1)
  await expect(images.remove('disk', 1)).rejects.toMatchObject({ message: expect.stringMatching(/node-1 runs it/) })
  used.clear()

  await images.remove('disk', 2)
  images = open()
  expect(images.list()[0]!.versions.map(({ version }) => version)).toEqual([1])
  expect(await images.collect()).toMatchObject({ keptChunks: 2, removedChunks: 1 })
  expect(images.missing(['shared', 'first', 'second'].map(digestOf))).toEqual([digestOf('second')])
  expect((await images.verify('disk', 1)).damaged).toEqual([])
  expect((await capture('job-3', 'third')).version).toBe(3)
})

it('prunes by policy, or only says what it would', async () => {
  for (const [index, text] of ['a', 'b', 'c', 'd'].entries()) await capture(`job-${index}`, text)
  const dry = await images.prune('disk', { keepLast: 2, dryRun: true })
  expect(dry.removed).toEqual([2, 1])
  expect(images.list()[0]!.versions).toHaveLength(4)
  await images.prune('disk', { keepLast: 2, dryRun: false })
  expect(images.list()[0]!.versions.map(({ version }) => version)).toEqual([3, 4])
})

it('keeps what a running capture was told is there, and frees it when the capture ended without a version', async () => {
  await capture('job-1', 'base')
  await capture('job-2', 'old')
  await images.remove('disk', 2)
  await images.reserve(origin('job-3'), 1000)
  expect(images.missing([digestOf('old')])).toEqual([])
  await images.putChunk('job-3', digestOf('new'), chunkOf('new').bytes)
  expect(await images.collect()).toMatchObject({ removedChunks: 0, keptChunks: 3 })
  images.release('job-3')
  expect(await images.collect()).toMatchObject({ removedChunks: 2, keptChunks: 1 })
})

it('tells two versions apart by partition', async () => {
  await capture('job-1', 'a', 'b')
  await capture('job-2', 'a', 'c')
  expect(await images.diff('disk', 1, 2)).toMatchObject({
    sameContent: false,
    sameTable: true,
    chunkCount: 2,
    changedChunks: 1,
    partitions: [{ number: 0, change: 'kept', content: 'ext' }],
  })
  expect(await images.diff('disk', 1, 1)).toMatchObject({ sameContent: true, changedChunks: 0, changedBytes: 0 })
})

it('scrubs: finds what rotted, names the versions that it hurts and the nodes that hold them', async () => {
  await capture('job-1', 'shared', 'first')
  await capture('job-2', 'shared', 'second')
  expect(await images.scrub()).toEqual({ checkedChunks: 3, damaged: [], hurt: [] })
  const digest = digestOf('second')
  const path = join(dataDir, 'chunks', digest.slice(0, 2), `${digest}.zst`)
  const bytes = await readFile(path)
  bytes[10]! ^= 4
  await writeFile(path, bytes)
  expect(await images.scrub()).toMatchObject({
    damaged: [{ digest }],
    hurt: [{ imageName: 'disk', version: 2, chunks: 1, heldBy: ['node-2'] }],
  })
  // Set aside: what is hurt is still known, and the next capture heals it.
  expect(await images.scrub()).toMatchObject({ checkedChunks: 2, damaged: [], hurt: [{ version: 2 }] })
  await capture('job-3', 'shared', 'second')
  expect((await images.scrub()).hurt).toEqual([])
})
