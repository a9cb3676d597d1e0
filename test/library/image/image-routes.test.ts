import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Manifest } from '../../../src/contract/image.ts'
import type { VersionCheck, VersionCheckStatus } from '../../../src/contract/image-care.ts'
import { CHUNK_STREAM_TYPE, encodeFrameHeader } from '../../../src/imaging/chunk-frames.ts'
import { CHUNK_BYTES } from '../../../src/imaging/chunk-grid.ts'
import { decodeManifest, encodeManifest } from '../../../src/imaging/manifest-codec.ts'
import { type ImageAppliance, imageAppliance } from '../../fakes/image-appliance.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'
import { chunkOf } from '../../suites/chunk-store-suite.ts'

/** Two headers of four bytes, one section's digest, length and checksum. */
const ONE_SECTION_SEAL_BYTES = 8 + 32 + 8

const one = chunkOf('one')
const two = chunkOf('two')

let directory: string
let appliance: ImageAppliance

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-images-'))
  appliance = await imageAppliance({ dataDir: directory })
})
afterEach(async () => {
  await appliance.close()
  await rm(directory, { recursive: true, force: true })
})

const upload = (body: Buffer, lease = 'lease') =>
  appliance.app.inject({
    method: 'POST',
    url: `/agent/v1/jobs/job-1/chunks?leaseId=${lease}`,
    headers: { 'content-type': CHUNK_STREAM_TYPE },
    body,
  })
const frames = (...chunks: readonly (typeof one)[]) =>
  Buffer.concat(chunks.flatMap(({ digest, bytes }) => [encodeFrameHeader(digest, bytes.length), bytes]))
const publish = (manifest: Manifest, job = 'job-1', lease = 'lease') =>
  appliance.app.inject({
    method: 'POST',
    url: `/agent/v1/jobs/${job}/manifest?leaseId=${lease}`,
    headers: { 'content-type': 'application/zstd' },
    body: zstdCompressSync(encodeManifest(manifest)),
  })

describe('agent routes', () => {
  it('take chunks, tell which lack, give them back', async () => {
    const missing = async () =>
      (
        await appliance.app.inject({
          method: 'POST',
          url: '/agent/v1/chunks/missing',
          body: { digests: [one.digest, two.digest, one.digest] },
        })
      ).json()
    expect(await missing()).toEqual({ missing: [one.digest, two.digest] })
    expect((await upload(frames(one))).json()).toEqual({ stored: 1 })
    expect(await missing()).toEqual({ missing: [two.digest] })

    const answer = await appliance.app.inject({ method: 'POST', url: '/agent/v1/chunks/fetch', body: { digests: [one.digest] } })
    expect(answer.rawPayload.equals(frames(one))).toBe(true)
  })

  it('refuse a chunk whose content is another, a body that breaks off, and a lease that is lost', async () => {
    expect((await upload(frames({ ...one, bytes: two.bytes }))).json()).toMatchObject({ code: 'IMAGE_DIGEST_MISMATCH' })
    const cut = await upload(frames(one, two).subarray(0, -3))
    expect([cut.statusCode, cut.json().code]).toEqual([400, 'IMAGE_CHUNK_STREAM_INVALID'])
    expect((await upload(frames(two), 'old')).json()).toMatchObject({ code: 'JOB_LEASE_LOST' })
    expect(appliance.images.missing([one.digest, two.digest])).toEqual([two.digest])
  })

  it('publish versions from 1 on, the same job once, and never one whose chunks lack', async () => {
    const lacking = await publish(manifestOf([one.digest, two.digest]))
    expect([lacking.statusCode, lacking.json().code]).toEqual([409, 'IMAGE_MANIFEST_INCOMPLETE'])
    await upload(frames(one, two))
    const first = (await publish(manifestOf([one.digest, two.digest]))).json()
    expect(first).toMatchObject({ imageName: 'disk', version: 1 })
    expect((await publish(manifestOf([one.digest, two.digest]))).json()).toEqual(first)
    expect((await publish(manifestOf([one.digest, two.digest]), 'job-2')).json()).toMatchObject({
      version: 2,
      manifestDigest: first.manifestDigest,
    })
    expect((await publish(manifestOf([two.digest]), 'job-3', 'old')).json()).toMatchObject({ code: 'JOB_LEASE_LOST' })
  })

  it('give the manifest as it was, also after a restart', async () => {
    await upload(frames(one, two))
    await publish(manifestOf([one.digest, two.digest]))
    const before = appliance.images.list()
    await appliance.close()
    appliance = await imageAppliance({ dataDir: directory })
    expect(appliance.images.list()).toEqual(before)
    const answer = await appliance.app.inject('/agent/v1/images/disk/versions/1/manifest')
    expect(decodeManifest(zstdDecompressSync(answer.rawPayload))).toEqual(manifestOf([one.digest, two.digest]))
  })

  it('refuse what is no manifest', async () => {
    const send = (body: Buffer) =>
      appliance.app.inject({
        method: 'POST',
        url: '/agent/v1/jobs/j/manifest?leaseId=lease',
        headers: { 'content-type': 'application/zstd' },
        body,
      })
    for (const body of [Buffer.from('x'), zstdCompressSync(Buffer.from('{')), zstdCompressSync(Buffer.from('{"format":9}'))]) {
      expect((await send(body)).json()).toMatchObject({ code: 'IMAGE_MANIFEST_INVALID' })
    }
  })

  it('reserve space, and refuse early with the numbers when there is too little', async () => {
    const reserve = (usedBytes: number) =>
      appliance.app.inject({ method: 'POST', url: '/agent/v1/jobs/job-1/reservation', body: { leaseId: 'lease', usedBytes } })
    expect((await reserve(1_000_000)).json()).toEqual({ reserved: true })
    const full = await reserve(Number.MAX_SAFE_INTEGER)
    expect([full.statusCode, full.json().code]).toEqual([507, 'IMAGE_STORE_FULL'])
    expect(full.json().message).toMatch(/may need 9007199254740991 bytes/)

    await upload(frames(one))
    await publish(manifestOf([one.digest]), 'job-1')
    await publish(manifestOf([one.digest, one.digest]), 'job-2')
    expect((await reserve(1_000_000)).json()).toEqual({ reserved: true, previous: { imageName: 'disk', version: 2 } })
  })
})

describe('operator routes', () => {
  it('list images, show one and one version, and say what is not there', async () => {
    const get = async (path: string) => (await appliance.app.inject(`/api/v1${path}`)).json()
    expect(await get('/images')).toEqual({ images: [] })
    await upload(frames(one, two))
    await publish(manifestOf([one.digest, two.digest]))
    const { images } = await get('/images')
    expect(images).toMatchObject([
      { name: 'disk', versions: [{ version: 1, chunkCount: 2, usedBytes: 2 * CHUNK_BYTES, jobId: 'job-1', nodeId: 'node-1' }] },
    ])
    expect(images[0].versions[0].addedBytes).toBe(one.bytes.length + two.bytes.length + 2 * ONE_SECTION_SEAL_BYTES)
    expect(await get('/images/disk')).toEqual(images[0])
    expect(await get('/images/disk/versions/1')).toEqual(images[0].versions[0])
    expect(await get('/images/other')).toMatchObject({ code: 'IMAGE_NOT_FOUND' })
    expect(await get('/images/disk/versions/7')).toMatchObject({ code: 'IMAGE_VERSION_NOT_FOUND' })
  })
})

describe('verify', () => {
  const url = '/api/v1/images/disk/versions/1/verify'
  const status = async () => (await appliance.app.inject({ url })).json<VersionCheckStatus>()
  /** What came of it, as whoever polls sees it. */
  const verify = async (): Promise<VersionCheck> => {
    const begun = await appliance.app.inject({ method: 'POST', url })
    expect(begun.statusCode).toBe(202)
    expect(begun.json()).toMatchObject({ isRunning: true })
    const { last } = await vi.waitFor(async () => {
      const now = await status()
      expect(now.isRunning).toBe(false)
      return now
    })
    expect(last?.startedAt).toBe(begun.json<VersionCheckStatus>().startedAt)
    return last!.result!
  }

  it('finds a version whole, and then what became of its chunks', async () => {
    await upload(frames(one, two))
    await publish(manifestOf([one.digest, two.digest]))
    expect(await verify()).toEqual({ imageName: 'disk', version: 1, chunkCount: 2, damaged: [], signatures: [] })

    const path = (digest: string) => join(directory, 'chunks', digest.slice(0, 2), `${digest}.zst`)
    const bytes = await readFile(path(one.digest))
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(path(one.digest), bytes)
    await rm(path(two.digest))
    const { damaged } = await verify()
    expect(new Map(damaged.map(({ digest, reason }) => [digest, reason]))).toEqual(
      new Map([
        [one.digest, expect.stringContaining('is damaged')],
        [two.digest, expect.stringContaining('is not in the store')],
      ]),
    )
  })

  it('brings a damaged chunk back with the next capture that has it', async () => {
    await upload(frames(one))
    await publish(manifestOf([one.digest]))
    await writeFile(join(directory, 'chunks', one.digest.slice(0, 2), `${one.digest}.zst`), 'rot')
    expect((await verify()).damaged).toHaveLength(1)
    expect((await upload(frames(one))).json()).toEqual({ stored: 1 })
    expect((await verify()).damaged).toEqual([])
  })
})
