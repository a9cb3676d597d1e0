// Two people who edit the same thing are told; a request that comes twice is carried out once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EDITIONS } from '../../../src/contract/routes/editions.ts'
import { ROUTES, takesKey } from '../../../src/contract/routes.ts'
import { inventoryOf } from '../../fakes/inventories.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

let scene: OrchestratorScene
beforeAll(async () => {
  scene = await OrchestratorScene.open()
  await scene.approved(1)
})
afterAll(() => scene[Symbol.asyncDispose]())

async function ask(
  method: 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'POST',
  path: string,
  headers: Record<string, string> = {},
  body?: object,
) {
  const answer = await scene.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${scene.operatorToken}`, ...headers },
    ...(body === undefined ? {} : { payload: body }),
  })
  const json = answer.body.startsWith('{') ? answer.json<Record<string, unknown>>() : {}
  return { status: answer.statusCode, tag: String(answer.headers.etag ?? ''), headers: answer.headers, json }
}

const JOB = { kind: 'build', profile: 'tiny' }
const nodeName = async () => {
  const { json } = await ask('GET', '/nodes')
  return (json.nodes as { name: string }[])[0]!.name
}
const titled = (body: object) => ({ method: 'PUT' as const, one: body, other: { ...body, title: 'Another' } })
/** What is edited, by what, twice differently. */
const EDITED: Record<string, () => Promise<{ path: string; method: 'PUT' | 'PATCH'; one: object; other: object }>> = {
  getNode: async () => ({
    path: `/nodes/${await nodeName()}`,
    method: 'PATCH',
    one: { notes: 'one' },
    other: { notes: 'other' },
  }),
  getWanted: async () => ({
    path: `/nodes/${await nodeName()}/wanted`,
    method: 'PUT',
    one: { enforce: 'report' },
    other: { enforce: 'off' },
  }),
  getClass: async () => ({ path: '/classes/web', method: 'PUT', one: { selector: {} }, other: { selector: {}, title: 'Web' } }),
  getSchedule: async () => ({
    path: '/schedules/nightly',
    method: 'PUT',
    one: { cron: '30 2 * * *', job: JOB },
    other: { cron: '30 3 * * *', job: JOB },
  }),
  getFunction: async () => ({ path: '/functions/web', ...titled({}) }),
  getDistribution: async () => ({ path: '/distributions/web', ...titled({}) }),
  getDistributionProfile: async () => ({ path: '/distribution-profiles/web', ...titled({ default: 'web' }) }),
  getTemplate: async () => ({ path: '/templates/web', ...titled({ to: '/etc/web', text: '' }) }),
  getConfigurationFile: async () => ({ path: '/configuration-files/web', ...titled({ to: '/etc/web', text: '' }) }),
  getSiteDefinition: async () => ({ path: '/site-definitions/web', ...titled({}) }),
}

describe('of two people who edit the same, the second is told', () => {
  it.each(EDITIONS.map(({ read }) => read))('%s', async (read) => {
    const { path, method, one, other } = await EDITED[read]!()
    await ask(method, path, {}, one)
    const seen = (await ask('GET', path)).tag
    expect(seen).toMatch(/^"[0-9a-f]{32}"$/)
    const first = await ask(method, path, { 'if-match': seen }, other)
    expect(first.status).toBe(200)
    expect(first.tag).not.toBe(seen)
    const second = await ask(method, path, { 'if-match': seen }, one)
    expect([second.status, second.json.code]).toEqual([412, 'REQUEST_EDITED_MEANWHILE'])
    // What the first one set stands, and its answer had the tag of it.
    expect((await ask('GET', path)).tag).toBe(first.tag)
    expect((await ask(method, path, { 'if-match': `"x", ${first.tag}` }, one)).status).toBe(200)
  })

  it('also where twenty edit at the same instant: one gets through', async () => {
    await ask('PUT', '/classes/race', {}, { selector: {} })
    const { tag } = await ask('GET', '/classes/race')
    const edits = Array.from({ length: 20 }, (_, n) =>
      ask('PUT', '/classes/race', { 'if-match': tag }, { selector: {}, title: `by ${n}` }),
    )
    const statuses = (await Promise.all(edits)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(19)
  })

  it('makes only what is not there yet, and removes only what was seen', async () => {
    const made = await ask('PUT', '/classes/once', { 'if-none-match': '*' }, { selector: {} })
    expect(made.status).toBe(200)
    expect((await ask('PUT', '/classes/once', { 'if-none-match': '*' }, { selector: {} })).status).toBe(412)
    expect((await ask('DELETE', '/classes/once', { 'if-match': '"other"' })).status).toBe(412)
    expect((await ask('DELETE', '/classes/once', { 'if-match': made.tag })).status).toBe(204)
    expect((await ask('PUT', '/classes/once', { 'if-match': made.tag }, { selector: {} })).status).toBe(412)
  })

  it('but not because the machine was seen meanwhile', async () => {
    const machine = await scene.boot(2)
    const path = `/nodes/${machine.nodeName}`
    const before = await ask('GET', path)
    scene.clock.advance(60_000)
    await machine.hello(inventoryOf(2))
    const after = await ask('GET', path)
    expect(after.json.lastSeenAt).not.toBe(before.json.lastSeenAt)
    expect(after.tag).toBe(before.tag)
  })
})

describe('a request that comes twice with the same key', () => {
  const jobs = async () => ((await ask('GET', '/jobs')).json.jobs as unknown[]).length

  it('is carried out once, and answered the same, also after a crash', async () => {
    const before = await jobs()
    const first = await ask('POST', '/jobs', { 'idempotency-key': 'once' }, JOB)
    const again = await ask('POST', '/jobs', { 'idempotency-key': 'once' }, { ...JOB })
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.json).toEqual(first.json)
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true'])
    await scene.killAndBegin()
    expect((await ask('POST', '/jobs', { 'idempotency-key': 'once' }, JOB)).json).toEqual(first.json)
    expect(await jobs()).toBe(before + 1)
    const did = (await ask('GET', '/audit?limit=100')).json.entries as { did: string }[]
    expect(did.filter(({ did: what }) => what === 'addJob')).toHaveLength(1)
  })

  it.each([
    ['another body with the key', 'once', { ...JOB, title: 'other' }, 422, 'REQUEST_KEY_REUSED'],
    ['a key with a blank', 'a b', JOB, 400, 'REQUEST_INVALID'],
    ['an empty key', ' ', JOB, 400, 'REQUEST_INVALID'],
  ])('%s is refused', async (_name, key, body, status, code) => {
    const answer = await ask('POST', '/jobs', { 'idempotency-key': key }, body)
    expect([answer.status, answer.json.code]).toEqual([status, code])
  })

  it('at the same instant is carried out once', async () => {
    const before = await jobs()
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('POST', '/jobs', { 'idempotency-key': 'race' }, JOB)))
    const codes = answers.map(({ json, status }) => (status === 201 ? 'made' : json.code))
    expect(codes.filter((code) => code !== 'REQUEST_UNDER_WAY')).not.toHaveLength(0)
    expect(new Set(codes)).toEqual(new Set(['made', 'REQUEST_UNDER_WAY']))
    expect(await jobs()).toBe(before + 1)
  })

  it('and was refused the first time is tried anew', async () => {
    const missing = { kind: 'deploy', image: 'tiny', node: await nodeName() }
    expect((await ask('POST', '/jobs', { 'idempotency-key': 'anew' }, missing)).status).toBe(404)
    expect((await ask('POST', '/jobs', { 'idempotency-key': 'anew' }, JOB)).status).toBe(201)
  })

  it('of another person is another request', async () => {
    const { json } = await ask('POST', '/tokens', {}, { name: 'ci', role: 'operator', days: 1 })
    const headers = { 'idempotency-key': 'once', authorization: `Bearer ${String(json.secret)}` }
    expect((await ask('POST', '/jobs', headers, JOB)).headers['idempotency-replayed']).toBeUndefined()
  })

  it('is forgotten after a day', async () => {
    scene.clock.advance(25 * 60 * 60 * 1000)
    const answer = await ask('POST', '/jobs', { 'idempotency-key': 'once' }, JOB)
    expect([answer.status, answer.headers['idempotency-replayed']]).toEqual([201, undefined])
  })

  it('is never kept where the answer has a secret', async () => {
    for (const { path, tag, operationId } of ROUTES.filter(({ method }) => method === 'POST')) {
      if (tag === 'people' || operationId === 'addAgentCredential')
        expect(ROUTES.filter((route) => route.operationId === operationId).some(takesKey), path).toBe(false)
    }
    const refused = await ask('POST', '/tokens', { 'idempotency-key': 'token' }, { name: 'other', role: 'viewer', days: 1 })
    expect([refused.status, refused.json.code]).toEqual([400, 'REQUEST_INVALID'])
  })
})
