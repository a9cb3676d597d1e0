// The second factor: codes as the RFCs have them, each good once, and what a login takes where there is one.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromBase32, oneTimeCode, stepOfCode, toBase32 } from '../../src/access/totp.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'

const RFC_SECRET = Buffer.from('12345678901234567890')

it.each([
  ['755224', 0],
  ['287082', 1],
  ['359152', 2],
  ['969429', 3],
  ['338314', 4],
  ['254676', 5],
  ['287922', 6],
  ['162583', 7],
  ['399871', 8],
  ['520489', 9],
])('RFC 4226, appendix D: %s', (code, counter) => {
  expect(oneTimeCode(RFC_SECRET, counter)).toBe(code)
})

it.each([
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
])('RFC 6238, appendix B: at %d s', (seconds, code) => {
  expect(oneTimeCode(RFC_SECRET, Math.floor(seconds / 30), 8)).toBe(code)
})

it.each([
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
])('RFC 4648, section 10: %s is %s', (text, encoded) => {
  expect(toBase32(Buffer.from(text))).toBe(encoded)
  expect(Buffer.from(fromBase32(encoded)).toString()).toBe(text)
})

it.each([
  { name: 'of this half minute', step: 100, want: 100 },
  { name: 'of the one before', step: 99, want: 99 },
  { name: 'of the next', step: 101, want: 101 },
  { name: 'that is older', step: 98, want: undefined },
  { name: 'of later', step: 102, want: undefined },
  { name: 'that was used', step: 99, used: 99, want: undefined },
])('a code $name: $want', ({ step, used = -1, want }) => {
  expect(stepOfCode(RFC_SECRET, oneTimeCode(RFC_SECRET, step), { nowMs: 100 * 30_000, usedStep: used })).toBe(want)
})

describe('a login', () => {
  const password = 'a sentence to remember'
  let scene: OrchestratorScene
  let secret: string
  let paper: string[]

  async function ask<T = { code?: string }>(path: string, body: object, token?: string) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await scene.app.inject({ method: 'POST', url: `/api/v1${path}`, headers, payload: body })
    return { status: answer.statusCode, body: (answer.body === '' ? undefined : answer.json()) as T }
  }
  const login = (code?: string, shown = password) =>
    ask<{ token: string; code?: string }>('/login', {
      name: 'ann',
      password: shown,
      keep: 'token',
      ...(code === undefined ? {} : { code }),
    })
  const codeNow = () => oneTimeCode(fromBase32(secret), Math.floor(scene.clock.now() / 30_000))

  beforeEach(async () => {
    scene = await OrchestratorScene.open()
    await scene.operator('POST', '/users', { name: 'ann', role: 'viewer', password })
    const { token } = (await login()).body
    expect((await ask('/me/second-factor', { password: 'wrong' }, token)).status).toBe(401)
    secret = (await ask<{ secret: string }>('/me/second-factor', { password }, token)).body.secret
    expect(await ask('/me/second-factor/confirm', { code: '000000' }, token)).toMatchObject({
      body: { code: 'SECOND_FACTOR_REFUSED' },
    })
    expect((await login()).status).toBe(200)
    paper = (await ask<{ codes: string[] }>('/me/second-factor/confirm', { code: codeNow() }, token)).body.codes
    scene.clock.advance(30_000)
  })
  afterEach(() => scene[Symbol.asyncDispose]())

  it('takes password and code, and each code once', async () => {
    expect(await login()).toMatchObject({ status: 401, body: { code: 'LOGIN_CODE_NEEDED' } })
    expect(await login('123456')).toMatchObject({ status: 401, body: { code: 'LOGIN_REFUSED' } })
    expect((await login(codeNow())).status).toBe(200)
    expect((await login(codeNow())).status).toBe(401)
    scene.clock.advance(30_000)
    expect((await login(codeNow())).status).toBe(200)
  })

  it('with a wrong password says nothing of a second factor', async () => {
    expect(await login(undefined, 'wrong')).toMatchObject({ body: { code: 'LOGIN_REFUSED' } })
    expect(await login(codeNow(), 'wrong')).toMatchObject({ body: { code: 'LOGIN_REFUSED' } })
    expect((await login(codeNow())).status).toBe(200)
  })

  it('takes each code on paper once', async () => {
    expect(paper).toHaveLength(10)
    expect((await login(paper[3]!.toUpperCase())).status).toBe(200)
    expect((await login(paper[3])).status).toBe(401)
    expect((await login(paper[4])).status).toBe(200)
    expect(scene.stateText()).not.toContain(paper[0])
  })

  it('locks out who guesses codes', async () => {
    for (let n = 0; n < 5; n++) await login(`00000${n}`)
    expect(await login(codeNow())).toMatchObject({ status: 429, body: { code: 'LOGIN_LOCKED' } })
  })

  it('takes the password alone again when the user, or an admin, takes the factor away', async () => {
    const { token } = (await login(codeNow())).body
    expect((await ask('/me/second-factor/remove', { password, code: '000000' }, token)).status).toBe(401)
    expect((await ask('/me/second-factor/remove', { password, code: paper[0] }, token)).status).toBe(204)
    expect((await login()).status).toBe(200)
  })

  it('of somebody who lost all is opened by an admin', async () => {
    const list = await scene.operator<{ users: object[] }>('GET', '/users')
    expect(list.body.users).toMatchObject([{ name: 'ann', hasSecondFactor: true }])
    expect((await scene.operator('PATCH', '/users/ann', { removeSecondFactor: true })).status).toBe(200)
    expect((await login()).status).toBe(200)
  })
})
