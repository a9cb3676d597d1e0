// What people do with the queue over the HTTP API: needs, order, hold, dependencies, back-off.
import { describe, expect, it } from 'vitest'
import type { JobNeeds, JobRequest, JobView } from '../../../src/contract/job.ts'
import { inventoryOf } from '../../fakes/inventories.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

const build = (scene: OrchestratorScene, more: Partial<JobRequest> = {}): Promise<JobView> =>
  scene.post({ kind: 'build', profile: 'tiny', ...more })
const queue = async (scene: OrchestratorScene): Promise<readonly string[]> =>
  (await scene.operator<{ jobs: JobView[] }>('GET', '/jobs')).body.jobs
    .filter(({ state }) => state === 'queued')
    .map(({ id }) => id)

describe('needs', () => {
  const disk = inventoryOf(1).disks[0]!

  it.each<{ name: string; needs: JobNeeds; fits: boolean }>([
    { name: 'enough memory', needs: { minMemoryBytes: 1 << 30 }, fits: true },
    { name: 'too little memory', needs: { minMemoryBytes: 2 ** 31 }, fits: false },
    { name: 'a large disk', needs: { minDiskBytes: disk.sizeBytes }, fits: true },
    { name: 'a larger disk', needs: { minDiskBytes: disk.sizeBytes + 1 }, fits: false },
    { name: 'its firmware', needs: { firmware: 'bios' }, fits: true },
    { name: 'another firmware', needs: { firmware: 'uefi' }, fits: false },
    { name: 'another architecture', needs: { architecture: 'arm64' }, fits: false },
    { name: 'a type that its agent was started with', needs: { configType: 'release' }, fits: true },
    { name: 'another type', needs: { configType: 'debug' }, fits: false },
    { name: 'a tag that it has not', needs: { tags: ['fast'] }, fits: false },
  ])('$name', async ({ needs, fits }) => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await machine.ask('/hello', { agentVersion: '1', inventory: inventoryOf(1), configTypes: ['release'] })
    await build(scene, { needs })
    expect((await machine.claim()) !== undefined).toBe(fits)
  })
})

describe('order', () => {
  it('a person puts a job first, or before another, across priorities, and it stays there after a kill', async () => {
    await using scene = await OrchestratorScene.open()
    const a = await build(scene, { priority: 5 })
    const b = await build(scene)
    const c = await build(scene)
    await scene.operator('POST', `/jobs/${c.id}/move`, { before: b.id })
    expect(await queue(scene)).toEqual([a.id, c.id, b.id])
    await scene.operator('POST', `/jobs/${b.id}/move`)
    expect(await queue(scene)).toEqual([b.id, a.id, c.id])
    await scene.killAndBegin()
    expect(await queue(scene)).toEqual([b.id, a.id, c.id])
    const machine = await scene.approved(1)
    const assignment = (await machine.claim())!
    expect(assignment.jobId).toBe(b.id)
    expect(await scene.operator('POST', `/jobs/${b.id}/move`)).toMatchObject({ status: 409, body: { code: 'JOB_NOT_QUEUED' } })
  })
})

describe('hold and resume', () => {
  it('a waiting job', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const job = await build(scene, { held: true })
    expect(job).toMatchObject({ state: 'queued', notOffered: 'held: posted on hold' })
    expect(await machine.claim()).toBeUndefined()
    const claimed = machine.claim(30)
    expect((await scene.operator<JobView>('POST', `/jobs/${job.id}/resume`)).body.notOffered).toBeUndefined()
    expect((await claimed)?.jobId).toBe(job.id)
  })

  it('a running job is taken from its node, and begins anew when it is resumed', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const job = await build(scene)
    const first = (await machine.claim())!
    await machine.report(first, 0)
    await scene.operator('POST', `/jobs/${job.id}/hold`, { reason: 'power work' })
    expect((await machine.heartbeat(first)).body.order).toBe('stop')
    await scene.killAndBegin()
    expect(await machine.claim()).toBeUndefined()
    await scene.operator('POST', `/jobs/${job.id}/resume`)
    expect(await machine.claim()).toMatchObject({ jobId: job.id, stepIndex: 0, attempt: 1 })
  })
})

describe('dependencies', () => {
  it('a job is offered when those before it have succeeded', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const first = await build(scene)
    const second = await build(scene, { after: [first.id], priority: 9 })
    expect(second.notOffered).toBe(`waits for job ${first.id}`)
    const assignment = (await machine.claim())!
    expect(assignment.jobId).toBe(first.id)
    await machine.finish(assignment)
    expect((await machine.claim())?.jobId).toBe(second.id)
  })

  it('a job that failed takes those that wait for it along', async () => {
    await using scene = await OrchestratorScene.open()
    const first = await build(scene)
    const second = await build(scene, { after: [first.id] })
    const third = await build(scene, { after: [second.id] })
    await scene.operator('POST', `/jobs/${first.id}/cancel`)
    expect(await scene.job(second.id)).toMatchObject({ state: 'failed', failure: { code: 'JOB_DEPENDENCY_FAILED' } })
    expect(await scene.job(third.id)).toMatchObject({ state: 'failed' })
    const late = await scene.operator('POST', '/jobs', { kind: 'build', profile: 'tiny', after: [first.id] })
    expect(late).toMatchObject({ status: 409, body: { code: 'JOB_DEPENDENCY_FAILED' } })
  })

  it('what was waited for may end right before a kill', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const first = await build(scene)
    const second = await build(scene, { after: [first.id] })
    await machine.finish((await machine.claim())!)
    await scene.killAndBegin()
    expect((await scene.job(second.id)).notOffered).toBeUndefined()
  })
})

describe('after a failure', () => {
  it('a reclaimed job backs off, and wakes somebody when it is offered again', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const job = await build(scene, { backOffSeconds: 20 })
    await machine.claim()
    scene.clock.advance(61_000)
    expect((await scene.job(job.id)).notOffered).toMatch(/^is offered again at /)
    expect(await machine.claim()).toBeUndefined()
    const claimed = machine.claim(60)
    await scene.operator('GET', '/nodes')
    scene.clock.advance(22_000)
    expect((await claimed)?.attempt).toBe(2)
  })

  it('a step is tried again as often as the job asks', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await build(scene, { stepRetries: 1, stepTimeouts: { setup: 77 } })
    const assignment = (await machine.claim())!
    expect(assignment.steps.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([600, 77, 21_600])
    const failed = { outcome: 'failed', failure: { code: 'AGENT_SCRIPT_FAILED', message: 'no', hint: '' } } as const
    expect((await machine.report(assignment, 0, { ...failed, seconds: 1 })).body.order).toBe('repeat-step')
    expect((await machine.report(assignment, 0, { ...failed, seconds: 2 })).body.order).toBe('ended')
  })

  it('a job that nobody takes stays when nothing else was asked for, and tells it', async () => {
    await using scene = await OrchestratorScene.open()
    const told: string[] = []
    scene.rooms.events.subscribe(({ type }) => told.push(type), ['job.not-accepted'])
    const job = await build(scene, { acceptTimeoutSeconds: 10 })
    scene.clock.advance(30_000)
    expect((await scene.job(job.id)).state).toBe('queued')
    expect(told).toEqual(['job.not-accepted'])
    expect(await scene.logOf(job.id)).toContain('nobody took the job within 10 s')
  })
})
