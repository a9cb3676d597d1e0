// Jobs over the HTTP API as agents and people use it, with the appliance killed in between.
import { describe, expect, it } from 'vitest'
import type { JobView } from '../../src/contract/job.ts'
import type { NodeView } from '../../src/contract/operator-api.ts'
import { bootClientOf, OrchestratorScene } from '../fakes/orchestrator-scene.ts'

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

describe('leases', () => {
  it('a node that boots again in the middle gets its job again at the same step; the old lease is void', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.post({ kind: 'build', profile: 'tiny' })
    const first = (await machine.claim())!
    await machine.report(first, 0)
    expect(scene.orchestrator.bootAnswer(bootClientOf(1)).kind).toBe('boot-os')
    const rebooted = await scene.boot(1)
    const second = (await rebooted.claim())!
    expect(second).toMatchObject({ jobId: first.jobId, attempt: 1, stepIndex: 1 })
    expect((await machine.heartbeat(first)).body.order).toBe('stop')
    expect(await machine.report(first, 1)).toMatchObject({ status: 409, body: { code: 'JOB_LEASE_LOST' } })
    expect((await rebooted.report(second, 1)).body.order).toBe('next-step')
  })

  it('a machine that goes down again and again in one step does not do so for ever', async () => {
    await using scene = await OrchestratorScene.open()
    const job = await scene.approved(1).then(() => scene.post({ kind: 'build', profile: 'tiny', maxAttempts: 1 }))
    for (let boots = 0; boots < 7; boots++) if ((await (await scene.boot(1)).claim()) === undefined) break
    expect(await scene.job(job.id)).toMatchObject({ state: 'timed-out', failure: { code: 'JOB_BOOTS_TOO_OFTEN' } })
  })

  it('a silent agent loses its job to the next one, and in the end it is timed out', async () => {
    await using scene = await OrchestratorScene.open()
    const [a, b] = [await scene.approved(1), await scene.approved(2)]
    const job = await scene.post({ kind: 'build', profile: 'tiny', maxAttempts: 2 })
    const first = (await a.claim())!
    scene.clock.advance(50_000)
    await a.heartbeat(first)
    scene.clock.advance(50_000)
    expect((await scene.job(job.id)).state).toBe('running')
    scene.clock.advance(11_000)
    expect((await scene.job(job.id)).state).toBe('queued')
    const second = (await b.claim())!
    expect(second).toMatchObject({ jobId: job.id, attempt: 2 })
    expect((await a.heartbeat(first)).body.order).toBe('stop')
    scene.clock.advance(61_000)
    expect(await scene.job(job.id)).toMatchObject({
      state: 'timed-out',
      failure: { code: 'JOB_AGENT_LOST', message: 'node-2 was silent for 60 s' },
    })
  })

  it('accept and complete timeouts', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const late = await scene.post({
      kind: 'build',
      profile: 'tiny',
      acceptTimeoutSeconds: 30,
      whenNotAccepted: 'remove',
      priority: -1,
    })
    const slow = await scene.post({ kind: 'build', profile: 'tiny', completeTimeoutSeconds: 40, maxAttempts: 1 })
    const assignment = (await machine.claim())!
    scene.clock.advance(31_000)
    expect(await scene.job(late.id)).toMatchObject({ state: 'timed-out', failure: { code: 'JOB_NOT_ACCEPTED' } })
    await machine.heartbeat(assignment)
    scene.clock.advance(10_000)
    expect(await scene.job(slow.id)).toMatchObject({ state: 'timed-out', failure: { code: 'JOB_NOT_COMPLETED' } })
  })

  it('an agent goes on after the appliance was killed: same lease, same step, log lines once', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.post({ kind: 'build', profile: 'tiny' })
    const assignment = (await machine.claim())!
    await machine.logLines(assignment, 0, ['one', 'two'])
    await machine.report(assignment, 0)
    await scene.killAndBegin()
    expect((await machine.heartbeat(assignment, 1)).body.order).toBe('continue')
    await machine.logLines(assignment, 1, ['two', 'three'])
    expect((await scene.logOf(assignment.jobId)).match(/\[1\] \w+/g)).toEqual(['[1] one', '[1] two', '[1] three'])
    expect((await machine.report(assignment, 1)).body.order).toBe('next-step')
    const again = (await machine.claim())!
    expect(again).toMatchObject({ jobId: assignment.jobId, attempt: 1, stepIndex: 2, logLineCount: 3 })
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

describe('requests', () => {
  it.each([
    {
      name: 'an unknown profile',
      body: { kind: 'build', profile: 'nope' },
      status: 404,
      code: 'PROFILE_NOT_FOUND',
      says: 'nope',
    },
    { name: 'no profile', body: { kind: 'build' }, status: 422, code: 'JOB_REQUEST_INVALID', says: 'needs profile' },
    {
      name: 'an unknown image',
      body: { kind: 'deploy', node: 'node-1', image: 'nope' },
      status: 404,
      code: 'IMAGE_NOT_FOUND',
      says: 'nope',
    },
    {
      name: 'an unknown node',
      body: { kind: 'deploy', node: 'node-9', image: 'x' },
      status: 404,
      code: 'NODE_NOT_FOUND',
      says: 'node-9',
    },
    {
      name: 'an unknown key',
      body: { kind: 'build', profil: 'tiny' },
      status: 400,
      code: 'REQUEST_INVALID',
      says: 'did you mean "profile"',
    },
    {
      name: 'a wrong kind',
      body: { kind: 'bild' },
      status: 400,
      code: 'REQUEST_INVALID',
      says: 'kind: must be one of build, capture, deploy',
    },
    {
      name: 'an unknown variable',
      body: { kind: 'build', profile: 'tiny', variables: { x: '1' } },
      status: 422,
      code: 'JOB_REQUEST_INVALID',
      says: '"x"',
    },
  ])('$name is refused by name', async ({ body, status, code, says }) => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    expect(await scene.operator('POST', '/jobs', body)).toMatchObject({
      status,
      body: { code, message: expect.stringContaining(says) },
    })
  })

  it('without the right token nothing is answered', async () => {
    await using scene = await OrchestratorScene.open()
    expect((await scene.app.inject('/api/v1/nodes')).json()).toMatchObject({ code: 'REQUEST_NOT_AUTHORISED' })
    expect(await scene.agent('x.y.z', '/claim', { waitSeconds: 0 })).toMatchObject({
      status: 401,
      body: { code: 'AGENT_TOKEN_REFUSED' },
    })
  })

  it('nodes survive a kill', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    await scene.operator('PATCH', '/nodes/node-1', { name: 'rack-1' })
    await scene.killAndBegin()
    const { body } = await scene.operator<{ nodes: NodeView[] }>('GET', '/nodes')
    expect(body.nodes).toMatchObject([{ name: 'rack-1', state: 'approved', presence: 'away' }])
  })
})
