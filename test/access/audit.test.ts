// The audit: who did what from where, what was refused, and that nobody changes it unseen.
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Audit } from '../../src/access/audit/audit.ts'
import type { AuditEntry, AuditVerdict } from '../../src/contract/audit.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { SilentLog } from '../fakes/silent-log.ts'
import { StateFolder } from '../fakes/state-folder.ts'
import { TestClock } from '../fakes/test-clock.ts'

describe('what is recorded', () => {
  let scene: OrchestratorScene
  beforeEach(async () => {
    scene = await OrchestratorScene.open()
  })
  afterEach(() => scene[Symbol.asyncDispose]())

  const entries = async (query = '') => (await scene.operator<{ entries: AuditEntry[] }>('GET', `/audit${query}`)).body.entries
  const asStranger = (url: string, from = '10.6.6.6') =>
    scene.app.inject({ url: `/api/v1${url}`, remoteAddress: from, headers: { authorization: 'Bearer guess' } })

  it('who changed which node, from where, and nothing of who only looks', async () => {
    const machine = await scene.approved(1)
    await scene.operator('GET', '/nodes')
    await scene.operator('POST', `/nodes/${machine.nodeName}/hold`, { reason: 'a fan is broken' })
    const [last, ...rest] = await entries()
    expect(last).toMatchObject({
      who: { name: 'operator-token', role: 'admin', by: 'operator-token' },
      from: '127.0.0.1',
      did: 'holdNode',
      about: { node: machine.nodeName, reason: 'a fan is broken' },
      status: 200,
    })
    expect(rest.map(({ did }) => did)).toEqual(['approveNode'])
  })

  it('what failed, with its code', async () => {
    await scene.operator('POST', '/nodes/nobody/retire')
    expect((await entries())[0]).toMatchObject({ did: 'retireNode', status: 404, code: 'NODE_NOT_FOUND' })
  })

  it('refused tries: of people with too low a role, and of strangers, also where they only look', async () => {
    const { body } = await scene.operator<{ secret: string }>('POST', '/tokens', { name: 'eye', role: 'viewer', days: 1 })
    await scene.app.inject({ method: 'DELETE', url: '/api/v1/users/ann', headers: { authorization: `Bearer ${body.secret}` } })
    await asStranger('/nodes')
    expect((await entries()).slice(0, 2)).toMatchObject([
      { did: 'listNodes', from: '10.6.6.6', status: 401, code: 'REQUEST_NOT_AUTHORISED' },
      { did: 'removeUser', who: { name: 'eye' }, about: { user: 'ann' }, code: 'REQUEST_ROLE_TOO_LOW' },
    ])
    expect((await entries())[0]).not.toHaveProperty('who')
  })

  it('logins, right and wrong, and no secret of any kind', async () => {
    const password = 'a sentence to remember'
    await scene.operator('POST', '/users', { name: 'ann', role: 'viewer', password })
    for (const shown of ['a wrong sentence', password])
      await scene.app.inject({ method: 'POST', url: '/api/v1/login', payload: { name: 'ann', password: shown, keep: 'token' } })
    const found = await entries()
    expect(found.slice(0, 2)).toMatchObject([
      { did: 'login', about: { name: 'ann' }, status: 200 },
      { did: 'login', about: { name: 'ann' }, status: 401, code: 'LOGIN_REFUSED' },
    ])
    expect(JSON.stringify(found)).not.toMatch(/sentence/)
  })

  it('strangers do not push out what people did: the rest of a minute is counted', async () => {
    for (let n = 0; n < 50; n++) await asStranger('/nodes', `10.6.6.${n}`)
    await scene.operator('POST', '/images/collect')
    const found = await entries('?limit=1000')
    expect(found).toHaveLength(21)
    expect(found[0]).toMatchObject({ did: 'collectImages', skipped: 30 })
  })

  it('is read by admins, by name and from a number on, and goes on over a restart', async () => {
    for (const name of ['a', 'b', 'c']) await scene.operator('POST', '/tokens', { name, role: 'viewer', days: 1 })
    await asStranger('/nodes')
    expect((await entries('?who=operator-token&before=3')).map(({ about }) => about.name)).toEqual(['b', 'a'])
    await scene.killAndBegin()
    await scene.operator('POST', '/tokens', { name: 'd', role: 'viewer', days: 1 })
    expect((await entries()).map(({ number }) => number)).toEqual([5, 4, 3, 2, 1])
    expect((await scene.operator<AuditVerdict>('GET', '/audit/verify')).body).toMatchObject({ entries: 5, problems: [] })
  })

  it('is told to hooks that listen for it', async () => {
    const told: unknown[] = []
    scene.rooms.events.subscribe((event) => told.push(event), ['audit.recorded'])
    await scene.operator('POST', '/images/collect')
    expect(told).toMatchObject([{ type: 'audit.recorded', entry: { did: 'collectImages' } }])
  })
})

describe('the chain', () => {
  let folder: StateFolder
  let told: AuditEntry[]
  beforeEach(() => {
    folder = new StateFolder()
    told = []
  })
  afterEach(() => folder[Symbol.dispose]())

  const open = () =>
    Audit.open(folder.path, { clock: new TestClock(), log: new SilentLog(), onEntry: (entry) => told.push(entry) })
  const event = (n: number, size = 10) => ({
    who: { name: 'ann', role: 'admin', by: 'login' } as const,
    from: '10.0.0.1',
    did: 'holdNode',
    about: { node: `node-${n}`, reason: 'x'.repeat(size) },
    status: 200,
  })
  const files = () => readdirSync(join(folder.path, 'audit')).sort()
  const pathOf = (name = files()[0]!) => join(folder.path, 'audit', name)

  async function written(count: number): Promise<string[]> {
    const audit = await open()
    for (let n = 1; n <= count; n++) await audit.record(event(n))
    await audit.close()
    return readFileSync(pathOf(), 'utf8').trimEnd().split('\n')
  }

  async function verdict(expected = {}): Promise<AuditVerdict> {
    const audit = await open()
    try {
      return await audit.verify(expected)
    } finally {
      await audit.close()
    }
  }

  it.each([
    { name: 'a word of an entry is another', change: (lines: string[]) => lines.with(2, lines[2]!.replace('node-3', 'node-4')) },
    { name: 'an entry is gone', change: (lines: string[]) => lines.toSpliced(2, 1) },
    { name: 'two have changed places', change: (lines: string[]) => lines.with(1, lines[2]!).with(2, lines[1]!) },
    { name: 'one stands there twice', change: (lines: string[]) => lines.toSpliced(2, 0, lines[1]!) },
    { name: 'one cannot be read', change: (lines: string[]) => lines.with(3, 'nonsense') },
    { name: 'the first is gone', change: (lines: string[]) => lines.slice(1) },
  ])('is broken where $name', async ({ change }) => {
    const lines = await written(5)
    writeFileSync(pathOf(), `${change(lines).join('\n')}\n`)
    expect((await verdict()).problems.length).toBeGreaterThan(0)
  })

  it('with its end cut off, or all of it written anew, is not what was noted elsewhere', async () => {
    const lines = await written(5)
    const { last } = await verdict()
    expect((await verdict(last)).isAsExpected).toBe(true)
    writeFileSync(pathOf(), `${lines.slice(0, 4).join('\n')}\n`)
    expect(await verdict(last)).toMatchObject({ isAsExpected: false, problems: [] })
    rmSync(pathOf())
    await written(5)
    expect((await verdict(last)).isAsExpected).toBe(true)
    rmSync(pathOf())
    await written(4)
    expect((await verdict(last)).isAsExpected).toBe(false)
  })

  it('loses nothing but a torn end when the appliance is killed in a write', async () => {
    await written(3)
    appendFileSync(pathOf(), 'abc\t{"number":4')
    const audit = await open()
    await audit.record(event(4))
    expect(await audit.verify()).toMatchObject({ entries: 4, problems: [] })
    await audit.close()
  })

  it('goes on in further files, keeps so many, and is whole over all of them', { timeout: 120_000 }, async () => {
    const audit = await open()
    const large = 500_000
    for (let n = 1; n <= 250; n++) await audit.record(event(n, large))
    expect(files()).toHaveLength(25)
    expect(files()[0]).not.toBe('000001.log')
    const { entries, problems, last } = await audit.verify()
    expect([problems, last?.number]).toEqual([[], 250])
    expect(entries).toBeLessThan(250)
    await audit.close()
    expect((await verdict(last)).isAsExpected).toBe(true)
    rmSync(pathOf(files()[10]))
    expect((await verdict()).problems).toHaveLength(1)
  })

  it('many at once have one number each', async () => {
    const audit = await open()
    await Promise.all(Array.from({ length: 100 }, (_, n) => audit.record(event(n))))
    expect(told.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
    expect((await audit.verify()).problems).toEqual([])
    await audit.close()
  })
})
