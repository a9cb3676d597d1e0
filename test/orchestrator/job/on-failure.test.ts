// What a profile does when its job has failed, as the appliance sees it: the failure stays what it is, and the job keeps the files.
import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../../src/contract/agent-api.ts'
import { OrchestratorScene, type SceneMachine, TINY_PROFILE } from '../../fakes/orchestrator-scene.ts'

const PROFILE = TINY_PROFILE.replace('name: tiny', 'name: careful').replace(
  'capture:',
  'onFailure:\n  timeoutSeconds: 90\n  actions: [{ script: collect.sh }]\ncapture:',
)
const FAILURE = { code: 'AGENT_SCRIPT_FAILED', message: 'finish.sh ended with 3', hint: 'Mend it.' }

interface Failed extends AsyncDisposable {
  readonly scene: OrchestratorScene
  readonly machine: SceneMachine
  readonly assignment: Assignment
  over(more?: object): Promise<string>
  state(): Promise<string>
}

/** Its setup has failed for good. */
async function failed(request: object = {}): Promise<Failed> {
  const scene = await OrchestratorScene.open()
  scene.dropFile('careful/profile.yaml', PROFILE)
  for (const file of ['root.tar', 'finish.sh', 'collect.sh']) scene.dropFile(`careful/${file}`, file)
  const machine = await scene.approved(1)
  await scene.post({ kind: 'build', profile: 'careful', ...request })
  const assignment = (await machine.claim())!
  await machine.report(assignment, 0)
  const answer = await machine.report(assignment, 1, { outcome: 'failed', failure: FAILURE })
  expect(answer.body.order).toBe('on-failure')
  return {
    scene,
    machine,
    assignment,
    over: async (more = {}) => (await machine.report(assignment, 1, { outcome: 'on-failure-over', ...more })).body.order,
    state: async () => (await scene.job(assignment.jobId)).state,
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  }
}

describe('a job that has failed, with something to do about it', () => {
  it('runs until that is over, and fails of what it failed of', async () => {
    await using stage = await failed()
    const { scene, assignment } = stage
    expect(assignment.onFailure).toMatchObject({
      kind: 'on-failure',
      timeoutSeconds: 90,
      actions: [{ script: { path: 'collect.sh' } }],
    })
    expect(await scene.job(assignment.jobId)).toMatchObject({
      state: 'running',
      failure: FAILURE,
      status: { majorState: 'on-failure' },
    })
    const own = { code: 'AGENT_STEP_TIMED_OUT', message: 'collect.sh did not end', hint: '' }
    expect(await stage.over({ failure: own })).toBe('ended')
    expect(await stage.over({ failure: own }), 'said twice').toBe('ended')
    expect(await scene.job(assignment.jobId)).toMatchObject({ state: 'failed', failure: FAILURE })
    expect(await scene.logOf(assignment.jobId)).toContain('it failed itself, AGENT_STEP_TIMED_OUT: collect.sh did not end')
  })

  it('is told of once, at its end', async () => {
    await using stage = await failed()
    const seen: string[] = []
    stage.scene.rooms.events.subscribe(({ type }) => seen.push(type), ['job.failed'])
    await stage.over()
    expect(seen).toEqual(['job.failed'])
  })

  it('keeps files, which people read', async () => {
    await using stage = await failed()
    const { scene, assignment, machine } = stage
    const put = (name: string, content: string, leaseId = assignment.leaseId) =>
      scene.app.inject({
        method: 'POST',
        url: `/agent/v1/jobs/${assignment.jobId}/files/${name}?leaseId=${leaseId}`,
        headers: { authorization: `Bearer ${machine.token}`, 'content-type': 'application/octet-stream' },
        payload: Buffer.from(content),
      })
    expect((await put('setup.log', 'first')).statusCode).toBe(204)
    expect((await put('setup.log', 'line after line')).statusCode).toBe(204)
    expect((await put('..%2f..%2fevil', 'x')).statusCode).toBe(400)
    expect((await put('other.log', 'x', 'old-lease')).json()).toMatchObject({ code: 'JOB_LEASE_LOST' })
    await stage.over()
    expect((await put('late.log', 'x')).json()).toMatchObject({ code: 'JOB_LEASE_LOST' })
    const path = `/jobs/${assignment.jobId}/files`
    expect((await scene.operator('GET', path)).body).toEqual({ files: [{ name: 'setup.log', sizeBytes: 15 }] })
    const headers = { authorization: `Bearer ${scene.operatorToken}` }
    expect((await scene.app.inject({ url: `/api/v1${path}/setup.log`, headers })).body).toBe('line after line')
    expect((await scene.operator('GET', `${path}/none`)).body).toMatchObject({ code: 'JOB_FILE_NOT_FOUND' })
  })

  it('goes on with it after a restart of the machine or the appliance', async () => {
    await using stage = await failed()
    await stage.scene.killAndBegin()
    stage.scene.clock.advance(1000)
    const again = (await (await stage.scene.boot(1)).claim())!
    expect(again).toMatchObject({ hasFailed: true, stepIndex: 1 })
  })

  it.each([
    { name: 'its machine is lost', end: (stage: Failed) => stage.scene.clock.advance(61_000) },
    { name: 'it is cancelled', end: (stage: Failed) => stage.scene.operator('POST', `/jobs/${stage.assignment.jobId}/cancel`) },
    { name: 'it is held', end: (stage: Failed) => stage.scene.operator('POST', `/jobs/${stage.assignment.jobId}/hold`) },
    {
      name: 'its node is reclaimed',
      end: (stage: Failed) => stage.scene.operator('POST', '/nodes/node-1/reclaim', { reason: 'needed' }),
    },
  ])('has failed all the same when $name', async ({ end }) => {
    await using stage = await failed()
    await end(stage)
    expect(await stage.scene.job(stage.assignment.jobId)).toMatchObject({ state: 'failed', failure: FAILURE })
  })

  it('is not reached while a try is left', async () => {
    await using stage = await failed({ stepRetries: 0, maxAttempts: 3 })
    expect(await stage.state()).toBe('running')
    await using other = await OrchestratorScene.open()
    other.dropFile('careful/profile.yaml', PROFILE)
    for (const file of ['root.tar', 'finish.sh', 'collect.sh']) other.dropFile(`careful/${file}`, file)
    const machine = await other.approved(1)
    await other.post({ kind: 'build', profile: 'careful', stepRetries: 1 })
    const assignment = (await machine.claim())!
    expect((await machine.report(assignment, 0, { outcome: 'failed', failure: FAILURE })).body.order).toBe('repeat-step')
    const again = await machine.report(assignment, 0, { outcome: 'failed', failure: FAILURE, seconds: 2 })
    expect(again.body.order).toBe('on-failure')
  })
})
