// Who holds a job and for how long, over the HTTP API: machines that boot again, go silent or are late, and an appliance that is killed.
import { describe, expect, it } from 'vitest'
import { bootClientOf, OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

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
    const isVoid = { status: 401, body: { code: 'AGENT_TOKEN_REFUSED' } }
    expect(await machine.heartbeat(first)).toMatchObject(isVoid)
    expect(await machine.report(first, 1)).toMatchObject(isVoid)
    expect((await rebooted.report(second, 1)).body.order).toBe('next-step')
  })

  it('a machine that goes down again and again in one step does not do so for ever', async () => {
    await using scene = await OrchestratorScene.open({ maxBootsPerJob: 20 })
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
