// "An agent reads what its running job is pinned to": what machines in every state, and with every kind of token, get of images and profiles.

import { zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/contract/agent-api.ts'
import { ROUTES, type Route } from '../../src/contract/routes.ts'
import { chunkDigest } from '../../src/imaging/chunk-digest.ts'
import { CHUNK_STREAM_TYPE, encodeFrameHeader } from '../../src/imaging/chunk-frames.ts'
import { CHUNK_BYTES } from '../../src/imaging/chunk-grid.ts'
import { OrchestratorScene, type SceneMachine, TINY_PROFILE } from '../fakes/orchestrator-scene.ts'
import { captureTiny } from '../fakes/scene-images.ts'

let scene: OrchestratorScene
let builder: SceneMachine
/** What the image holds. */
const [first, second, never] = [1, 2, 3].map((filler) => chunkDigest(Buffer.alloc(CHUNK_BYTES, filler))) as [
  string,
  string,
  string,
]

beforeAll(async () => {
  scene = await OrchestratorScene.open()
  scene.dropFile('other/profile.yaml', TINY_PROFILE.replaceAll('tiny', 'other'))
  for (const file of ['root.tar', 'finish.sh']) scene.dropFile(`other/${file}`, 'a secret of the other profile')
  await scene.operator('POST', '/profiles/other/check')
  builder = await scene.approved(1)
  await captureTiny(scene, builder, 1)
  await captureTiny(scene, builder, 2)
})
afterAll(() => scene[Symbol.asyncDispose]())

async function get(token: string, path: string): Promise<{ status: number; body: string }> {
  const { statusCode, body } = await scene.app.inject({ url: `/agent/v1${path}`, headers: { authorization: `Bearer ${token}` } })
  return { status: statusCode, body }
}
const revisionOf = async (name: string) => (await scene.operator<{ revision: string }>('GET', `/profiles/${name}`)).body.revision

describe('a node with a deploy of version 1', () => {
  let machine: SceneMachine
  let assignment: Assignment
  beforeAll(async () => {
    machine = await scene.approved(5)
    await scene.post({ kind: 'deploy', node: machine.nodeName, image: 'tiny', version: 1 })
    assignment = (await machine.claim())!
  })

  it('reads that version', async () => {
    expect((await get(machine.token, '/images/tiny/versions/1/manifest')).status).toBe(200)
    expect((await machine.ask('/chunks/sections', { digests: [first] })).body).toMatchObject({ chunks: [{ digest: first }] })
    const { statusCode } = await fetchChunks(machine, [first])
    expect(statusCode).toBe(200)
  })

  it.each(['/images/tiny/versions/2/manifest', '/images/tiny/versions/99/manifest', '/images/nope/versions/1/manifest'])(
    'is refused %s like everything that is not there, and told no name',
    async (path) => {
      const { status, body } = await get(machine.token, path)
      expect(JSON.parse(body)).toMatchObject({
        code: 'JOB_CONTENT_REFUSED',
        message: expect.any(String),
        hint: expect.any(String),
      })
      expect(status).toBe(404)
      expect(body).not.toMatch(/tiny|there are|version \d/)
    },
  )

  it.each([
    { name: 'of another version', digests: () => [second] },
    { name: 'that nobody has', digests: () => [never] },
    { name: 'of its own and another version', digests: () => [first, second] },
  ])('is refused chunks $name, all alike', async ({ digests }) => {
    const answer = await fetchChunks(machine, digests())
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'JOB_CONTENT_REFUSED'])
    const strange = digests().filter((each) => each !== first)
    for (const path of ['/chunks/sections', '/chunks/blocks'])
      expect((await machine.ask(path, { digests: strange })).body).toEqual({ chunks: [] })
    // Not even as a part of a chunk that is its own.
    const composition = { chunks: digests(), blocks: '' }
    expect(await machine.ask('/chunks/differences', { chunks: [{ digest: first, blocks: '', composition }] })).toMatchObject({
      status: 404,
      body: { code: 'JOB_CONTENT_REFUSED' },
    })
    expect((await machine.ask('/chunks/missing', { digests: digests() })).body).toEqual({
      missing: digests().filter((each) => each !== first),
    })
  })

  it('is refused files of every profile, and brings nothing', async () => {
    for (const name of ['tiny', 'other']) {
      const { status, body } = await get(machine.token, `/profiles/${name}/${await revisionOf(name)}/files/root.tar`)
      expect([status, JSON.parse(body).code]).toEqual([404, 'JOB_CONTENT_REFUSED'])
    }
    const { jobId, leaseId } = assignment
    expect(await machine.ask(`/jobs/${jobId}/reservation`, { leaseId, usedBytes: 1 })).toMatchObject({
      status: 404,
      body: { code: 'JOB_CONTENT_REFUSED' },
    })
    for (const path of ['chunks', 'manifest']) expect(await send(machine, `/jobs/${jobId}/${path}?leaseId=${leaseId}`)).toBe(404)
    const { body } = await scene.operator<{ versions: unknown[] }>('GET', '/images/tiny')
    expect(body.versions).toHaveLength(2)
  })
})

describe('a node with a build', () => {
  let machine: SceneMachine
  let assignment: Assignment
  beforeAll(async () => {
    machine = await scene.approved(6)
    await scene.post({ kind: 'build', profile: 'tiny', node: machine.nodeName })
    assignment = (await machine.claim())!
  })

  it('reads the files of its revision, and of no other', async () => {
    const own = await get(machine.token, `/profiles/tiny/${await revisionOf('tiny')}/files/root.tar`)
    expect(own).toEqual({ status: 200, body: 'the files of an operating system' })
    for (const path of [
      `/profiles/other/${await revisionOf('other')}/files/root.tar`,
      `/profiles/tiny/${await revisionOf('other')}/files/root.tar`,
      `/profiles/tiny/${'0'.repeat(64)}/files/root.tar`,
    ])
      expect(JSON.parse((await get(machine.token, path)).body).code).toBe('JOB_CONTENT_REFUSED')
  })

  it('reads the version before, and no content of it', async () => {
    expect((await get(machine.token, '/images/tiny/versions/2/manifest')).status).toBe(200)
    expect((await get(machine.token, '/images/tiny/versions/1/manifest')).status).toBe(404)
    expect((await fetchChunks(machine, [second])).statusCode).toBe(404)
  })

  it('asks whether chunks are there as often as its disk has some, and then learns nothing more', async () => {
    const strange = (from: number) => Array.from({ length: 4096 }, (_, n) => (from + n).toString(16).padStart(64, '0'))
    const step = assignment.steps.length - 1
    for (let done = 0; done < step; done++) await machine.report(assignment, done)
    await machine.ask(`/jobs/${assignment.jobId}/reservation`, { leaseId: assignment.leaseId, usedBytes: CHUNK_BYTES })
    expect((await machine.ask<{ missing: string[] }>('/chunks/missing', { digests: [first] })).body.missing).toEqual([])
    for (let round = 0; round < 17; round++) await machine.ask('/chunks/missing', { digests: strange(round * 4096) })
    expect((await machine.ask<{ missing: string[] }>('/chunks/missing', { digests: [first] })).body.missing).toEqual([first])
    // Its own version is no question; reserving anew makes no new ones.
    await machine.ask(`/jobs/${assignment.jobId}/reservation`, { leaseId: assignment.leaseId, usedBytes: CHUNK_BYTES })
    expect((await machine.ask<{ missing: string[] }>('/chunks/missing', { digests: [second, first] })).body.missing).toEqual([
      first,
    ])
  })
})

describe('strangers', () => {
  type Asker = { readonly who: string; readonly token: string; readonly lease?: Assignment }
  const askers: Asker[] = []
  beforeAll(async () => {
    const old = await scene.approved(20)
    scene.clock.advance(13 * 3600_000)
    askers.push({ who: 'without a token', token: '' }, { who: 'with a made-up token', token: 'x'.repeat(80) })
    askers.push({ who: 'with an expired token', token: old.token })
    askers.push({ who: 'nobody approved', token: (await scene.boot(21)).token })
    const held = await scene.approved(22)
    await scene.operator('POST', `/nodes/${held.nodeName}/hold`, { reason: 'x' })
    askers.push({ who: 'that is held', token: held.token })
    const retired = await scene.approved(23)
    await scene.operator('POST', `/nodes/${retired.nodeName}/retire`)
    askers.push({ who: 'that is retired', token: retired.token })
    askers.push({ who: 'without a job', token: (await scene.approved(24)).token })
    // The job of another node, by its own lease.
    const victim = await scene.approved(25)
    await scene.post({ kind: 'build', profile: 'tiny', node: victim.nodeName })
    askers.push({
      who: 'with the lease of another node',
      token: (await scene.approved(26)).token,
      lease: (await victim.claim())!,
    })
    const over = await scene.approved(27)
    await scene.post({ kind: 'build', profile: 'tiny', node: over.nodeName })
    const ended = (await over.claim())!
    await scene.operator('POST', `/jobs/${ended.jobId}/cancel`, {})
    askers.push({ who: 'whose job is over', token: over.token, lease: ended })
    const rebooted = await scene.approved(28)
    await scene.post({ kind: 'build', profile: 'tiny', node: rebooted.nodeName })
    const before = (await rebooted.claim())!
    await scene.boot(28)
    askers.push({ who: 'whose machine has booted since', token: rebooted.token, lease: before })
  })

  const NOT_GOOD = ['without a token', 'with a made-up token', 'with an expired token', 'whose machine has booted since']
  const keyed = (route: Route) => [`${route.method} ${route.path}`, route] as const
  const ofAgents = ROUTES.filter(({ caller }) => caller.kind === 'agent')
  const withJob = ofAgents.filter(({ caller }) => caller.kind === 'agent' && caller.job === 'running')
  const ofPeople = ROUTES.filter(({ caller }) => caller.kind === 'operator')

  async function statusOf(route: Route, { token, lease }: Asker): Promise<{ status: number; body: string }> {
    const answer = await scene.app.inject({ ...requestFor(route, lease), headers: { authorization: `Bearer ${token}` } })
    return { status: answer.statusCode, body: answer.body }
  }

  it('are there, and so are routes', () => {
    expect([askers.length, withJob.length > 8, ofPeople.length > 50]).toEqual([10, true, true])
  })

  it.each(withJob.map(keyed))('get nothing of %s', async (_key, route) => {
    for (const asker of askers) {
      const { status, body } = await statusOf(route, asker)
      const want = NOT_GOOD.includes(asker.who) ? 401 : 409
      expect({ who: asker.who, status }).toEqual({ who: asker.who, status: want })
      expect(body, asker.who).not.toMatch(/"(digest|image|version)|operating system|there are/)
    }
  })

  it.each(ofAgents.map(keyed))('whose token is not good are refused %s at once', async (_key, route) => {
    for (const asker of askers.filter(({ who }) => NOT_GOOD.includes(who)))
      expect({ who: asker.who, ...(await statusOf(route, asker)) }).toMatchObject({ who: asker.who, status: 401 })
  })

  it.each(ofPeople.map(keyed))('are no people: %s', async (_key, route) => {
    // The appliance adds its own beside those of the rooms.
    if (!scene.app.hasRoute({ method: route.method, url: route.path })) return
    for (const asker of askers) expect({ who: asker.who, ...(await statusOf(route, asker)) }).toMatchObject({ status: 401 })
  })
})

function requestFor({ method, path }: Route, lease: Assignment | undefined) {
  const url = path
    .replace(':jobId', lease?.jobId ?? 'x')
    .replace('/versions/:version', '/versions/2')
    .replace(':imageName', 'tiny')
    .replace('/profiles/:name/:revision/files/*', `/profiles/tiny/${'0'.repeat(64)}/files/root.tar`)
    .replaceAll(/:(?:from|to)\b/g, '1')
    .replaceAll(/:\w+|\*$/g, 'x')
  const leaseId = lease?.leaseId ?? 'x'
  return {
    method,
    url: `${url}?leaseId=${leaseId}`,
    ...(method === 'GET' ? {} : { payload: { leaseId, digests: [first], step: 0, firstLine: 0, lines: [], usedBytes: 1 } }),
  }
}

function fetchChunks({ token }: SceneMachine, digests: readonly string[]) {
  return scene.app.inject({
    method: 'POST',
    url: '/agent/v1/chunks/fetch',
    headers: { authorization: `Bearer ${token}` },
    payload: { digests: [...digests] },
  })
}

async function send({ token }: SceneMachine, path: string): Promise<number> {
  const isManifest = path.includes('/manifest')
  const chunk = zstdCompressSync(Buffer.alloc(CHUNK_BYTES, 3))
  const { statusCode } = await scene.app.inject({
    method: 'POST',
    url: `/agent/v1${path}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': isManifest ? 'application/zstd' : CHUNK_STREAM_TYPE },
    payload: isManifest ? chunk : Buffer.concat([encodeFrameHeader(never, chunk.length), chunk]),
  })
  return statusCode
}
