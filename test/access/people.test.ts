// People over HTTP: the first admin, logins as cookies and tokens, roles on every route, tokens of machines, and what ends all of them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROLES, type Role } from '../../src/contract/people.ts'
import { ROUTES } from '../../src/contract/routes.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'

const PASSWORD = 'a sentence to remember'
const HOUR_MS = 3600_000
const HOST = 'appliance:8080'

let scene: OrchestratorScene
beforeEach(async () => {
  scene = await OrchestratorScene.open()
})
afterEach(() => scene[Symbol.asyncDispose]())

interface Ask {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly token?: string
  readonly cookie?: string
  readonly origin?: string
  readonly body?: object
  readonly from?: string
}

async function ask<T = { code?: string }>(path: string, { method, token, cookie, origin, body, from }: Ask = {}) {
  const headers = {
    host: HOST,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(cookie === undefined ? {} : { cookie }),
    ...(origin === undefined ? {} : { origin }),
  }
  const answer = await scene.app.inject({
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    url: `/api/v1${path}`,
    headers,
    ...(from === undefined ? {} : { remoteAddress: from }),
    ...(body === undefined ? {} : { payload: body }),
  })
  return {
    status: answer.statusCode,
    body: (answer.body === '' ? undefined : answer.json()) as T,
    setCookie: String(answer.headers['set-cookie'] ?? ''),
  }
}

const addUser = (name: string, role: Role) => scene.operator('POST', '/users', { name, role, password: PASSWORD })
async function tokenOf(name: string, password = PASSWORD): Promise<string> {
  return (await ask<{ token: string }>('/login', { body: { name, password, keep: 'token' } })).body.token
}
async function cookieOf(name: string): Promise<string> {
  return (await ask('/login', { body: { name, password: PASSWORD } })).setCookie.split(';')[0]!
}

/** The code that stands in the log. */
function codeInLog(): string {
  const told = scene.log.told.find((fields) => 'firstAdminCode' in fields) as { firstAdminCode: string }
  return told.firstAdminCode
}

describe('the first admin', () => {
  const first = (code: string) => ({ code, name: 'ann', password: PASSWORD })

  it('comes by the code in the log, once', async () => {
    const code = codeInLog()
    expect(await ask('/first-admin', { body: first(code.toLowerCase().replaceAll('-', ' ')) })).toMatchObject({
      status: 201,
      body: { name: 'ann', role: 'admin' },
    })
    expect(await ask('/first-admin', { body: { ...first(code), name: 'eve' } })).toMatchObject({ status: 401 })
    expect(await ask('/me', { token: await tokenOf('ann') })).toMatchObject({ body: { name: 'ann', role: 'admin', by: 'login' } })
  })

  it('does not come by a wrong one, and a code that is guessed at is void', async () => {
    for (let n = 0; n < 10; n++) {
      const guess = { body: first('AAAA-AAAA-AAAA'), from: `10.9.9.${n}` }
      expect(await ask('/first-admin', guess)).toMatchObject({ status: 401, body: { code: 'FIRST_ADMIN_REFUSED' } })
    }
    expect(await ask('/first-admin', { body: first(codeInLog()) })).toMatchObject({ status: 401 })
    expect((await scene.operator<{ users: unknown[] }>('GET', '/users')).body.users).toEqual([])
  })

  it('is not asked for where there are users', async () => {
    const code = codeInLog()
    await addUser('bob', 'viewer')
    expect(await ask('/first-admin', { body: first(code) })).toMatchObject({ status: 401 })
  })
})

describe('roles', () => {
  const forPeople = ROUTES.flatMap((route) => (route.caller.kind === 'operator' ? [{ route, least: route.caller.role }] : []))

  it.each(ROLES)('a %s is let in by every route of that role and below, and by no other', async (role) => {
    await addUser('ann', role)
    const token = await tokenOf('ann')
    for (const { route, least } of forPeople) {
      // What others can see and do is their own; here only whether it is let in, by a body that no route takes.
      if (!scene.app.hasRoute({ method: route.method, url: route.path }) || route.operationId === 'logout') continue
      const isStream = route.gives === 'text/event-stream'
      if (isStream) continue
      const { statusCode, body } = await scene.app.inject({
        method: route.method,
        url: route.path.replaceAll(/:\w+/g, '0'),
        headers: { authorization: `Bearer ${token}`, host: HOST, 'content-type': 'image/png' },
        ...(route.method === 'GET' ? {} : { payload: 'x' }),
      })
      const isIn = ROLES.indexOf(role) >= ROLES.indexOf(least)
      expect({ of: route.operationId, isRefused: statusCode === 403 }).toEqual({ of: route.operationId, isRefused: !isIn })
      if (!isIn) expect(JSON.parse(body)).toMatchObject({ code: 'REQUEST_ROLE_TOO_LOW' })
    }
  })

  it('change at once, and end the logins of the user', async () => {
    await addUser('ann', 'admin')
    const token = await tokenOf('ann')
    await scene.operator('PATCH', '/users/ann', { role: 'viewer' })
    expect((await ask('/users', { token })).status).toBe(401)
    expect((await ask('/users', { token: await tokenOf('ann') })).status).toBe(403)
  })
})

describe('logins', () => {
  beforeEach(async () => void (await addUser('ann', 'operator')))

  it('a browser gets a cookie that scripts and other sites cannot use', async () => {
    const { setCookie, body } = await ask('/login', { body: { name: 'ann', password: PASSWORD } })
    expect(setCookie).toMatch(/^platen-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Expires=/)
    expect(JSON.stringify(body)).not.toContain(setCookie.slice(15, 58))
    expect(await ask('/me', { cookie: setCookie.split(';')[0]! })).toMatchObject({ status: 200, body: { name: 'ann' } })
  })

  it.each([
    { name: 'of another site', origin: 'https://evil.example', status: 403 },
    { name: 'of another port', origin: 'http://appliance:9999', status: 403 },
    { name: 'of nothing', origin: 'null', status: 403 },
    { name: 'that does not say', origin: undefined, status: 403 },
    { name: 'of this appliance', origin: `http://${HOST}`, status: 204 },
  ])('a page $name changes something with a cookie: $status', async ({ origin, status }) => {
    const cookie = await cookieOf('ann')
    const answer = await ask('/logout', { method: 'POST', cookie, ...(origin === undefined ? {} : { origin }) })
    expect(answer.status).toBe(status)
    expect((await ask('/me', { cookie })).status).toBe(status === 204 ? 401 : 200)
  })

  it('a cookie is no bearer and a token is no cookie', async () => {
    const [cookie, token] = [await cookieOf('ann'), await tokenOf('ann')]
    expect((await ask('/me', { token: cookie.replace('platen-session=', '') })).status).toBe(401)
    expect((await ask('/me', { cookie: `platen-session=${token}` })).status).toBe(401)
  })

  it('the secret of a cookie changes while it is used, and the one before ends soon', async () => {
    const before = await cookieOf('ann')
    expect((await ask('/me', { cookie: before })).setCookie).toBe('')
    scene.clock.advance(HOUR_MS / 3)
    const after = (await ask('/me', { cookie: before })).setCookie.split(';')[0]!
    expect(after).toMatch(/^platen-session=[\w-]{43}$/)
    expect((await ask('/me', { cookie: before })).status).toBe(200)
    scene.clock.advance(61_000)
    expect((await ask('/me', { cookie: before })).status).toBe(401)
    expect((await ask('/me', { cookie: after })).status).toBe(200)
    // Logging out ends every secret of the login.
    scene.clock.advance(HOUR_MS / 3)
    const last = (await ask('/me', { cookie: after })).setCookie.split(';')[0]!
    await ask('/logout', { method: 'POST', cookie: last, origin: `http://${HOST}` })
    for (const cookie of [after, last]) expect((await ask('/me', { cookie })).status).toBe(401)
  })

  it.each([
    { name: 'a browser that nobody sits at', kind: 'cookie', steps: [2] },
    { name: 'a browser after half a day, whoever sits there', kind: 'cookie', steps: Array.from({ length: 24 }, () => 0.5) },
    { name: 'a token after a week', kind: 'token', steps: [24 * 7 + 1] },
  ] as const)('$name is logged out', async ({ kind, steps }) => {
    let shown: Ask = kind === 'cookie' ? { cookie: await cookieOf('ann') } : { token: await tokenOf('ann') }
    for (const hours of steps) {
      expect((await ask('/me', shown)).status).toBe(200)
      // A week of timers takes a test longer than a week of the calendar.
      if (kind === 'cookie') scene.clock.advance(hours * HOUR_MS)
      else scene.clock.jump(hours * HOUR_MS)
      const { setCookie } = await ask('/me', shown)
      if (setCookie !== '') shown = { cookie: setCookie.split(';')[0]! }
    }
    expect((await ask('/me', shown)).status).toBe(401)
  })

  it('outlive a restart, and are kept as digests', async () => {
    const token = await tokenOf('ann')
    await scene.killAndBegin()
    expect((await ask('/me', { token })).status).toBe(200)
  })

  it('end with the user, and with a new password all but the one that sets it', async () => {
    const [here, there] = [await tokenOf('ann'), await tokenOf('ann')]
    const change = { old: PASSWORD, new: 'another sentence to remember' }
    expect((await ask('/me/password', { token: here, body: { ...change, old: 'wrong' } })).status).toBe(401)
    expect((await ask('/me/password', { token: here, body: change })).status).toBe(204)
    expect((await ask('/me', { token: here })).status).toBe(200)
    expect((await ask('/me', { token: there })).status).toBe(401)
    expect(await ask('/login', { body: { name: 'ann', password: PASSWORD } })).toMatchObject({ status: 401 })
    await scene.operator('DELETE', '/users/ann')
    expect((await ask('/me', { token: here })).status).toBe(401)
  })

  it('of one user are twenty at most: the oldest ends', async () => {
    const first = await tokenOf('ann')
    for (let n = 0; n < 20; n++) {
      scene.clock.advance(1000)
      await tokenOf('ann')
    }
    expect((await ask('/me', { token: first })).status).toBe(401)
  })
})

describe('who guesses passwords', () => {
  const guess = (from: string, name = 'ann', password = 'wrong') => ask('/login', { body: { name, password }, from })

  it('waits longer with each wrong one, from that address alone, and then may try again', async () => {
    await addUser('ann', 'viewer')
    for (let n = 0; n < 5; n++) expect((await guess('10.1.1.1')).status).toBe(401)
    expect(await guess('10.1.1.1', 'ann', PASSWORD)).toMatchObject({ status: 429, body: { code: 'LOGIN_LOCKED' } })
    expect((await guess('10.1.1.2', 'ann', PASSWORD)).status).toBe(200)
    scene.clock.advance(1500)
    expect((await guess('10.1.1.1')).status).toBe(401)
    scene.clock.advance(1500)
    expect((await guess('10.1.1.1', 'ann', PASSWORD)).status).toBe(429)
    scene.clock.advance(1000)
    expect((await guess('10.1.1.1', 'ann', PASSWORD)).status).toBe(200)
    expect((await guess('10.1.1.1')).status).toBe(401)
  })

  it('with many names waits as well, and is told the same of a name that nobody has', async () => {
    await addUser('ann', 'viewer')
    const answers = []
    for (let n = 0; n < 20; n++) answers.push(await guess('10.1.1.1', n === 0 ? 'ann' : `nobody-${n}`))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect((await guess('10.1.1.1', 'somebody-new')).status).toBe(429)
  })
})

describe('tokens', () => {
  const add = async (name: string, role: Role, days = 90) =>
    (await scene.operator<{ secret: string }>('POST', '/tokens', { name, role, days })).body.secret

  it('open what their role does until they end, and the list tells who made them and when they were used', async () => {
    const token = await add('nightly', 'builder', 1)
    expect(await ask('/me', { token })).toMatchObject({ body: { name: 'nightly', role: 'builder', by: 'token' } })
    expect((await ask('/users', { token })).status).toBe(403)
    const { body } = await scene.operator<{ tokens: object[] }>('GET', '/tokens')
    expect(body.tokens).toMatchObject([{ name: 'nightly', addedBy: 'operator-token', lastUsedAt: expect.any(String) }])
    expect(JSON.stringify(body)).not.toContain(token)
    scene.clock.advance(25 * HOUR_MS)
    expect((await ask('/me', { token })).status).toBe(401)
  })

  it('are refused from their removal on, and open the addresses of older tools as a password', async () => {
    const token = await add('xml', 'viewer')
    const asTool = () => scene.app.inject({ url: '/relbuild.xml', headers: { authorization: `Basic ${btoa(`x:${token}`)}` } })
    expect((await asTool()).statusCode).toBe(200)
    expect(await scene.operator('POST', '/tokens', { name: 'xml', role: 'viewer', days: 1 })).toMatchObject({ status: 409 })
    await scene.operator('DELETE', '/tokens/xml')
    expect((await asTool()).statusCode).toBe(401)
    expect(await scene.operator('DELETE', '/tokens/xml')).toMatchObject({ status: 404 })
  })
})

it('nothing that opens anything stands in the state', async () => {
  await addUser('ann', 'viewer')
  const secrets = [PASSWORD, await tokenOf('ann'), (await cookieOf('ann')).replace('platen-session=', '')]
  secrets.push((await scene.operator<{ secret: string }>('POST', '/tokens', { name: 'x', role: 'viewer', days: 1 })).body.secret)
  const kept = scene.stateText()
  expect(kept).toContain('argon2id')
  for (const secret of secrets) expect(kept).not.toContain(secret)
})
