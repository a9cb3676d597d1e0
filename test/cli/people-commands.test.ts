// platen login, user and token, on a real appliance: what a person types, and what is kept where.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fromBase32, oneTimeCode } from '../../src/access/totp.ts'
import { createApiClient } from '../../src/cli/api-client.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { execute } from '../../src/cli/execute.ts'
import { findCommand } from '../../src/cli/find-command.ts'
import { keptToken, keptTokenFile } from '../../src/cli/kept-token.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { RecordedOutput } from '../fakes/recorded-output.ts'

const URL = 'http://10.77.0.1:8080'
let scene: OrchestratorScene
let home: string
/** What is typed when a secret is asked for. */
let typed: (string | (() => string))[]
let screen: RecordedOutput
beforeEach(async () => {
  scene = await OrchestratorScene.open()
  home = mkdtempSync(join(tmpdir(), 'platen-home-'))
  writeFileSync(join(home, 'operator-token'), scene.operatorToken)
  typed = []
})
afterEach(async () => {
  await scene[Symbol.asyncDispose]()
  rmSync(home, { recursive: true })
})

const environment = () => ({ XDG_CONFIG_HOME: home })

/** As main.ts does: by the login that is kept, else by the operator token. */
async function type(line: string): Promise<{ exit: number; out: string; errors: string }> {
  const out = new RecordedOutput()
  screen = out
  const tokenFile = keptToken(URL, environment()) ?? join(home, 'operator-token')
  const signal = new AbortController().signal
  const connect = () =>
    createApiClient({ url: URL, tokenFile, keptTokenFile: keptTokenFile(URL, environment()), signal, fetch: asInject })
  const askSecret = async () => {
    const next = typed.shift() ?? ''
    return typeof next === 'string' ? next : next()
  }
  const { command, argv } = findCommand(COMMANDS, line.split(' '))
  const ask = async () => undefined
  const exit = await execute(command, argv, { out, environment: {}, signal, sleep: async () => {}, connect, ask, askSecret })
  return { exit, out: out.text, errors: out.errorText }
}

const asInject: typeof fetch = async (target, { method = 'GET', headers, body } = {}) => {
  const { statusCode, payload } = await scene.app.inject({
    method: method as 'GET',
    url: String(target).slice(URL.length),
    headers: headers as Record<string, string>,
    ...(body === undefined || body === null ? {} : { payload: String(body) }),
  })
  return new Response(payload === '' ? null : payload, { status: statusCode })
}

it('a person is added, logs in, asks as that person, and logs out', async () => {
  typed = ['a sentence to remember', 'a sentence to remember']
  expect(await type('user add ann --role technician')).toMatchObject({ exit: 0, out: 'ann is a user now (technician)' })
  expect((await type('user list')).out).toMatch(/ann +technician/)
  expect((await type('login ann')).out).toMatch(/^ann \(technician\) is logged in until /)
  const file = keptTokenFile(URL, environment())
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect((await type('whoami')).out).toBe('ann (technician), by login; sees everything')
  expect(await type('user list')).toMatchObject({ exit: 77, errors: expect.stringContaining('REQUEST_ROLE_TOO_LOW') })
  const token = readFileSync(file, 'utf8').trim()
  expect(await type('logout')).toMatchObject({ exit: 0, out: 'logged out' })
  expect(existsSync(file)).toBe(false)
  expect((await type('whoami')).out).toBe('operator-token (admin), by operator token; sees everything')
  const answer = await scene.app.inject({ url: '/api/v1/me', headers: { authorization: `Bearer ${token}` } })
  expect(answer.statusCode).toBe(401)
})

it('the first admin is made without any token', async () => {
  rmSync(join(home, 'operator-token'))
  const told = scene.log.told.find((fields) => 'firstAdminCode' in fields) as { firstAdminCode: string }
  typed = [told.firstAdminCode, 'a sentence to remember', 'a sentence to remember']
  expect((await type('user first ann')).out).toBe('ann is the first admin; log in: platen login ann')
  await type('login ann')
  expect((await type('whoami')).out).toBe('ann (admin), by login; sees everything')
})

it('a user is changed and removed', async () => {
  typed = ['a sentence to remember', 'another one to remember']
  await type('user add ann --role viewer')
  expect((await type('user change ann --role builder')).out).toContain('ann is changed (builder)')
  expect((await type('user change ann --password')).exit).toBe(0)
  await type('user change ann --location hall --class lab')
  expect((await type('user list')).out).toMatch(/ann +builder +hall; class lab/)
  await type('user change ann --everywhere')
  expect((await type('user list')).out).toMatch(/ann +builder +everything/)
  expect((await type('user remove ann')).out).toBe('ann is no user any more')
  expect(await type('user remove ann')).toMatchObject({ exit: 66 })
})

it('a second factor is added, asked for at the login, and removed', async () => {
  const password = 'a sentence to remember'
  typed = [password, password, password, '000000']
  await type('user add ann --role viewer')
  await type('login ann')
  expect(await type('second-factor add')).toMatchObject({ exit: 77, errors: expect.stringContaining('SECOND_FACTOR_REFUSED') })
  // The app has what stands on the screen.
  const ofApp = () => {
    const [, secret = ''] = /otpauth:.*secret=([A-Z2-7]+)/.exec(screen.errorText) ?? []
    return oneTimeCode(fromBase32(secret), Math.floor(scene.clock.now() / 30_000))
  }
  typed = [password, ofApp]
  const added = await type('second-factor add')
  const [first = '', second = ''] = added.out.split('\n')
  expect(added.out.split('\n')).toHaveLength(10)
  typed = [password, first, password, second, password]
  expect((await type('login ann')).exit).toBe(0)
  expect((await type('second-factor remove')).exit).toBe(0)
  expect((await type('login ann')).exit).toBe(0)
})

it('a token is shown once, listed, and removed', async () => {
  const made = await type('token add nightly --role builder --days 7')
  expect(made.errors).toContain('is not shown again')
  expect(made.out).toMatch(/^[\w-]{43}$/)
  expect((await type('token list')).out).toMatch(/nightly +builder +everything +operator-token/)
  expect((await type('token remove nightly')).out).toBe('token nightly is refused from now on')
  expect((await type('token list')).out).toBe('No tokens.')
})

it('the audit is listed, checked, and compared with what was noted', async () => {
  await type('token add nightly --role builder')
  expect((await type('audit list --who operator-token --limit 1')).out).toMatch(
    /operator-token +127.0.0.1 +addToken +.*name=nightly.* +done/,
  )
  const { out } = await type('audit verify')
  const noted = out.split('\n')[1]!
  expect(await type(`audit verify --expect ${noted}`)).toMatchObject({ exit: 0 })
  expect(await type(`audit verify --expect 1:${'0'.repeat(64)}`)).toMatchObject({
    exit: 65,
    errors: expect.stringContaining('AUDIT_BROKEN'),
  })
})

it.each([
  ['audit list --limit few', 'whole number'],
  ['audit verify --expect x', 'NUMBER:DIGEST'],
  ['user add ann', 'takes --role'],
  ['user add ann --role king', 'is no role'],
  ['user change ann', '--everywhere'],
  ['token add x --role viewer --days many', 'whole number'],
])('%s: %s', async (line, words) => {
  expect(await type(line)).toMatchObject({ exit: 64, errors: expect.stringContaining(words) })
})

it.each([
  ['http://10.77.0.1:8080', '/home/ann/.config/platen/login-10.77.0.1_8080'],
  ['https://[fd00::1]:8443', '/home/ann/.config/platen/login-_fd00_1_8443'],
])('the login at %s is kept in %s', (url, file) => {
  expect(keptTokenFile(url, { XDG_CONFIG_HOME: '/home/ann/.config' })).toBe(file)
})
