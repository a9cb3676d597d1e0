// Workers that have nothing but HTTP: they take builds by the older XML, say how far they are, and are held to what the appliance has.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AddedAgentCredential } from '../../src/contract/appliances.ts'
import type { Problem } from '../../src/contract/problem.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { smallDiskFile } from '../fakes/small-disk-file.ts'

let scene: OrchestratorScene
let secret: string
beforeEach(async () => {
  scene = await OrchestratorScene.open()
  secret = (await scene.operator<AddedAgentCredential>('POST', '/agent-credentials', { name: 'build-farm' })).body.secret
})
afterEach(() => scene[Symbol.asyncDispose]())

type Headers = Readonly<Record<string, string>>

function ask(method: 'GET' | 'PUT', url: string, payload?: string | Buffer, headers: Headers = {}, password = secret) {
  const authorization = `Basic ${Buffer.from(`worker:${password}`).toString('base64')}`
  return scene.app.inject({ method, url, headers: { authorization, ...headers }, ...(payload === undefined ? {} : { payload }) })
}

const statusOf = (clientId: string, inside = '') =>
  `<JOBSTATUS><CLIENTID>${clientId}</CLIENTID><CLIENTSTATUS>${inside}</CLIENTSTATUS></JOBSTATUS>`
const take = (id: string, clientId = 'w1') => ask('PUT', `/jobs/${id}.xml`, statusOf(clientId), { 'if-none-match': '*' })
const say = (id: string, inside: string, clientId = 'w1') => ask('PUT', `/jobs/${id}.xml`, statusOf(clientId, inside))
const codeOf = ({ json }: { json(): unknown }) => (json() as Problem).code

describe('a job that nobody has', () => {
  it('has no status for a worker, and is the first taker’s', async () => {
    const { id } = await scene.post({ kind: 'build', profile: 'tiny', externalId: 'web' })
    expect((await ask('GET', '/relbuild.xml')).body).toContain('JOB ID="web"')
    expect(codeOf(await ask('GET', '/jobs/web.xml'))).toBe('JOB_NOT_TAKEN')

    const answers = await Promise.all([take('web', 'w1'), take('web', 'w2')])
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 412])
    expect(answers[0]!.headers.etag).toMatch(/^"[0-9a-f-]{36}"$/)
    const { body, statusCode } = await ask('GET', '/jobs/web.xml')
    expect(statusCode).toBe(200)
    expect(body).toContain('<CLIENTID>w1</CLIENTID>')
    expect(await scene.job(id)).toMatchObject({ state: 'running', nodeName: 'w1', nodeId: 'worker:build-farm/w1' })
  })

  it.each([
    ['held', { held: true }],
    ['that needs a class', { needs: { nodeClass: 'web' } }],
  ])('and is %s is none for workers', async (_name, more) => {
    const { id } = await scene.post({ kind: 'build', profile: 'tiny', ...more })
    expect((await ask('GET', `/jobs/${id}.xml`)).statusCode).toBe(200)
    expect(codeOf(await take(id))).toBe('JOB_NOT_AVAILABLE')
  })

  it('that needs a type is left to the worker to choose', async () => {
    const { id } = await scene.post({ kind: 'build', profile: 'tiny', needs: { configType: 'release' } })
    expect((await take(id)).statusCode).toBe(201)
  })

  it('is taken one at a time by one worker', async () => {
    const [one, other] = [
      await scene.post({ kind: 'build', profile: 'tiny' }),
      await scene.post({ kind: 'build', profile: 'tiny' }),
    ]
    await take(one.id)
    expect((await take(other.id)).json()).toMatchObject({
      code: 'JOB_NOT_AVAILABLE',
      detail: expect.stringContaining('one job at a time'),
    })
    expect((await take(other.id, 'w2')).statusCode).toBe(201)
  })
})

describe('a worker with a job', () => {
  let id: string
  beforeEach(async () => {
    id = (await scene.post({ kind: 'build', profile: 'tiny', completeTimeoutSeconds: 600 })).id
    await take(id)
  })

  it('says how far it is, in percent and seconds', async () => {
    const status =
      '<MAJORSTATE>INPROGRESS</MAJORSTATE><MINORSTATE>compiling</MINORSTATE><PERCENT>40</PERCENT><TIMELEFT>0:02:00</TIMELEFT>'
    const { body } = await say(id, status)
    for (const part of ['INPROGRESS', 'compiling', '<PERCENT>40</PERCENT>', '<TIMELEFT>120</TIMELEFT>'])
      expect(body).toContain(part)
    expect((await scene.job(id)).status).toMatchObject({ minorState: 'compiling', percent: 40, secondsLeft: 120 })
  })

  it('may be silent until its time is over', async () => {
    scene.clock.advance(590_000)
    expect((await scene.job(id)).state).toBe('running')
    scene.clock.advance(20_000)
    expect((await scene.job(id)).nodeName).toBeUndefined()
    expect(codeOf(await say(id, '<PERCENT>41</PERCENT>'))).toBe('JOB_LEASE_LOST')
  })

  it('is not believed that it is finished before an image is here', async () => {
    expect(codeOf(await say(id, '<MAJORSTATE>FINISHED</MAJORSTATE>'))).toBe('JOB_OUTCOME_UNPROVEN')
    expect((await scene.job(id)).state).toBe('running')
  })

  it('says that it failed', async () => {
    await say(id, '<MAJORSTATE>FAILED</MAJORSTATE><MINORSTATE>no licence</MINORSTATE>')
    const job = await scene.job(id)
    expect([job.state, job.failure?.message]).toEqual(['failed', 'w1 says that the job failed: no licence'])
  })

  it('is told apart from others with and without its credential', async () => {
    expect(codeOf(await say(id, '<PERCENT>1</PERCENT>', 'w2'))).toBe('JOB_LEASE_LOST')
    const other = (await scene.operator<AddedAgentCredential>('POST', '/agent-credentials', { name: 'other' })).body.secret
    expect(codeOf(await ask('PUT', `/jobs/${id}.xml`, statusOf('w1'), {}, other))).toBe('JOB_LEASE_LOST')
    expect(codeOf(await ask('PUT', `/jobs/${id}/image`, 'x', {}, other))).toBe('JOB_LEASE_LOST')
    expect(codeOf(await ask('PUT', `/jobs/${id}.xml`, statusOf('w1'), {}, scene.operatorToken))).toBe('AGENT_CREDENTIAL_REFUSED')
    const wrongTag = await ask('PUT', `/jobs/${id}.xml`, statusOf('w1'), { 'if-match': '"an older one"' })
    expect(codeOf(wrongTag)).toBe('JOB_LEASE_LOST')
  })

  it('uploads a disk in parts, and then the job is finished', async () => {
    const disk = smallDiskFile()
    const half = disk.subarray(0, disk.length / 2)
    const part = (from: number, bytes: Buffer) =>
      ask('PUT', `/jobs/${id}/image`, bytes, { 'content-range': `bytes ${from}-${from + bytes.length - 1}/${disk.length}` })
    expect((await part(0, half)).json()).toEqual({ receivedBytes: half.length })
    expect((await ask('GET', `/jobs/${id}/image`)).body).toBe(`${half.length}\n`)
    expect((await part(10, half)).json()).toMatchObject({
      code: 'JOB_UPLOAD_REFUSED',
      detail: `${half.length} bytes are here, and this part begins at 10`,
    })
    const last = await part(half.length, disk.subarray(half.length))
    expect([last.statusCode, last.json()]).toEqual([201, { imageName: 'tiny', version: 1 }])

    const { body } = await say(id, '<MAJORSTATE>FINISHED</MAJORSTATE>')
    expect(body).toContain('<MAJORSTATE>FINISHED</MAJORSTATE>')
    expect(await scene.job(id)).toMatchObject({ state: 'succeeded', results: [{ kind: 'capture', imageVersion: 1 }] })
    const { body: version } = await scene.operator<{ jobId: string }>('GET', '/images/tiny/versions/1')
    expect(version.jobId).toBe(id)
  })

  it('is told what it may upload', async () => {
    const { statusCode, json } = await ask('PUT', `/jobs/${id}/image`, Buffer.from('PK\x03\x04 a zip'))
    expect([statusCode, json()]).toEqual([
      422,
      expect.objectContaining({ code: 'IMAGE_FILE_INVALID', detail: 'what was uploaded is zip' }),
    ])
    expect((await ask('GET', `/jobs/${id}/image`)).body).toBe('0\n')
  })

  it('has lost what it uploaded when the job is taken from it', async () => {
    await ask('PUT', `/jobs/${id}/image`, Buffer.alloc(10), { 'content-range': 'bytes 0-9/100' })
    await scene.operator('POST', `/jobs/${id}/hold`, { reason: 'wait' })
    await scene.operator('POST', `/jobs/${id}/resume`)
    expect((await take(id, 'w2')).statusCode).toBe(201)
    expect((await ask('GET', `/jobs/${id}/image`)).body).toBe('0\n')
  })

  it('goes on after a restart of the appliance', async () => {
    await ask('PUT', `/jobs/${id}/image`, Buffer.alloc(10), { 'content-range': 'bytes 0-9/100' })
    await scene.killAndBegin()
    expect((await ask('GET', `/jobs/${id}/image`)).body).toBe('10\n')
    expect((await say(id, '<PERCENT>50</PERCENT>')).statusCode).toBe(200)
  })
})
