// Images brought and fetched under the operator token, against a whole orchestrator; and the job that heals one.
import { zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ImageVersionView } from '../../../src/contract/image.ts'
import { CHUNK_STREAM_TYPE, encodeFrameHeader } from '../../../src/imaging/chunk-frames.ts'
import { encodeManifest } from '../../../src/imaging/manifest-codec.ts'
import { Imports } from '../../../src/library/image/imports.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'
import { chunkOf } from '../../suites/chunk-store-suite.ts'

const CHUNK = chunkOf('imported')
const MANIFEST = manifestOf([CHUNK.digest])

describe('over HTTP', () => {
  let scene: OrchestratorScene
  beforeEach(async () => {
    scene = await OrchestratorScene.open()
  })
  afterEach(() => scene[Symbol.asyncDispose]())

  const send = (path: string, type: string, payload: Buffer, token = scene.operatorToken) =>
    scene.app.inject({
      method: 'POST',
      url: `/api/v1/transfer${path}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      payload,
    })

  async function begin(): Promise<string> {
    const { status, body } = await scene.operator<{ importId: string }>('POST', '/images/web/imports')
    expect(status).toBe(201)
    return body.importId
  }

  async function bring(): Promise<string> {
    const job = `/jobs/${await begin()}`
    await scene.operator('POST', `/transfer${job}/reservation`, { leaseId: 'operator', usedBytes: 4096 })
    const frames = Buffer.concat([encodeFrameHeader(CHUNK.digest, CHUNK.bytes.length), CHUNK.bytes])
    expect((await send(`${job}/chunks?leaseId=operator`, CHUNK_STREAM_TYPE, frames)).json()).toEqual({ stored: 1 })
    const manifest = zstdCompressSync(encodeManifest(MANIFEST))
    const answer = await send(`${job}/manifest?leaseId=operator`, 'application/zstd', manifest)
    expect(answer.json()).toMatchObject({ imageName: 'web', version: 1 })
    return job
  }

  it('a version is made of chunks and a manifest, also when the appliance was restarted in between', async () => {
    const job = `/jobs/${await begin()}`
    await scene.killAndBegin()
    const frames = Buffer.concat([encodeFrameHeader(CHUNK.digest, CHUNK.bytes.length), CHUNK.bytes])
    await send(`${job}/chunks?leaseId=operator`, CHUNK_STREAM_TYPE, frames)
    await send(`${job}/manifest?leaseId=operator`, 'application/zstd', zstdCompressSync(encodeManifest(MANIFEST)))
    const { body } = await scene.operator<ImageVersionView>('GET', '/images/web/versions/1')
    expect(body).toMatchObject({ contentDigest: MANIFEST.disks[0]!.contentDigest })
    expect(body.nodeId).toBeUndefined()
  })

  it('is refused to whoever has no operator token: nobody, and agents', async () => {
    const machine = await scene.approved(1)
    for (const token of ['', 'wrong', machine.token]) {
      expect((await send('/chunks/missing', 'application/json', Buffer.from('{"digests":[]}'), token)).statusCode).toBe(401)
    }
  })

  it('an import of no image is refused', async () => {
    const { status } = await scene.operator('POST', '/transfer/jobs/NO NAME/reservation', { leaseId: 'x', usedBytes: 1 })
    expect(status).toBe(400)
    expect((await scene.operator('DELETE', `/imports/${await begin()}`)).status).toBe(204)
  })

  it('a version that was brought can be healed from a node: the step names it', async () => {
    await bring()
    const machine = await scene.approved(1)
    await scene.post({ kind: 'heal', node: machine.nodeName, image: 'web', version: 1 })
    const assignment = await machine.claim()
    const { body } = await scene.operator<ImageVersionView>('GET', '/images/web/versions/1')
    const { manifestDigest } = body
    expect(assignment?.steps).toEqual([
      { kind: 'heal', timeoutSeconds: 3600, disk: { pick: 'only' }, imageName: 'web', version: 1, manifestDigest },
    ])
  })
})

it('an import that nobody speaks of for an hour gives back what it reserved', () => {
  const released: string[] = []
  let now = 0
  const imports = new Imports({ images: { release: (id) => void released.push(id) }, nowMs: () => now })
  const [left, used] = [imports.begin('web'), imports.begin('db')]
  now = 3_500_000
  expect(imports.originOf('', used)).toEqual({ jobId: used, imageName: 'db' })
  now = 3_700_000
  imports.begin('web')
  expect(released).toEqual([left])
})
