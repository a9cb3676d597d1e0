// Somebody sets the machine's clock, by hand, by NTP or because its battery is empty: nothing that runs is lost, nothing waits for years.
import { describe, expect, it } from 'vitest'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS
const JUMPS = [
  { name: 'two minutes ahead', ms: 120_000 },
  { name: 'an hour back', ms: -HOUR_MS },
  { name: 'a year ahead', ms: YEAR_MS },
  { name: 'five years back', ms: -5 * YEAR_MS },
]

describe.each(JUMPS)('$name', ({ ms }) => {
  it('an agent that beats keeps its job and its attempt; one that is silent loses it in its time', async () => {
    await using scene = await OrchestratorScene.open()
    const [beating, silent] = [await scene.approved(1), await scene.approved(2)]
    const [kept, lost] = [
      await scene.post({ kind: 'build', profile: 'tiny' }),
      await scene.post({ kind: 'build', profile: 'tiny', maxAttempts: 1 }),
    ]
    const assignment = (await beating.claim())!
    await silent.claim()
    scene.clock.advance(2000)
    scene.clock.jump(ms)
    scene.clock.advance(2000)
    expect((await beating.heartbeat(assignment)).body.order).toBe('continue')
    expect(await scene.job(kept.id)).toMatchObject({ state: 'running', attempt: 1 })
    expect((await scene.job(lost.id)).state).toBe('running')
    scene.clock.advance(58_000)
    await beating.heartbeat(assignment)
    expect(await scene.job(kept.id)).toMatchObject({ state: 'running', attempt: 1 })
    expect(await scene.job(lost.id)).toMatchObject({ state: 'timed-out', failure: { code: 'JOB_AGENT_LOST' } })
  })

  it('time-outs of attempts and of acceptance come in their time', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const running = await scene.post({ kind: 'build', profile: 'tiny', completeTimeoutSeconds: 40, maxAttempts: 1 })
    const waiting = await scene.post({ kind: 'build', profile: 'tiny', acceptTimeoutSeconds: 40, whenNotAccepted: 'remove' })
    await machine.claim()
    scene.clock.advance(5000)
    scene.clock.jump(ms)
    scene.clock.advance(30_000)
    expect([(await scene.job(running.id)).state, (await scene.job(waiting.id)).state]).toEqual(['running', 'queued'])
    scene.clock.advance(8000)
    expect((await scene.job(running.id)).state).toBe('timed-out')
    expect((await scene.job(waiting.id)).state).toBe('timed-out')
  })

  it('a job that waits for its next try is offered when the wait is over', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const job = await scene.post({ kind: 'build', profile: 'tiny', maxAttempts: 3, backOffSeconds: 20 })
    await machine.claim()
    scene.clock.advance(61_000)
    expect((await scene.job(job.id)).state).toBe('queued')
    scene.clock.jump(ms)
    expect(await machine.claim()).toBeUndefined()
    scene.clock.advance(21_000)
    expect(await machine.claim()).toMatchObject({ jobId: job.id, attempt: 2 })
  })

  it('while the appliance is down: a running job has a whole lease, and its attempt is not burnt', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const job = await scene.post({ kind: 'build', profile: 'tiny', completeTimeoutSeconds: 600, maxAttempts: 1 })
    await machine.claim()
    scene.clock.jump(ms)
    await scene.killAndBegin()
    scene.clock.advance(50_000)
    expect((await scene.job(job.id)).state).toBe('running')
    // Its token may be of another time now: a machine whose token is refused boots again, and goes on where it was.
    const rebooted = await scene.boot(1)
    expect(await rebooted.claim()).toMatchObject({ jobId: job.id, attempt: 1, stepIndex: 0 })
  })

  it('a schedule posts at its next turn by the new time, once, and not at once', async () => {
    await using scene = await OrchestratorScene.open()
    const schedule = { cron: '0 * * * *', job: { kind: 'build', profile: 'tiny' } }
    expect((await scene.operator('PUT', '/schedules/hourly', schedule)).status).toBe(200)
    const posted = async () => (await scene.operator<{ jobs: object[] }>('GET', '/jobs')).body.jobs.length
    const nextAt = async () =>
      Date.parse((await scene.operator<{ schedules: { nextAt: string }[] }>('GET', '/schedules')).body.schedules[0]!.nextAt)
    scene.clock.advance(2000)
    scene.clock.jump(ms)
    scene.clock.advance(1000)
    const isNextTurn = async () => (await nextAt()) > scene.clock.now() && (await nextAt()) <= scene.clock.now() + HOUR_MS
    await expect.poll(isNextTurn).toBe(true)
    expect(await posted()).toBe(0)
    scene.clock.advance(HOUR_MS)
    await expect.poll(posted).toBe(1)
  })
})
