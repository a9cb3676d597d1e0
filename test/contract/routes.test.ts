// The table of routes, the application and docs/ports-and-endpoints.md say the same; and a stranger is let in nowhere else.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installManners } from '../../src/appliance/http/manners.ts'
import type { Appliance } from '../../src/appliance/wire.ts'
import { ERROR_CODES } from '../../src/contract/errors.ts'
import { type AgentState, errorsOf, ROUTES, type Route, routeOf } from '../../src/contract/routes.ts'
import { bodyWords, whoWords } from '../docs/route-words.ts'
import { OrchestratorScene, type SceneMachine } from '../fakes/orchestrator-scene.ts'
import { PROVEN } from '../fakes/proven-peer.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'

const keyOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`
const rowText = (route: Route) => [keyOf(route), whoWords(route), bodyWords(route)].join(' | ')
/** The same for firmware that doubles the slash. */
const isSpelling = (key: string) => key.includes(' //')

/** With something for every name in it; the token of a boot file is none. */
const addressOf = ({ path }: Route) =>
  path
    .replace('/:token/:name', '/x/kernel')
    .replace('/versions/:version', '/versions/1')
    .replaceAll(/:(?:from|to)\b/g, '1')
    .replaceAll(/:\w+|\*$/g, 'x')

/** What is refused for what stands in the body, or comes with it. */
const PROOFS: Readonly<Record<string, object>> = {
  openSession: { mac: '52:54:00:12:34:56' },
  joinAsSite: { publicKey: 'A'.repeat(59), nonce: 'nobody', proof: 'A'.repeat(43) },
  login: { name: 'nobody', password: 'of nobody' },
  addFirstAdmin: { code: 'AAAA-AAAA-AAAA', name: 'nobody', password: 'a sentence to remember' },
}

describe('the table of routes', () => {
  let dir: string
  let appliance: Appliance
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'platen-routes-'))
    appliance = await smallAppliance(dir)
    await appliance.app.ready()
  })
  afterAll(async () => {
    await appliance.stop()
    rmSync(dir, { recursive: true })
  })

  it('has the routes of the application, and those only', () => {
    const served = appliance.routes.filter((route) => !/^HEAD |^GET \/docs\/./.test(route))
    expect(served.toSorted()).toEqual(ROUTES.map(keyOf).toSorted())
  })

  it('says what docs/ports-and-endpoints.md says: who, and how large a body', () => {
    const page = readFileSync('docs/ports-and-endpoints.md', 'utf8')
    const documented = [...page.matchAll(/^\| `([A-Z]+ \/[^`]*)` \| ([^|]+) \| ([^|]+) \|/gm)].map(([, ...cells]) =>
      cells.join(' | '),
    )
    const rows = ROUTES.filter((route) => !isSpelling(keyOf(route)))
    expect(documented.toSorted()).toEqual(rows.map(rowText).toSorted())
  })

  it('names every call once', () => {
    const names = ROUTES.map(({ operationId }) => operationId)
    expect(names.filter((name, at) => names.indexOf(name) !== at || !/^[a-z][A-Za-z]+$/.test(name))).toEqual([])
  })

  it.each(ROUTES.map((route) => [keyOf(route), route] as const))('%s: names codes that there are, each once', (_key, route) => {
    expect(route.errors.filter((code, at) => !(code in ERROR_CODES) || route.errors.indexOf(code) !== at)).toEqual([])
    expect(errorsOf(route)).toContain('REQUEST_FAILED')
  })

  it.each(ROUTES.map((route) => [keyOf(route), route] as const))(
    '%s: lets a stranger in only where anybody is',
    async (_key, route) => {
      const { method, caller } = route
      // Text that no route takes: whoever read it before the credential would say so.
      const asked: InjectOptions = { method, url: addressOf(route), headers: { authorization: 'Bearer nobody' } }
      const body =
        route.bodyLimitBytes > 0 ? { payload: '{', headers: { ...asked.headers, 'content-type': 'application/json' } } : {}
      const proof = PROOFS[route.operationId]
      const sent = proof === undefined ? { ...asked, ...body } : { ...asked, payload: proof }
      const { statusCode } = await appliance.app.inject(sent)
      if (caller.kind === 'anybody') expect(statusCode).not.toBe(401)
      else expect(statusCode).toBe(401)
    },
  )
})

it('a route that is not in the table stops the start', () => {
  const app = Fastify()
  installManners(app)
  expect(() => app.get('/api/v1/nothing', async () => 'here')).toThrow('GET /api/v1/nothing is not in the table of routes')
})

it.each([
  ['HEAD', '/healthz', 'getHealth'],
  ['GET', '/docs/static/x.js', 'getApiPage'],
  ['POST', '/docs/static/x.js', undefined],
  ['POST', '/healthz', undefined],
  ['GET', '/nowhere', undefined],
])('%s %s is the call %s', (method, path, operationId) => {
  expect(routeOf(method, path)?.operationId).toBe(operationId)
})

describe('machines, by the state of their node', () => {
  let scene: OrchestratorScene
  const machines = new Map<AgentState, SceneMachine>()
  let withJob: SceneMachine
  beforeAll(async () => {
    scene = await OrchestratorScene.open()
    machines.set('discovered', await scene.boot(1))
    for (const [n, state, verb] of [
      [2, 'approved', 'approve'],
      [3, 'held', 'hold'],
      [4, 'retired', 'retire'],
    ] as const) {
      const machine = await scene.approved(n)
      await scene.operator('POST', `/nodes/${machine.nodeName}/${verb}`, verb === 'hold' ? { reason: 'test' } : undefined)
      machines.set(state, machine)
    }
    withJob = await scene.approved(5)
    await scene.post({ kind: 'build', profile: 'tiny', node: withJob.nodeName })
    await withJob.claim()
    await scene.operator('POST', `/nodes/${withJob.nodeName}/hold`, { reason: 'its job goes on' })
  })
  afterAll(() => scene[Symbol.asyncDispose]())

  /** How the route refuses a machine before it reads the body; undefined: the body, which is none, is what it does not like. */
  async function refusal(route: Route, { token }: SceneMachine): Promise<string | undefined> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = route.method === 'GET' ? {} : { payload: '{' }
    const answer = await scene.app.inject({ method: route.method, url: addressOf(route), headers, ...body })
    const { code } = answer.json<{ code: string }>()
    return ['NODE_NOT_APPROVED', 'JOB_LEASE_LOST'].includes(code) ? code : undefined
  }

  const ofAgents = ROUTES.flatMap((route) =>
    route.caller.kind === 'agent' ? [[keyOf(route), route, route.caller] as const] : [],
  )

  it.each(ofAgents)('%s: serves the states of its row', async (_key, route, { states, job }) => {
    for (const [state, machine] of machines) {
      const ofServed = job === 'running' ? 'JOB_LEASE_LOST' : undefined
      expect({ state, code: await refusal(route, machine) }).toEqual({
        state,
        code: states.includes(state) ? ofServed : 'NODE_NOT_APPROVED',
      })
    }
  })

  it.each(ofAgents)('%s: goes on for a held node that has a running job', async (_key, route) => {
    expect(await refusal(route, withJob)).toBe(undefined)
  })

  it('a machine that never said hello says hello first', async () => {
    const answer = scene.orchestrator.bootAnswer({
      mac: '52:54:00:99:99:99',
      systemUuid: undefined,
      firmware: 'bios',
      architecture: 'x64',
      applianceUrl: 'http://10.0.0.1:8080',
      ...PROVEN,
    })
    const words = answer.kind === 'boot-os' ? answer.kernelArguments : []
    const token = words.find((word) => word.startsWith('platen.token='))!.slice('platen.token='.length)
    expect(await scene.agent(token, '/claim', { waitSeconds: 0 })).toMatchObject({
      status: 404,
      body: { code: 'NODE_NOT_FOUND' },
    })
    expect(await scene.agent(token, '/hello', {})).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } })
  })

  it.each([
    ['more than the row allows', 'POST', '/agent/v1/claim', 'application/json', 'x'.repeat(16 * 1024 + 1), 'REQUEST_TOO_LARGE'],
    [
      'a stream that announces too much',
      'POST',
      '/agent/v1/jobs/x/files/a',
      'application/octet-stream',
      Buffer.alloc(64 * 2 ** 20 + 1),
      'REQUEST_TOO_LARGE',
    ],
    ['a type that nobody takes', 'POST', '/agent/v1/claim', 'image/png', 'x', 'REQUEST_TYPE_UNSUPPORTED'],
  ] as const)('a body is refused: %s', async (_name, method, url, type, payload, code) => {
    const headers = { authorization: `Bearer ${withJob.token}`, 'content-type': type }
    const answer = await scene.app.inject({ method, url, headers, payload })
    expect(answer.json()).toMatchObject({ code })
    expect(answer.statusCode).toBe(ERROR_CODES[code].status)
  })

  it.each([
    ['nothing', undefined, 409],
    ['an empty object', {}, 409],
    ['something', { reason: 'x' }, 413],
  ])('a request that takes no body, with %s', async (_name, body, status) => {
    expect(await scene.operator('POST', '/nodes/node-2/release', body)).toMatchObject({ status })
  })
})
