// "Strangers do not stop the appliance", nor does whoever holds a token: every route, asked in ways that nobody foresaw, answers in its own
// words (never a 500), ends its answer, and leaves nothing behind. PLATEN_HTTP_FUZZ=1000 runs the long version: so many questions a route.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { dereference } from '@readme/openapi-parser'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Appliance } from '../../src/appliance/wire.ts'
import { ROUTES, type Route } from '../../src/contract/routes.ts'
import { type OddRequest, type Operation, oddRequests, type RealNames } from '../fakes/odd-requests.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { captureTiny } from '../fakes/scene-images.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'

const QUESTIONS = Number(process.env.PLATEN_HTTP_FUZZ ?? 25)
const SEED = Number(process.env.PLATEN_FUZZ_SEED ?? 11)
/** A machine lives so long: what is asked may end its job. */
const QUESTIONS_OF_ONE = 60
const MOST_KEPT_BYTES = 150 * 2 ** 20
const READ_BYTES = 1024 * 1024

const operations = new Map<string, Operation>()
let dir: string
/** What the rooms do not serve by themselves: pages of the appliance, netboot, the doctor. */
let appliance: Appliance
let scene: OrchestratorScene
let machines = 10

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'platen-fuzz-'))
  appliance = await smallAppliance(dir)
  const document = (await appliance.app.inject('/docs/json')).json<object>()
  const { paths } = (await dereference(document as never)) as unknown as { paths: Record<string, Record<string, Operation>> }
  for (const path of Object.values(paths))
    for (const operation of Object.values(path)) operations.set((operation as { operationId: string }).operationId, operation)
  scene = await OrchestratorScene.open()
  await captureTiny(scene, await scene.approved(1), 1)
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await appliance.stop()
  rmSync(dir, { recursive: true })
})

interface Asker {
  readonly token: string
  readonly real: RealNames
}

/** Somebody who may ask the route, and names of what there is. An agent is in its capture step: there it may do most. */
async function askerOf({ caller }: Route): Promise<Asker> {
  const machine = await scene.approved(machines++)
  const { id } = await scene.post({ kind: 'build', profile: 'tiny', node: machine.nodeName })
  const assignment = (await machine.claim())!
  for (let step = 0; step < assignment.steps.length - 1; step++) await machine.report(assignment, step)
  const revision = (await scene.operator<{ revision: string }>('GET', '/profiles/tiny')).body.revision
  const names = { imageName: 'tiny', image: 'tiny', name: 'tiny', profile: 'tiny', version: '1', from: '1', to: '1', disk: '1' }
  const of = { node: machine.nodeName, jobId: id, leaseId: assignment.leaseId, revision, tag: 'stable', token: machine.token }
  const real = { ...names, ...of }
  const inPath = Object.fromEntries(Object.entries(real).map(([name, value]) => [`:${name}`, value]))
  return { token: caller.kind === 'operator' ? scene.operatorToken : machine.token, real: { ...real, ...inPath } }
}

const appOf = (route: Route): FastifyInstance =>
  scene.app.hasRoute({ method: route.method, url: route.path }) ? scene.app : appliance.app

/** Routes that answer when something happens: time goes on while they are asked. */
const WAITS = ['claimJob', 'leave']

async function answerTo(app: FastifyInstance, question: OddRequest, token: string): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${token}`, ...question.headers }
  const answer = await app.inject({ ...question, method: question.method as 'GET', headers, payloadAsStream: true })
  let text = ''
  // What goes on for ever is told by its head.
  if (String(answer.headers['content-type']).includes('event-stream') || question.url.includes('follow'))
    answer.stream().destroy()
  else
    for await (const piece of answer.stream()) {
      text += String(piece)
      if (text.length > READ_BYTES) break
    }
  return { status: answer.statusCode, text }
}

/** Done, or refused in words of ours: problem details, a line for firmware, what is up and what is not. */
function isGood({ tag, path }: Route, status: number, text: string): boolean {
  if (status === 500) return false
  if (status < 400 || text === '' || tag === 'netboot' || path === '/healthz') return true
  return text.startsWith('{"type":"urn:platen:problem:')
}

/** Gives the questions that were answered as none may be. */
async function ask(route: Route): Promise<readonly object[]> {
  const bad: object[] = []
  for (let asked = 0; asked < QUESTIONS; asked += QUESTIONS_OF_ONE) {
    const { token, real } = await askerOf(route)
    const odd = oddRequests(route, operations.get(route.operationId), real)
    const ownToken = appOf(route) === scene.app ? token : ''
    for (const question of fc.sample(odd, { numRuns: Math.min(QUESTIONS, QUESTIONS_OF_ONE), seed: SEED + asked })) {
      const { status, text } = await answerTo(appOf(route), question, ownToken)
      if (!isGood(route, status, text))
        bad.push({ status, text, ...question, payload: question.payload?.toString().slice(0, 300) })
    }
  }
  return bad
}

describe('every route, asked oddly', () => {
  let before: number
  beforeAll(() => {
    before = keptBytes()
  })

  it.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s',
    { timeout: 60_000 + QUESTIONS * 100 },
    async (_key, route) => {
      const isWaiting = WAITS.includes(route.operationId)
      const time = isWaiting ? setInterval(() => scene.clock.advance(5000), 1) : undefined
      try {
        expect(await ask(route)).toEqual([])
      } finally {
        clearInterval(time)
      }
    },
  )

  it('leaves no memory behind, and the appliance as it was', async () => {
    expect(keptBytes() - before).toBeLessThan(MOST_KEPT_BYTES)
    expect((await scene.operator('GET', '/nodes')).status).toBe(200)
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

function keptBytes(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
