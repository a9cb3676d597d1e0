// How one job stands, as JSON and as a live stream, over HTTP.
import { describe, expect, it } from 'vitest'
import type { JobStanding } from '../../../src/contract/job.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

describe('the status of a job', () => {
  it('has the words of the field: client, times, major and minor state, percent, seconds left', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const { id } = await scene.post({ kind: 'build', profile: 'tiny' })
    const status = async () => (await scene.operator<JobStanding>('GET', `/jobs/${id}/status`)).body
    expect(await status()).toMatchObject({ id, state: 'queued', majorState: 'queued', percent: 0, step: 1, steps: 3 })
    const assignment = (await machine.claim())!
    await machine.heartbeat(assignment)
    expect(await status()).toMatchObject({
      state: 'running',
      nodeId: machine.nodeId,
      nodeName: 'node-1',
      majorState: 'format',
      minorState: 'working',
      stepPercent: 40,
      startedAt: '2026-01-02T03:04:05.000Z',
    })
    expect((await status()).secondsLeft, 'no such job was ever seen').toBeUndefined()
    await machine.finish(assignment)
    expect(await status()).toMatchObject({ state: 'succeeded', percent: 100, step: 3, completedAt: expect.any(String) })
    expect(await scene.operator('GET', '/jobs/nope/status')).toMatchObject({ body: { code: 'JOB_NOT_FOUND' } })
  })

  it('tells seconds left of the whole job once its like was seen, also after a restart of the appliance', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.post({ kind: 'build', profile: 'tiny' })
    const first = (await machine.claim())!
    for (const [step, seconds] of [10, 60, 30].entries()) await machine.report(first, step, { seconds })
    await scene.operator('GET', '/jobs')
    await scene.killAndBegin()
    const { id } = await scene.post({ kind: 'build', profile: 'tiny' })
    const second = (await machine.claim())!
    await machine.report(second, 0)
    scene.clock.advance(30_000)
    await machine.heartbeat(second, 1)
    const { body } = await scene.operator<JobStanding>('GET', `/jobs/${id}/status`)
    // The agent says 9 s for this step, and the capture took 30 s the last time.
    expect(body).toMatchObject({ percent: 40, secondsLeft: 39, stepPercent: 40 })
  })

  it('comes as a stream that begins with what is and ends with the job', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    const { id } = await scene.post({ kind: 'build', profile: 'tiny' })
    const headers = { authorization: `Bearer ${scene.operatorToken}` }
    const streamed = scene.app.inject({ url: `/api/v1/jobs/${id}/status/stream`, headers })
    await scene.operator('GET', '/jobs')
    const assignment = (await machine.claim())!
    await machine.heartbeat(assignment)
    await machine.finish(assignment)
    const events = (await streamed).body.split('\n\n').filter((event) => event !== '')
    const standings = events.map((event) => JSON.parse(event.replace('event: status\ndata: ', '')) as JobStanding)
    expect(standings[0]).toMatchObject({ id, state: 'queued' })
    expect(standings.map(({ minorState }) => minorState)).toContain('working')
    expect(standings.at(-1)).toMatchObject({ state: 'succeeded', percent: 100 })
    const percents = standings.map(({ percent }) => percent)
    expect(percents).toEqual(percents.toSorted((a, b) => a - b))
  })

  it('of a job that has ended, the stream is one event', async () => {
    await using scene = await OrchestratorScene.open()
    const { id } = await scene.post({ kind: 'build', profile: 'tiny' })
    await scene.operator('POST', `/jobs/${id}/cancel`)
    const headers = { authorization: `Bearer ${scene.operatorToken}` }
    const { body, headers: answered } = await scene.app.inject({ url: `/api/v1/jobs/${id}/status/stream`, headers })
    expect(answered['content-type']).toContain('text/event-stream')
    expect(body.match(/^event: status$/gm)).toHaveLength(1)
  })
})
