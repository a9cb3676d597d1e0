import { describe, expect, it } from 'vitest'
import type { JobView } from '../../../src/contract/job.ts'
import type { ScheduleView } from '../../../src/contract/schedules.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

const JOB = { kind: 'build', profile: 'tiny' }

/** Lets the time pass, and waits until what is due was posted or refused. */
async function pass(scene: OrchestratorScene, seconds: number): Promise<readonly JobView[]> {
  const before = JSON.stringify(await only(scene))
  scene.clock.advance(seconds * 1000)
  await expect.poll(async () => JSON.stringify(await only(scene)) !== before && isSettled(await only(scene))).toBe(true)
  return (await scene.operator<{ jobs: JobView[] }>('GET', '/jobs')).body.jobs
}

const isSettled = ({ lastJobId, lastFailure }: ScheduleView): boolean => lastJobId !== undefined || lastFailure !== undefined

const only = async (scene: OrchestratorScene): Promise<ScheduleView> =>
  (await scene.operator<{ schedules: ScheduleView[] }>('GET', '/schedules')).body.schedules[0]!

describe('schedules', () => {
  it('post a job each time, one at a time', async () => {
    await using scene = await OrchestratorScene.open()
    // The clock of the scene stands at 03:04:05.
    const made = await scene.operator<ScheduleView>('PUT', '/schedules/nightly', { cron: '10 * * * *', job: JOB })
    expect(made.body.nextAt).toBe('2026-01-02T03:10:00.000Z')
    expect(await pass(scene, 400)).toMatchObject([{ state: 'queued', request: { title: 'schedule nightly', maxAttempts: 3 } }])
    scene.clock.advance(3600_000)
    await expect.poll(async () => (await only(scene)).lastFailure).toContain('has not ended')
    expect((await only(scene)).nextAt).toBe('2026-01-02T05:10:00.000Z')
    await scene.operator('POST', `/jobs/${(await only(scene)).lastJobId}/cancel`)
    scene.clock.advance(3600_000)
    await expect.poll(async () => (await scene.operator<{ jobs: JobView[] }>('GET', '/jobs')).body.jobs.length).toBe(2)
  })

  it('once means once, also over a restart', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.operator('PUT', '/schedules/later', { at: '2026-01-02T03:30:00.000Z', job: JOB })
    await scene.killAndBegin()
    expect(await pass(scene, 3600)).toHaveLength(1)
    expect((await only(scene)).nextAt).toBeUndefined()
    await scene.killAndBegin()
    scene.clock.advance(86_400_000)
    expect((await only(scene)).nextAt).toBeUndefined()
    expect((await scene.operator<{ jobs: JobView[] }>('GET', '/jobs')).body.jobs).toHaveLength(1)
  })

  it('tell why a job could not be posted', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.operator('PUT', '/schedules/wrong', { at: '2026-01-02T03:05:00.000Z', job: { kind: 'build', profile: 'nope' } })
    await pass(scene, 120)
    expect((await only(scene)).lastFailure).toBe('there is no profile nope')
  })

  it.each([
    { schedule: { cron: '61 * * * *', job: JOB }, code: 'SCHEDULE_INVALID' },
    { schedule: { job: JOB }, code: 'SCHEDULE_INVALID' },
    { schedule: { cron: '0 0 30 2 *', job: JOB }, code: 'SCHEDULE_INVALID' },
    { schedule: { at: 'tomorrow', job: JOB }, code: 'REQUEST_INVALID' },
  ])('$schedule is refused', async ({ schedule, code }) => {
    await using scene = await OrchestratorScene.open()
    expect((await scene.operator('PUT', '/schedules/x', schedule)).body).toMatchObject({ code })
  })

  it('are removed', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.operator('PUT', '/schedules/x', { cron: '* * * * *', job: JOB })
    expect((await scene.operator('DELETE', '/schedules/x')).status).toBe(204)
    expect((await scene.operator('DELETE', '/schedules/x')).body).toMatchObject({ code: 'SCHEDULE_NOT_FOUND' })
  })
})
