// The job list and the status of a job in the older XML, as older tools ask for them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readJobList } from '../../src/contract/xml/job-list.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'

let scene: OrchestratorScene
beforeEach(async () => {
  scene = await OrchestratorScene.open()
})
afterEach(() => scene[Symbol.asyncDispose]())

const get = (url: string, password = scene.operatorToken) => {
  const authorization = `Basic ${Buffer.from(`builder:${password}`).toString('base64')}`
  return scene.app.inject({ url, headers: { authorization } })
}

describe('GET /relbuild.xml', () => {
  it('gives the builds that wait or run, so that they can be imported again', async () => {
    const request = {
      kind: 'build',
      profile: 'tiny',
      title: 'Tiny & small',
      externalId: 'a',
      needs: { configType: 'release' },
      completeTimeoutSeconds: 60,
    } as const
    await scene.post(request)
    const second = await scene.post({ kind: 'build', profile: 'tiny', externalId: 'b', batch: 'r1' })
    const third = await scene.post({ kind: 'build', profile: 'tiny', externalId: 'b', batch: 'r1' })
    const { body, headers } = await get('/relbuild.xml')
    expect(headers['content-type']).toContain('application/xml')
    const list = readJobList(body, 'relbuild.xml')
    expect(list).toMatchObject({ buildTime: '2026-01-02T03:04:05.000Z', title: 'Platen' })
    expect(list.jobs).toMatchObject([
      { id: 'a', title: 'Tiny & small', configType: 'release', installScript: 'tiny', imageScript: 'tiny', timeoutSeconds: 60 },
      { id: second.id, timeoutSeconds: 21_600 },
      { id: third.id },
    ])
  })

  it('gives back title, time and log file of the list that they were imported from, where they agree', async () => {
    const importedFrom = { title: 'Release', builtAt: '2002-10-16T18:01:00.000Z', logFile: 'relbuild.log' }
    const request = { kind: 'build', profile: 'tiny', batch: 'r1', importedFrom } as const
    await scene.post(request)
    await scene.post({ ...request, importedFrom: { ...importedFrom, logFile: 'other.log' } })
    const { jobs: _, ...head } = readJobList((await get('/relbuild.xml')).body, 'relbuild.xml')
    expect(head).toEqual({ title: 'Release', buildTime: importedFrom.builtAt, buildNumber: 'r1', logFile: undefined })
  })

  it('gives those of one batch, ended ones as well', async () => {
    const job = await scene.post({ kind: 'build', profile: 'tiny', externalId: 'b', batch: 'r1' })
    await scene.post({ kind: 'build', profile: 'tiny' })
    await scene.operator('POST', `/jobs/${job.id}/cancel`, {})
    expect(readJobList((await get('/relbuild.xml?batch=r1')).body, 'relbuild.xml')).toMatchObject({
      buildNumber: 'r1',
      jobs: [{ id: 'b' }],
    })
    expect(readJobList((await get('/relbuild.xml')).body, 'relbuild.xml').jobs).toHaveLength(1)
  })
})

it.each(['cancelled', 'failed'])('a job that was %s this very moment is not in the list any more', async (state) => {
  const machine = await scene.approved(1)
  const job = await scene.post({ kind: 'build', profile: 'tiny' })
  const assignment = (await machine.claim())!
  // What has ended is still in the store while it is written into the history.
  const asked: Promise<{ body: string }>[] = []
  const list = () => get('/relbuild.xml').then(({ body }) => ({ body }))
  scene.rooms.events.subscribe((event) => 'job' in event && event.job.state === state && asked.push(list()), ['job.changed'])
  if (state === 'cancelled') await scene.operator('POST', `/jobs/${job.id}/cancel`, {})
  else await machine.report(assignment, 0, { outcome: 'failed' })
  expect(asked).toHaveLength(1)
  expect(readJobList((await asked[0]!).body, 'relbuild.xml').jobs).toEqual([])
})

it('a job that was put back into the queue names nobody', async () => {
  const machine = await scene.approved(1)
  const job = await scene.post({ kind: 'build', profile: 'tiny' })
  await machine.claim()
  expect(await scene.job(job.id)).toMatchObject({ state: 'running', nodeName: 'node-1', status: { nodeId: machine.nodeId } })
  await scene.operator('POST', `/jobs/${job.id}/hold`, { reason: 'later' })
  const back = await scene.job(job.id)
  expect([back.state, back.nodeId, back.nodeName, back.status.nodeId]).toEqual(['queued', undefined, undefined, undefined])
  const status = (await get(`/jobs/${job.id}.xml`)).body
  expect(status).not.toMatch(/CLIENTID|TIMESTART/)
})

describe('GET /jobs/ID.xml', () => {
  it('tells the status by either id, from waiting to the end', async () => {
    const job = await scene.post({ kind: 'build', profile: 'tiny', externalId: 'web' })
    expect((await get(`/jobs/${job.id}.xml`)).body).toContain('<MAJORSTATE>QUEUED</MAJORSTATE>')
    const machine = await scene.approved(1)
    const assignment = await machine.claim()
    await machine.heartbeat(assignment!)
    const running = (await get('/jobs/web.xml')).body
    for (const words of [
      '<CLIENTID>node-1</CLIENTID>',
      '<TIMESTART>20260102:03:04:05</TIMESTART>',
      '<MAJORSTATE>INPROGRESS</MAJORSTATE>',
      '<MINORSTATE>format: working</MINORSTATE>',
      '<PERCENT>',
    ])
      expect(running).toContain(words)
    expect(running).not.toContain('TIMECOMPLETE')
    await scene.operator('POST', `/jobs/${job.id}/cancel`, {})
    const ended = (await get('/jobs/web.xml')).body
    expect(ended).toMatch(/<TIMECOMPLETE>20260102:03:04:05<\/TIMECOMPLETE>[\s\S]*<MAJORSTATE>CANCELLED</)
  })

  it('is for whoever holds the operator token, as a bearer or a password', async () => {
    const { id } = await scene.post({ kind: 'build', profile: 'tiny' })
    for (const url of ['/relbuild.xml', `/jobs/${id}.xml`]) {
      const refused = await get(url, 'wrong')
      expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([401, 'Basic realm="platen"'])
      expect((await scene.app.inject({ url })).statusCode).toBe(401)
      expect((await scene.app.inject({ url, headers: { authorization: `Bearer ${scene.operatorToken}` } })).statusCode).toBe(200)
    }
    expect((await get('/jobs/unknown.xml')).json()).toMatchObject({ code: 'JOB_NOT_FOUND' })
  })
})
