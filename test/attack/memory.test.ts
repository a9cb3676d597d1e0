// "Strangers do not stop the appliance": bodies that become large, claim to be large or come often, against a whole appliance over its sockets.
import { once } from 'node:events'
import { connect } from 'node:net'
import { zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { peerDigestOf } from '../../src/access/boot-tokens.ts'
import type { Assignment } from '../../src/contract/agent-api.ts'
import { encodeExtents } from '../../src/imaging/extents-codec.ts'
import { encodeManifest } from '../../src/imaging/manifest-codec.ts'
import { ManifestReader } from '../../src/library/image/manifest-reader.ts'
import { MOST_UNDECIDED } from '../../src/orchestrator/node/undecided.ts'
import { inventoryOf, macOf } from '../fakes/inventories.ts'
import { OrchestratorScene, type SceneMachine } from '../fakes/orchestrator-scene.ts'
import { manifestOf } from '../fakes/small-manifest.ts'
import { addressOf, WireSite } from '../fakes/wire-site.ts'

const MIB = 1024 * 1024
const PEER_DIGEST = peerDigestOf('127.0.0.1')
/** What it becomes, against what it is. */
const bombs = {
  'a document of spaces': zstdCompressSync(Buffer.concat([Buffer.from('{'), Buffer.alloc(200 * MIB, ' ')])),
  'a hundred thousand arrays in each other': zstdCompressSync(Buffer.from('['.repeat(100_000))),
  'many small objects': zstdCompressSync(Buffer.from(`{"format":2,"disks":[${'{},'.repeat(MIB)}{}]}`)),
  'a huge disk in few bytes': claimed(2 ** 52),
  'nothing that decompresses': Buffer.from('no zstd at all'),
}

function claimed(diskBytes: number): Buffer {
  const manifest = manifestOf(['0'.repeat(64)])
  const [disk] = manifest.disks
  const extents = encodeExtents([{ offset: 0, length: diskBytes }])
  return zstdCompressSync(
    encodeManifest({ ...manifest, disks: [{ ...disk!, sizeBytes: diskBytes, usedBytes: diskBytes, extents }] }),
  )
}

describe('manifests of an approved machine that was taken over', () => {
  let scene: OrchestratorScene
  let machine: SceneMachine
  let assignment: Assignment
  beforeEach(async () => {
    scene = await OrchestratorScene.open()
    machine = await scene.approved(1)
    await scene.post({ kind: 'build', profile: 'tiny' })
    assignment = (await machine.claim())!
    for (let step = 0; step < assignment.steps.length - 1; step++) await machine.report(assignment, step)
  })
  afterEach(() => scene[Symbol.asyncDispose]())

  it.each(Object.entries(bombs))('%s: refused, and the next question is answered', async (_name, payload) => {
    const { statusCode, body } = await scene.app.inject({
      method: 'POST',
      url: `/agent/v1/jobs/${assignment.jobId}/manifest?leaseId=${assignment.leaseId}`,
      headers: { authorization: `Bearer ${machine.token}`, 'content-type': 'application/zstd' },
      payload,
    })
    expect([statusCode, JSON.parse(body).code]).toEqual([422, 'IMAGE_MANIFEST_INVALID'])
    expect((await machine.heartbeat(assignment, assignment.steps.length - 1)).body.order).toBe('continue')
  })
})

it('a manifest that takes more memory than its reader has ends that reader alone', async () => {
  const reader = new ManifestReader({ heapMiB: 32, timeoutMs: 60_000 })
  await expect(reader.read(bombs['many small objects'])).rejects.toMatchObject({
    code: 'IMAGE_MANIFEST_INVALID',
    message: expect.stringContaining('more than 32 MiB'),
  })
  const good = manifestOf(['0'.repeat(64)])
  expect(await reader.read(zstdCompressSync(encodeManifest(good)))).toEqual(good)
})

describe('on the wire', () => {
  let site: WireSite
  beforeEach(async () => {
    site = await WireSite.open()
  })
  afterEach(() => site[Symbol.asyncDispose]())

  /** Sends the head of a request with a body that never comes; gives the status of the answer. */
  async function statusBeforeBody(path: string, token: string, bytes: number): Promise<number> {
    const socket = connect(site.port, '127.0.0.1')
    const head = [`POST ${path} HTTP/1.1`, 'host: x', `authorization: Bearer ${token}`, 'content-type: application/zstd']
    socket.write([...head, `content-length: ${bytes}`, '', ''].join('\r\n'))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    return Number(/^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1])
  }

  it('who has no token is refused before a byte of a body is read', async () => {
    for (const path of [
      '/agent/v1/hello',
      '/agent/v1/jobs/x/manifest?leaseId=x',
      '/agent/v1/jobs/x/chunks?leaseId=x',
      '/api/v1/jobs',
    ])
      expect(await statusBeforeBody(path, 'nobody', 1000)).toBe(401)
  })

  it('who has no lease is refused before a byte of a manifest or a chunk is read', async () => {
    site.network.set('127.0.0.1', { kind: 'on-link', mac: macOf(1) })
    const machine = await site.approved(1)
    await site.post({ kind: 'build', profile: 'tiny' })
    const { jobId } = (await machine.claim())!
    for (const path of ['manifest', 'chunks'])
      expect(await statusBeforeBody(`/agent/v1/jobs/${jobId}/${path}?leaseId=of-somebody`, machine.token, 1000)).toBe(409)
  })

  it.each([
    { path: '/agent/v1/hello', says: 'nothing yet', want: 413 },
    { path: '/agent/v1/claim', says: 'nothing yet', want: 404 },
    { path: '/agent/v1/claim', says: 'hello', want: 413 },
    { path: '/agent/v1/sessions', says: 'nothing yet', want: 401 },
  ])('$path takes some tens of kilobytes at most, of a machine that says $says: $want', async ({ path, says, want }) => {
    const machine = await site.bootsUp(1)
    if (says === 'hello') await machine.hello()
    const question = { from: addressOf(1), token: machine.token, body: JSON.stringify({ agentVersion: 'x'.repeat(65 * 1024) }) }
    expect((await site.ask(path, question)).status).toBe(want)
    expect(await site.nodes()).toHaveLength(says === 'hello' ? 1 : 0)
  })
})

describe('hellos of machines that nobody knows', () => {
  it('are kept as far as there is room: those that never came back give way, and who waits stays', async () => {
    await using scene = await OrchestratorScene.open()
    const decided = await scene.approved(0)
    const patient = await scene.boot(1)
    for (let n = 2; n < MOST_UNDECIDED + 40; n++) {
      scene.clock.advance(1000)
      const mac = `52:54:01:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`
      await strangerSaysHello(scene, mac, n)
      if (n % 20 === 0) await patient.claim()
    }
    const { nodes } = (await scene.operator<{ nodes: { name: string; state: string }[] }>('GET', '/nodes')).body
    expect(nodes.filter(({ state }) => state === 'discovered')).toHaveLength(MOST_UNDECIDED)
    expect(nodes.map(({ name }) => name)).toEqual(expect.arrayContaining([decided.nodeName, patient.nodeName]))
  })

  it('may hold little: a machine that changes what it says a hundred times has a history of one', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.boot(1)
    for (let memoryBytes = 0; memoryBytes < 100; memoryBytes++) await machine.hello(inventoryOf(1, { memoryBytes }))
    const { body } = await scene.operator<{ inventoryHistory: unknown[] }>('GET', `/nodes/${machine.nodeName}`)
    expect(body.inventoryHistory).toHaveLength(1)
  })
})

async function strangerSaysHello(scene: OrchestratorScene, mac: string, n: number): Promise<void> {
  const { tokens } = scene.rooms.access
  const token = tokens.make({ mac, origin: { kind: 'introduced', peerDigest: PEER_DIGEST } })
  const smbios = { systemUuid: `00000000-0000-4000-8000-${mac.replaceAll(':', '')}` }
  const inventory = inventoryOf(0, { smbios, nics: [{ name: 'eth0', mac, linkUp: true }], disks: [], memoryBytes: n })
  const { status } = await scene.agent(token, '/hello', { agentVersion: '1', inventory })
  expect(status).toBe(200)
}
