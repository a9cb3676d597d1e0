// How jobs end other than by being done: nobody takes them, they take too long, somebody stops them or takes their machine.
import { describe, expect, it } from 'vitest'
import type { ApplianceEvent } from '../../../src/contract/events.ts'
import type { JobRequest, JobView } from '../../../src/contract/job.ts'
import { bootClientOf, OrchestratorScene, type SceneMachine, TINY_PROFILE } from '../../fakes/orchestrator-scene.ts'

const MINUTE = 60_000
const build = (scene: OrchestratorScene, request: Partial<JobRequest> = {}) =>
  scene.post({ kind: 'build', profile: 'tiny', ...request })

function toldOf(scene: OrchestratorScene): ApplianceEvent[] {
  const told: ApplianceEvent[] = []
  scene.rooms.events.subscribe((event) => told.push(event), ['job.not-accepted', 'job.reclaimed', 'job.failed'])
  return told
}

describe('nobody takes a job in time', () => {
  it.each([
    { whenNotAccepted: undefined, state: 'queued', types: ['job.not-accepted'] },
    { whenNotAccepted: 'keep' as const, state: 'queued', types: ['job.not-accepted'] },
    { whenNotAccepted: 'remove' as const, state: 'timed-out', types: ['job.not-accepted'] },
  ])('its originator is told, and with $whenNotAccepted it is $state', async ({ whenNotAccepted, state, types }) => {
    await using scene = await OrchestratorScene.open()
    const told = toldOf(scene)
    const wish = whenNotAccepted === undefined ? {} : { whenNotAccepted }
    const job = await build(scene, { acceptTimeoutSeconds: 60, originator: 'builders@site.example', ...wish })
    scene.clock.advance(59_000)
    expect(told).toEqual([])
    scene.clock.advance(5 * MINUTE)
    expect(told.map(({ type }) => type)).toEqual(types)
    expect(told[0]).toMatchObject({ job: { id: job.id, request: { originator: 'builders@site.example' } } })
    expect((await scene.job(job.id)).state).toBe(state)
    const machine = await scene.approved(1)
    expect((await machine.claim())?.jobId).toBe(state === 'queued' ? job.id : undefined)
  })
})

describe('a job takes too long', () => {
  it.each([
    { whenNotCompleted: undefined, first: 'queued', second: 'timed-out' },
    { whenNotCompleted: 'retry' as const, first: 'queued', second: 'timed-out' },
    { whenNotCompleted: 'remove' as const, first: 'timed-out', second: 'timed-out' },
  ])(
    'with $whenNotCompleted it is $first, its agent is stopped, and another takes it',
    async ({ whenNotCompleted, first, second }) => {
      await using scene = await OrchestratorScene.open()
      const [a, b] = [await scene.approved(1), await scene.approved(2)]
      const wish = whenNotCompleted === undefined ? {} : { whenNotCompleted }
      const job = await build(scene, { completeTimeoutSeconds: 90, maxAttempts: 2, ...wish })
      const outlast = async (machine: SceneMachine) => {
        const assignment = (await machine.claim())!
        for (let beats = 0; beats < 3; beats++) {
          scene.clock.advance(29_000)
          expect((await machine.heartbeat(assignment)).body.order).toBe('continue')
        }
        scene.clock.advance(5000)
        expect((await machine.heartbeat(assignment)).body.order).toBe('stop')
      }
      await outlast(a)
      expect((await scene.job(job.id)).state).toBe(first)
      if (first === 'queued') await outlast(b)
      expect(await scene.job(job.id)).toMatchObject({ state: second, failure: { code: 'JOB_NOT_COMPLETED' } })
    },
  )
})

describe('a job is cancelled', () => {
  const stages: { name: string; reach: (scene: OrchestratorScene) => Promise<JobView> }[] = [
    { name: 'in the queue', reach: (scene) => build(scene) },
    { name: 'on hold', reach: (scene) => build(scene, { held: true }) },
    {
      name: 'while it waits for another',
      reach: async (scene) => build(scene, { after: [(await build(scene, { held: true })).id] }),
    },
    {
      name: 'while it backs off',
      async reach(scene) {
        const machine = await scene.approved(1)
        const job = await build(scene, { backOffSeconds: 600 })
        await machine.claim()
        scene.clock.advance(61_000)
        return job
      },
    },
    ...[0, 1, 2].map((done) => ({
      name: `after ${done} of its steps`,
      async reach(scene: OrchestratorScene) {
        const machine = await scene.approved(1)
        const job = await build(scene)
        const assignment = (await machine.claim())!
        for (let step = 0; step < done; step++) await machine.report(assignment, step)
        return job
      },
    })),
  ]
  it.each(stages)('$name, for good: nobody gets it, its machine boots from its disk, also after a kill', async ({ reach }) => {
    await using scene = await OrchestratorScene.open()
    const { id } = await reach(scene)
    expect((await scene.operator<JobView>('POST', `/jobs/${id}/cancel`, { reason: 'not needed' })).body.state).toBe('cancelled')
    await scene.killAndBegin()
    scene.clock.advance(3600_000)
    expect(await scene.job(id)).toMatchObject({ state: 'cancelled', status: { completedAt: expect.any(String) } })
    const other = await scene.approved(2)
    expect(await other.claim()).toBeUndefined()
    expect(scene.orchestrator.bootAnswer(bootClientOf(2)).kind).toBe('local-disk')
  })
})

describe('a node is reclaimed', () => {
  it('loses its job, is told to boot again, boots from its disk, and another node gets the job', async () => {
    await using scene = await OrchestratorScene.open()
    const [a, b] = [await scene.approved(1), await scene.approved(2)]
    const told = toldOf(scene)
    const job = await build(scene, { maxAttempts: 1 })
    const first = (await a.claim())!
    await a.report(first, 0)
    const waiting = b.claim(30)
    await scene.operator('POST', '/nodes/node-1/reclaim', { reason: 'needed elsewhere' })
    expect((await a.heartbeat(first, 1)).body.order).toBe('restart')
    expect(await a.report(first, 1)).toMatchObject({ body: { code: 'JOB_LEASE_LOST' } })
    expect(scene.orchestrator.bootAnswer(bootClientOf(1)).kind).toBe('local-disk')
    const second = (await waiting)!
    expect(second).toMatchObject({ jobId: job.id, stepIndex: 0, attempt: 1 })
    await b.finish(second)
    expect(await scene.job(job.id)).toMatchObject({ state: 'succeeded', nodeName: 'node-2' })
    expect(told.map(({ type }) => type)).toEqual(['job.reclaimed'])
  })
})

describe('a step that fails', () => {
  it('is tried again as often as its profile says, and as the job says where that speaks', async () => {
    await using scene = await OrchestratorScene.open()
    scene.dropFile('tiny/profile.yaml', TINY_PROFILE.replace('setup:', 'setup:\n  retries: 1'))
    const machine = await scene.approved(1)
    const failed = { outcome: 'failed', failure: { code: 'AGENT_STEP_TIMED_OUT', message: 'late', hint: '' } } as const
    const orders = async (request: Partial<JobRequest>, step: number) => {
      await build(scene, request)
      const assignment = (await machine.claim())!
      const said: string[] = []
      for (let done = 0; done < step; done++) await machine.report(assignment, done)
      for (let seconds = 1; said.at(-1) !== 'ended'; seconds++)
        said.push((await machine.report(assignment, step, { ...failed, seconds })).body.order)
      return said
    }
    expect(await orders({}, 0)).toEqual(['ended'])
    expect(await orders({}, 1)).toEqual(['repeat-step', 'ended'])
    expect(await orders({ stepRetries: 2 }, 1)).toEqual(['repeat-step', 'repeat-step', 'ended'])
  })
})
