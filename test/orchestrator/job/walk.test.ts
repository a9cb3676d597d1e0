// Jobs over the HTTP API as agents and people use it, with the appliance killed in between.
import { describe, expect, it } from 'vitest'
import type { JobView } from '../../../src/contract/job.ts'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import { bootClientOf, OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

describe('a machine from its first boot to its first job', () => {
  it('boots to enroll, waits for approval, boots for its job, and boots from its disk when nothing is left', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.boot(1)
    expect(scene.orchestrator.bootAnswer(bootClientOf(1))).toMatchObject({
      kind: 'wait',
      message: expect.stringContaining('node approve node-1'),
    })
    await scene.operator('POST', '/nodes/node-1/approve', { name: 'press-1' })
    expect(scene.orchestrator.bootAnswer(bootClientOf(1))).toEqual({ kind: 'local-disk', methods: ['sanboot', 'exit'] })

    const job = await scene.post({ kind: 'build', profile: 'tiny' })
    expect(job).toMatchObject({ state: 'queued', stepKinds: ['format', 'setup', 'capture'] })
    expect(scene.orchestrator.bootAnswer(bootClientOf(1)).kind).toBe('boot-os')

    const assignment = (await machine.claim())!
    expect(assignment).toMatchObject({ jobId: job.id, attempt: 1, stepIndex: 0, profile: { name: 'tiny' }, whenDone: 'reboot' })
    expect(assignment.steps[0]).toMatchObject({
      kind: 'format',
      tableId: job.id,
      knownTableIds: [job.id],
      disk: { pick: 'only' },
    })
    await machine.heartbeat(assignment)
    const running = await scene.job(job.id)
    expect(running).toMatchObject({
      state: 'running',
      nodeName: 'press-1',
      status: { majorState: 'format', stepPercent: 40 },
    })

    await machine.finish(assignment)
    expect(await scene.job(job.id)).toMatchObject({ state: 'succeeded', stepIndex: 3, status: { percent: 100 } })
    expect(scene.orchestrator.bootAnswer(bootClientOf(1)).kind).toBe('local-disk')
  })

  it('a job wakes the agent that waits for it', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const claimed = machine.claim(30)
    await scene.operator('GET', '/nodes')
    const job = await scene.post({ kind: 'build', profile: 'tiny' })
    expect((await claimed)?.jobId).toBe(job.id)
  })

  it('approval wakes the agent that waits for it', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(2)
    const machine = await scene.boot(1)
    const job = await scene.post({ kind: 'build', profile: 'tiny' })
    const claimed = machine.claim(30)
    await scene.operator('POST', `/nodes/${machine.nodeName}/approve`)
    expect((await claimed)?.jobId).toBe(job.id)
  })

  it('gives no job to a node that is not approved', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.boot(1)
    await scene.post({ kind: 'build', profile: 'tiny' })
    expect(await machine.claim()).toBeUndefined()
    const refused = await scene.operator('POST', '/jobs', { kind: 'build', profile: 'tiny', node: machine.nodeName })
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'NODE_NOT_APPROVED', hint: expect.stringContaining('node approve node-1') },
    })
  })

  it('is known again after a kill of the appliance', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    await scene.operator('PATCH', '/nodes/node-1', { name: 'rack-1' })
    await scene.killAndBegin()
    const { body } = await scene.operator<{ nodes: NodeView[] }>('GET', '/nodes')
    expect(body.nodes).toMatchObject([{ name: 'rack-1', state: 'approved', presence: 'away' }])
  })
})

describe('reports', () => {
  it('the same report gets the same answer, also after the job ended and the appliance was killed', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.post({ kind: 'build', profile: 'tiny' })
    const assignment = (await machine.claim())!
    expect((await machine.report(assignment, 0)).body.order).toBe('next-step')
    expect((await machine.report(assignment, 0)).body.order).toBe('next-step')
    await machine.report(assignment, 1)
    expect((await machine.report(assignment, 2)).body.order).toBe('ended')
    await scene.killAndBegin()
    expect((await machine.report(assignment, 2)).body.order).toBe('ended')
    expect((await scene.job(assignment.jobId)).results).toHaveLength(3)
  })

  it('a report ahead of its step is refused', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.post({ kind: 'build', profile: 'tiny' })
    const assignment = (await machine.claim())!
    expect(await machine.report(assignment, 2)).toMatchObject({ status: 409, body: { code: 'JOB_STEP_OUT_OF_ORDER' } })
  })

  it('a failed script ends the job with its reason, in the job and in its log', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const job = await scene.post({ kind: 'build', profile: 'tiny' })
    const assignment = (await machine.claim())!
    await machine.report(assignment, 0)
    await machine.logLines(assignment, 0, ['finish.sh: no space', 'left'])
    const failure = { code: 'AGENT_SCRIPT_FAILED', message: 'finish.sh ended with 3', hint: 'Read its lines in the job log.' }
    expect((await machine.report(assignment, 1, { outcome: 'failed', failure })).body.order).toBe('ended')
    expect(await scene.job(job.id)).toMatchObject({ state: 'failed', failure, status: { minorState: 'finish.sh ended with 3' } })
    const log = await scene.logOf(job.id)
    expect(log).toContain('[1] finish.sh: no space\n')
    expect(log).toContain('[platen] step 2 of 3, setup: failed, AGENT_SCRIPT_FAILED: finish.sh ended with 3')
    expect(log).toContain('Read its lines in the job log.')
  })

  it('a damaged transfer is tried again, until the attempts are used up', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.post({ kind: 'build', profile: 'tiny', maxAttempts: 2 })
    const assignment = (await machine.claim())!
    const failure = { code: 'AGENT_FILE_CORRUPT', message: 'root.tar is damaged', hint: 'It is fetched again.' }
    const report = { outcome: 'failed', failure, seconds: 1 } as const
    expect((await machine.report(assignment, 0, report)).body.order).toBe('repeat-step')
    expect((await machine.report(assignment, 0, report)).body.order).toBe('repeat-step')
    expect((await machine.report(assignment, 0, { ...report, seconds: 2 })).body.order).toBe('ended')
  })
})

describe('cancel', () => {
  it('a queued job and a running one', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const first = await scene.post({ kind: 'build', profile: 'tiny' })
    const second = await scene.post({ kind: 'build', profile: 'tiny' })
    const assignment = (await machine.claim())!
    expect((await scene.operator<JobView>('POST', `/jobs/${second.id}/cancel`, { reason: 'not needed' })).body.state).toBe(
      'cancelled',
    )
    expect((await scene.operator<JobView>('POST', `/jobs/${first.id}/cancel`)).body.state).toBe('cancelled')
    expect((await machine.heartbeat(assignment)).body.order).toBe('stop')
    expect(await scene.logOf(second.id)).toContain('cancelled: not needed')
    expect(await scene.operator('POST', `/jobs/${first.id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'JOB_ALREADY_ENDED' },
    })
    expect(await machine.claim()).toBeUndefined()
  })
})
