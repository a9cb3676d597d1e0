// "Secrets reach the step that names them, and nothing else": no file of the data folder, no answer, no event and no log has the bytes of one,
// whatever the agent says; who asks for one without being at that step is refused.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { supportBundle } from '../../src/appliance/support/support-bundle.ts'
import type { Assignment } from '../../src/contract/agent-api.ts'
import { ROUTES } from '../../src/contract/routes.ts'
import { OrchestratorScene, type SceneMachine, TINY_PROFILE } from '../fakes/orchestrator-scene.ts'

const PROFILE = TINY_PROFILE.replace('setup:', 'setup:\n  secrets: [mirror-key]').replace(
  'capture:',
  'activate:\n  actions: [{ script: finish.sh }]\ncapture:',
)
const OTHER = 'another secret, which no step names'

let scene: OrchestratorScene
let machines = 0
beforeAll(async () => {
  scene = await OrchestratorScene.open()
  scene.dropFile('tiny/profile.yaml', PROFILE)
  await set('unnamed', OTHER)
})
afterAll(() => scene[Symbol.asyncDispose]())

const set = (name: string, value: string) => scene.operator<{ code?: string }>('PUT', `/secrets/${name}`, { value })

interface AtWork {
  readonly machine: SceneMachine
  readonly job: Assignment
}

/** A machine whose build is at its setup step. */
async function atSetup(): Promise<AtWork> {
  const machine = await scene.approved(++machines)
  await scene.post({ kind: 'build', profile: 'tiny', node: machine.nodeName })
  const job = (await machine.claim())!
  await machine.report(job, 0)
  return { machine, job }
}

type Given = { secrets?: Record<string, string>; code?: string }
const wish = ({ job }: AtWork, step: number, change: object = {}) => ({ leaseId: job.leaseId, step, ...change })
const askFor = (who: AtWork, step: number, change: object = {}) =>
  who.machine.ask<Given>(`/jobs/${who.job.jobId}/secrets`, wish(who, step, change))

/** Every file of the data folder, by its name. */
function filesOnDisk(): [string, Buffer][] {
  return readdirSync(scene.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name))])
}

/** What every GET of people answers, for this job and node. */
async function answers({ machine, job }: AtWork): Promise<[string, Buffer][]> {
  const found: [string, Buffer][] = []
  const paths = ROUTES.filter(
    ({ method, caller, path }) => method === 'GET' && caller.kind === 'operator' && !/events|stream/.test(path),
  )
  for (const { path } of paths) {
    const url = path
      .replace(':jobId', job.jobId)
      .replace(':node', machine.nodeName)
      .replace(':profile', 'tiny')
      .replace(/:\w+/g, 'mirror-key')
    const { rawPayload } = await scene.app.inject({ url, headers: { authorization: `Bearer ${scene.operatorToken}` } })
    found.push([url, rawPayload])
  }
  return found
}

async function bundle(): Promise<string> {
  const ask = async (url: string) => {
    const { statusCode, body } = await scene.app.inject({ url, headers: { authorization: `Bearer ${scene.operatorToken}` } })
    return { status: statusCode, body }
  }
  const recentLog = () => scene.log.told.map((fields) => JSON.stringify(fields))
  const knownSecrets = () => scene.orchestrator.knownSecrets()
  return supportBundle({ dataDir: scene.dataDir, version: '1', settings: {}, recentLog, knownSecrets }, ask)
}

/** Nothing that stands in texts anyhow, and as odd as people's keys are. */
const secretText = fc
  .tuple(
    fc.string({ minLength: 8, maxLength: 60, unit: 'grapheme-ascii' }),
    fc.string({ maxLength: 20, unit: 'grapheme' }),
    fc.uuid(),
  )
  .map((parts) => parts.join('"\\%'))
  .filter((text) => text.isWellFormed())

it('is in no file, answer, event, log and bundle, whatever the agent says', { timeout: 120_000 }, async () => {
  const told: unknown[] = []
  const release = scene.rooms.events.subscribe((event) => void told.push(event))
  await fc.assert(
    fc.asyncProperty(secretText, fc.constantFrom('log', 'minorState', 'failure'), async (secret, where) => {
      await set('mirror-key', secret)
      const who = await atSetup()
      const { machine, job } = who
      expect((await askFor(who, 1)).body).toEqual({ secrets: { 'mirror-key': secret } })
      const spelled = [secret, JSON.stringify({ secret }), encodeURIComponent(secret), Buffer.from(secret).toString('base64')]
      if (where === 'log')
        await machine.ask(`/jobs/${job.jobId}/log`, {
          leaseId: job.leaseId,
          firstLine: 0,
          lines: spelled.map((text) => `it is ${text}!`),
        })
      if (where === 'minorState')
        await machine.ask(`/jobs/${job.jobId}/heartbeat`, {
          leaseId: job.leaseId,
          step: 1,
          percent: 1,
          transfer: {},
          minorState: secret.slice(0, 200),
        })
      const failure = { code: 'AGENT_SCRIPT_FAILED', message: `it said ${secret}`, hint: spelled.join(' ') }
      await machine.report(
        job,
        1,
        where === 'failure'
          ? { outcome: 'failed', failure }
          : { outcome: 'failed', failure: { ...failure, message: '', hint: '' } },
      )
      const shown = [...filesOnDisk(), ...(await answers(who)), ['bundle', Buffer.from(await bundle())] as const]
      const events = Buffer.from(JSON.stringify(told) + JSON.stringify(scene.log.told))
      for (const [place, bytes] of [...shown, ['events and log', events] as const])
        for (const form of [secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('base64')])
          expect(bytes.includes(form), `${place} has ${form}`).toBe(false)
    }),
    { numRuns: 12 },
  )
  release()
})

describe('who is not at that step', () => {
  it.each([
    { name: 'at a step that names none', before: 1, step: 2, want: { secrets: {} } },
    { name: 'for a step that is over', before: 1, step: 1, want: { code: 'JOB_CONTENT_REFUSED' } },
    { name: 'for a step that comes later', before: 0, step: 2, want: { code: 'JOB_CONTENT_REFUSED' } },
    { name: 'for a step that there is not', before: 0, step: 99, want: { code: 'JOB_CONTENT_REFUSED' } },
  ])('$name', async ({ before, step, want }) => {
    await set('mirror-key', 'a key of the mirror')
    const who = await atSetup()
    for (let done = 0; done < before; done++) await who.machine.report(who.job, 1 + done)
    expect((await askFor(who, step)).body).toMatchObject(want)
  })

  it('another machine with a job of its own, and one that knows the lease', async () => {
    await set('mirror-key', 'a key of the mirror')
    const [victim, other] = [await atSetup(), await atSetup()]
    for (const leaseId of [victim.job.leaseId, other.job.leaseId]) {
      const { status, body } = await other.machine.ask<Given>(`/jobs/${victim.job.jobId}/secrets`, { leaseId, step: 1 })
      expect([status, body.secrets]).toEqual([409, undefined])
    }
    expect((await askFor(victim, 1, { leaseId: 'guessed' })).body.secrets).toBeUndefined()
  })
})

describe('what is kept', () => {
  it('is listed by name, and gone when it was removed', async () => {
    await set('short-lived', 'here for a moment')
    const list = await scene.operator<{ secrets: { name: string }[] }>('GET', '/secrets')
    expect(list.body.secrets.map(({ name }) => name)).toContain('short-lived')
    expect(JSON.stringify(list.body)).not.toContain('here for a moment')
    expect((await scene.operator('DELETE', '/secrets/short-lived')).status).toBe(204)
    expect((await scene.operator<Given>('DELETE', '/secrets/short-lived')).body.code).toBe('SECRET_NOT_FOUND')
  })

  it('refuses a build whose secret nobody set, before it is in the queue', async () => {
    await scene.operator('DELETE', '/secrets/mirror-key')
    const { status, body } = await scene.operator<Given>('POST', '/jobs', { kind: 'build', profile: 'tiny' })
    expect([status, body.code]).toEqual([404, 'SECRET_NOT_FOUND'])
  })

  it('is there after a crash', async () => {
    await set('mirror-key', 'a key of the mirror')
    await scene.killAndBegin()
    const who = await atSetup()
    expect((await askFor(who, 1)).body).toEqual({ secrets: { 'mirror-key': 'a key of the mirror' } })
  })

  it.each(['short', 'with\u0000inside', ''])('refuses %j', async (value) => {
    expect((await set('odd', value)).status).toBe(400)
  })
})
