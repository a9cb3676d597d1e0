// Known secrets are planted wherever one can stand, and then looked for.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { secretValuesIn, withoutKnown, withoutSecretValues } from '../../../src/appliance/support/leave-out-secrets.ts'
import { RecentLines } from '../../../src/appliance/support/recent-lines.ts'
import { supportBundle } from '../../../src/appliance/support/support-bundle.ts'
import { smallAppliance } from '../../fakes/small-appliance.ts'

const PLANTED = {
  hook: 'hook-secret-7f31c9',
  mail: 'mail "password" 51aa0e',
  query: 'query-token-9d02b7',
  user: 'user-in-address-81c3',
  cloud: 'cloud-password-3c18f4',
  variable: 'variable-secret-e604d2',
  credential: 'credential-of-another-appliance-77',
}

it('a running appliance gives what is needed, and none of its secrets', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'platen-support-'))
  // As a program would log them that should not have.
  const recentLog = () => [
    JSON.stringify({ level: 30, msg: `sent ${PLANTED.mail} to https://${PLANTED.user}@mail.example/?t=${PLANTED.query}` }),
    `no JSON, with ${PLANTED.variable} and ${PLANTED.cloud}`,
    JSON.stringify({ level: 50, msg: `token ${readFileSync(join(dataDir, 'secrets/operator-token'), 'utf8')}` }),
  ]
  const appliance = await smallAppliance(dataDir, { recentLog })
  try {
    await appliance.start()
    const token = readFileSync(join(dataDir, 'secrets/operator-token'), 'utf8').trim()
    const headers = { authorization: `Bearer ${token}` }
    const put = async (url: string, payload: object) => {
      const { statusCode, body } = await appliance.app.inject({ method: 'PUT', url: `/api/v1${url}`, headers, payload })
      if (statusCode >= 300) throw new Error(body)
    }
    await put('/hooks/chat', {
      kind: 'webhook',
      events: ['job.failed'],
      url: `https://${PLANTED.user}@site.example/in?token=${PLANTED.query}`,
      secret: PLANTED.hook,
    })
    const mail = { host: 'mail.example', encryption: 'tls', user: 'platen', from: 'a@b.example', to: ['c@d.example'] }
    await put('/hooks/mail', { kind: 'mail', events: ['job.failed'], password: PLANTED.mail, ...mail })
    await put('/classes/lab', {
      title: `written down: ${PLANTED.hook}`,
      selector: { tags: ['lab'] },
      personalise: { cloudInit: { userData: `password: ${PLANTED.cloud}\n` } },
    })
    await put('/schedules/nightly', {
      cron: '30 2 * * *',
      job: { kind: 'build', profile: 'tiny', variables: { rootPassword: PLANTED.variable } },
    })
    await put('/appliances/other', { url: 'http://10.0.0.9:8080', credential: PLANTED.credential })

    const { statusCode, body } = await appliance.app.inject({ url: '/api/v1/support-bundle', headers })
    expect(statusCode).toBe(200)
    const secrets = readdirSync(join(dataDir, 'secrets')).flatMap((name) =>
      readFileSync(join(dataDir, 'secrets', name), 'utf8').split('\n'),
    )
    for (const secret of [...Object.values(PLANTED), ...secrets.filter((line) => line.length > 5)]) {
      expect(body).not.toContain(secret)
      expect(body).not.toContain(JSON.stringify(secret).slice(1, -1))
    }
    expect(JSON.parse(body)).toMatchObject({
      about: { node: process.version, health: { status: 'up' } },
      settings: { dataDir },
      classes: { classes: [{ name: 'lab' }] },
      hooks: { hooks: [{ target: 'https://(left out)@site.example/in?(left out)' }, { name: 'mail' }] },
      log: [{ level: 30 }, 'no JSON, with (left out) and (left out)', {}],
    })
    expect((await appliance.app.inject({ url: '/api/v1/support-bundle' })).statusCode).toBe(401)
  } finally {
    await appliance.stop()
    rmSync(dataDir, { recursive: true })
  }
}, 60_000)

it('the logs of failed jobs come without what their jobs were given to keep', async () => {
  const jobs = {
    jobs: [
      { id: 'j-1', state: 'failed', request: { variables: { adminPassword: 'opensesame' } } },
      { id: 'j-2', state: 'queued' },
    ],
  }
  const asked: string[] = []
  const text = await supportBundle(
    { dataDir: '/nowhere', version: '1', settings: {}, recentLog: () => [], knownSecrets: () => [] },
    async (path) => {
      asked.push(path)
      if (path === '/api/v1/jobs') return { status: 200, body: JSON.stringify(jobs) }
      if (path.endsWith('log.txt')) return { status: 200, body: 'begins\nset password opensesame\nfails\n' }
      return { status: 404, body: '{"code":"REQUEST_NOT_FOUND"}' }
    },
  )
  expect(asked.filter((path) => path.endsWith('log.txt'))).toEqual(['/api/v1/jobs/j-1/log.txt'])
  expect(JSON.parse(text)).toMatchObject({
    jobLogs: { 'j-1': ['begins', 'set password (left out)', 'fails'] },
    nodes: { status: 404 },
  })
  expect(text).not.toContain('opensesame')
})

describe('what is left out', () => {
  it.each([
    { name: 'a password', value: { password: 'x' }, want: { password: '(left out)' } },
    { name: 'whatever variables hold', value: { variables: { a: 'x' } }, want: { variables: { a: '(left out)' } } },
    { name: 'a user in an address', value: 'see https://a:b@c.example/d', want: 'see https://(left out)@c.example/d' },
    { name: 'a query', value: 'http://c.example/d?e=f', want: 'http://c.example/d?(left out)' },
    { name: 'a list of credentials', value: { credentials: ['x'] }, want: { credentials: '(left out)' } },
  ])('$name', ({ value, want }) => {
    expect(withoutSecretValues(value)).toEqual(want)
  })

  it.each([
    { name: 'whether there is one', value: { hasCredential: true } },
    { name: 'public keys', value: { publicKey: 'RWx', tpmKey: 'ab', sshHostKey: 'SHA256:x' } },
    { name: 'addresses without more', value: 'http://10.77.0.1:8080/boot' },
    { name: 'how many packages', value: { packages: 3, passes: 2 } },
  ])('not $name', ({ value }) => {
    expect(withoutSecretValues(value)).toEqual(value)
  })

  it('is found under names anywhere, and replaced wherever it is', () => {
    const value = { a: [{ rootPassword: 'se"same!' }], b: 'he said se"same!' }
    expect([...secretValuesIn(value)]).toEqual(['se"same!'])
    expect(withoutKnown(JSON.stringify(value), secretValuesIn(value))).not.toContain('same!')
  })
})

it('of the log the latest lines stay, in the order in which they came', () => {
  const recent = new RecentLines()
  for (let line = 0; line < 9000; line++) recent.add(`${line}\n`)
  expect(recent.list()).toHaveLength(2000)
  expect([recent.list()[0], recent.list().at(-1)]).toEqual(['7000', '8999'])
})
