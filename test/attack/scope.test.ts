// "Who sees a part of the machines asks about that part alone": somebody of rack 5 walks every route, with the names of what stands in rack 6.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobView } from '../../src/contract/job.ts'
import type { NodeView } from '../../src/contract/operator-api.ts'
import { ROUTES, type Route, reachOf } from '../../src/contract/routes.ts'
import { isInScope } from '../../src/orchestrator/node/in-scope.ts'
import { OrchestratorScene, type SceneMachine } from '../fakes/orchestrator-scene.ts'
import { captureTiny } from '../fakes/scene-images.ts'

let scene: OrchestratorScene
/** Of rack 5 by its place, of rack 5 by its class, of rack 6. */
let own: SceneMachine
let ofClass: SceneMachine
let foreign: SceneMachine
let ownJob: string
let foreignJob: string
let openJob: string
let token: string

async function placed(n: number, name: string, change: object): Promise<SceneMachine> {
  const machine = await scene.boot(n)
  await scene.operator('POST', `/nodes/${machine.nodeName}/approve`, { name, ...change })
  machine.nodeName = name
  return machine
}

beforeAll(async () => {
  scene = await OrchestratorScene.open()
  await captureTiny(scene, await scene.approved(1), 1)
  own = await placed(5, 'own-five', { location: 'Room 2, rack 5' })
  ofClass = await placed(7, 'class-seven', { tags: ['lab'] })
  foreign = await placed(6, 'foreign-six', { location: 'Room 2, rack 51' })
  await scene.operator('PUT', '/classes/lab', { selector: { tags: ['lab'] } })
  const jobFor = async (node?: string) =>
    (await scene.post({ kind: 'deploy', image: 'tiny', ...(node === undefined ? {} : { node }) })).id
  ownJob = await jobFor('own-five')
  foreignJob = await jobFor('foreign-six')
  openJob = (await scene.post({ kind: 'build', profile: 'tiny' })).id
  const scope = { locations: ['room 2, rack 5'], classes: ['lab'] }
  const made = await scene.operator<{ secret: string }>('POST', '/tokens', { name: 'rack5', role: 'admin', days: 1, scope })
  token = made.body.secret
})
afterAll(() => scene[Symbol.asyncDispose]())

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
async function ask<T = { code?: string }>(method: Method, path: string, body?: object) {
  const headers = { authorization: `Bearer ${token}` }
  const asked = { method, url: path, headers, payloadAsStream: true, ...(body === undefined ? {} : { payload: body }) } as const
  const answer = await scene.app.inject(asked)
  let text = ''
  for await (const piece of answer.stream()) text += String(piece)
  return { status: answer.statusCode, text, body: (text.startsWith('{') ? JSON.parse(text) : undefined) as T }
}

const addressOf = ({ path }: Route, node: string, job: string) =>
  path
    .replace(':node', node)
    .replace(':jobId', job)
    .replace(':imageName', 'tiny')
    .replace(/:(?:version|from|to|disk)\b/g, '1')
    .replaceAll(/:\w+|\*$/g, 'lab')

const ofPeople = ROUTES.filter(({ caller }) => caller.kind === 'operator')
const served = (route: Route) => scene.app.hasRoute({ method: route.method, url: route.path })
const names = () => [foreign.nodeId, 'foreign-six', foreignJob, openJob]
const stateOfForeign = async () => [
  { ...(await scene.operator<NodeView>('GET', '/nodes/foreign-six')).body, lastSeenAt: '' },
  (await scene.operator<JobView>('GET', `/jobs/${foreignJob}`)).body,
  (await scene.operator<object>('GET', '/classes')).body,
]

describe('somebody of rack 5, with the role of an admin', () => {
  it.each(ofPeople.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s: learns nothing of rack 6, and changes nothing there',
    async (_key, route) => {
      if (!served(route) || route.operationId === 'logout') return
      const before = await stateOfForeign()
      const takesBody = route.method !== 'GET' && route.bodyLimitBytes > 0
      const body = takesBody
        ? { kind: 'deploy', image: 'tiny', node: 'foreign-six', into: 'foreign-six', reason: 'x', name: 'x' }
        : undefined
      const answer = await ask(route.method, addressOf(route, 'foreign-six', foreignJob), body)
      // What was asked for is said back, by whoever asked for it.
      const told = answer.text.replaceAll(/no node is called foreign-six|there is no job [\w-]+/g, '')
      for (const name of names()) expect(told).not.toContain(name)
      if (reachOf(route) === undefined) expect(answer).toMatchObject({ status: 403, body: { code: 'REQUEST_OUT_OF_SCOPE' } })
      if (['node', 'job', 'new-job'].includes(reachOf(route) ?? '')) expect([400, 404]).toContain(answer.status)
      expect(await stateOfForeign()).toEqual(before)
    },
  )

  it('is told the same of what is not seen and of what is not there', async () => {
    const unseen = await ask('GET', '/api/v1/nodes/foreign-six')
    const absent = await ask('GET', '/api/v1/nodes/nobody')
    expect(unseen.text.replaceAll('foreign-six', 'nobody')).toBe(absent.text)
    const [job, none] = [await ask('GET', `/api/v1/jobs/${foreignJob}`), await ask('GET', '/api/v1/jobs/0b6f5a3e')]
    expect(job.text.replaceAll(foreignJob, '0b6f5a3e')).toBe(none.text)
  })

  it('sees and works with what stands there, and what is in the class', async () => {
    const { nodes } = (await ask<{ nodes: NodeView[] }>('GET', '/api/v1/nodes')).body
    expect(nodes.map(({ name }) => name).sort()).toEqual(['class-seven', 'own-five'])
    const { jobs } = (await ask<{ jobs: JobView[] }>('GET', '/api/v1/jobs')).body
    expect(jobs.map(({ id }) => id)).toEqual([ownJob])
    expect((await ask('GET', `/api/v1/nodes/${own.nodeId}`)).status).toBe(200)
    expect((await ask('POST', '/api/v1/nodes/class-seven/hold', { reason: 'a fan' })).status).toBe(200)
    expect((await ask('POST', '/api/v1/nodes/class-seven/release')).status).toBe(200)
    expect((await ask('GET', '/api/v1/images')).status).toBe(200)
    expect((await ask('GET', '/api/v1/me')).body).toMatchObject({ scope: { classes: ['lab'] } })
    expect(ofClass.nodeId).not.toBe('')
  })

  it('posts jobs for these, and for no other', async () => {
    const job = (node?: string) =>
      ask<JobView>('POST', '/api/v1/jobs', { kind: 'deploy', image: 'tiny', ...(node === undefined ? {} : { node }) })
    expect((await job('class-seven')).status).toBe(201)
    expect((await job('foreign-six')).status).toBe(404)
    expect((await job()).status).toBe(403)
    expect((await ask('POST', `/api/v1/jobs/${ownJob}/cancel`, {})).status).toBe(200)
  })

  it('hands on no more than that: makes no user and no token', async () => {
    expect((await ask('POST', '/api/v1/tokens', { name: 'all', role: 'viewer', days: 1 })).status).toBe(403)
    expect((await ask('POST', '/api/v1/users', { name: 'all', role: 'admin', password: 'a sentence to remember' })).status).toBe(
      403,
    )
  })
})

it('a user has a scope as well, and sees everything again without it', async () => {
  const password = 'a sentence to remember'
  await scene.operator('POST', '/users', { name: 'ann', role: 'technician', password, scope: { locations: ['Room 2, rack 5'] } })
  const seen = async () => {
    const login = await scene.app.inject({
      method: 'POST',
      url: '/api/v1/login',
      payload: { name: 'ann', password, keep: 'token' },
    })
    const headers = { authorization: `Bearer ${login.json<{ token: string }>().token}` }
    return (await scene.app.inject({ url: '/api/v1/nodes', headers })).json<{ nodes: unknown[] }>().nodes.length
  }
  expect(await seen()).toBe(1)
  await scene.operator('PATCH', '/users/ann', { role: 'viewer' })
  expect(await seen()).toBe(1)
  await scene.operator('PATCH', '/users/ann', { scope: null })
  expect(await seen()).toBe(4)
})

it.each([
  { place: 'Room 2', location: 'Room 2, rack 5', isIn: true },
  { place: 'room 2', location: 'Room 2', isIn: true },
  { place: 'Room 2', location: 'Room 2 / rack 5', isIn: true },
  { place: 'Room 2', location: 'Room 21', isIn: false },
  { place: 'Room 2', location: 'Room 2 annex', isIn: false },
  { place: 'rack 5', location: 'Room 2, rack 5', isIn: false },
  { place: 'Room 2', location: undefined, isIn: false },
])('$location is within $place: $isIn', ({ place, location, isIn }) => {
  const node = { ...(location === undefined ? {} : { location }), isMember: () => false }
  expect(isInScope({ locations: [place] }, node)).toBe(isIn)
  expect(isInScope({}, node)).toBe(false)
})
