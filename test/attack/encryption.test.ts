// "What a booted machine and people say goes by HTTPS": what somebody on the wire between gets to see, and what somebody who answers in the
// appliance's name achieves.

import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeRoot, makeServerCertificate } from '../../src/access/ca/x509.ts'
import type { Appliance } from '../../src/appliance/wire.ts'
import { certificatesIn, fingerprintOf } from '../../src/contract/certificates.ts'
import type { ImagingTools } from '../../src/winpe-agent/imaging/imaging-tools.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import { startAgent } from '../../src/winpe-agent/start.ts'
import { inventoryOf, macOf } from '../fakes/inventories.ts'
import { RawConnection } from '../fakes/raw-connection.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'
import { askByTls } from '../fakes/tls-peer.ts'

/** Keys take their time to be made: every test begins with a copy of the folder of an appliance that has made its own. */
let made: string
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'platen-encryption-'))
  const first = await smallAppliance(made, { flags: {} })
  await first.start()
  await first.stop()
})
afterAll(() => rmSync(made, { recursive: true }))

let dir: string
let appliance: Appliance
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'platen-encryption-'))
  cpSync(made, dir, { recursive: true })
})
afterEach(async () => {
  await appliance.stop()
  rmSync(dir, { recursive: true })
})

const operatorToken = () => readFileSync(join(dir, 'secrets', 'operator-token'), 'utf8').trim()
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port

async function up(flags: Readonly<Record<string, string>> = {}) {
  appliance = await smallAppliance(dir, { flags })
  await appliance.start()
  const http = portOf(appliance.app.server)
  const script = (await appliance.app.inject(`/boot/${macOf(1)}.ipxe`)).body
  const [, word = '', fingerprint = '', port = '0'] = / (platen\.ca=([0-9a-f]{64})@(\d+)) /.exec(script) ?? []
  const [, token = ''] = /platen\.token=(\S+)/.exec(script) ?? []
  const ca = (await appliance.app.inject('/ca.pem')).body
  return { http, https: Number(port), word, fingerprint, token, ca }
}

/** An agent in its boot OS, until it is told to stop; gives how it ended. */
function agentWith(commandLine: string, stop: AbortSignal, said: string[] = []): Promise<unknown> {
  return startAgent(
    {
      commandLine,
      agentVersion: 'test',
      machine: { inventory: async () => inventoryOf(1) } as unknown as Machine,
      imaging: {} as ImagingTools,
      statusPath: join(dir, 'status.json'),
      print: (line) => void said.push(line),
    },
    stop,
  ).catch((error: unknown) => error)
}

/** Hands on every byte to a port, and keeps what went up. */
async function listenerBefore(port: number) {
  const heard: Buffer[] = []
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1')
    from.on('data', (bytes) => heard.push(bytes))
    from.pipe(to).pipe(from)
    for (const socket of [from, to]) socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: portOf(server), heard: () => Buffer.concat(heard).toString('latin1'), close: () => server.close() }
}

describe('who listens on the wire', () => {
  it('hears of an agent that it fetches the CA, and nothing else: no token, no inventory', async () => {
    const { http, https, word, token } = await up()
    const [plain, encrypted] = [await listenerBefore(http), await listenerBefore(https)]
    const stop = new AbortController()
    const words = `platen.url=http://127.0.0.1:${plain.port} platen.token=${token} ${word.replace(/@\d+/, `@${encrypted.port}`)}`
    const running = agentWith(words, stop.signal)
    const headers = { authorization: `Bearer ${operatorToken()}` }
    await vi.waitFor(async () => {
      const { nodes } = (await appliance.app.inject({ url: '/api/v1/nodes', headers })).json()
      expect(nodes).toMatchObject([{ state: 'discovered' }])
    }, 20_000)
    stop.abort(new Error('enough'))
    await running
    expect(plain.heard().match(/^[A-Z]+ \S+/gm)).toEqual(['GET /ca.pem'])
    for (const each of [plain, encrypted]) {
      expect(each.heard()).not.toContain(token)
      expect(each.heard()).not.toContain('SN-10')
      each.close()
    }
    expect(encrypted.heard().length).toBeGreaterThan(1000)
  })

  it.each(['/healthz', '/console/', '/api/v1/nodes'])(
    'cannot read what %s answers by HTTPS, and who knows the CA can',
    async (path) => {
      const { https, ca } = await up()
      const heard = await listenerBefore(https)
      const answer = await askByTls({ port: heard.port, ca, path, headers: { authorization: `Bearer ${operatorToken()}` } })
      expect(answer.status).toBe(200)
      expect(heard.heard()).not.toContain(operatorToken())
      heard.close()
    },
  )
})

describe('who answers in the name of the appliance', () => {
  it('with a CA of its own is not followed: the agent says so and sends no token', async () => {
    const { word, token } = await up()
    const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
    const root = await makeRoot('Platen CA', validity)
    const asked: string[] = []
    const liar = createHttpServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization ?? ''}`)
      response.end(root.certificate)
    }).listen(0, '127.0.0.1')
    await once(liar, 'listening')
    const end = await agentWith(
      `platen.url=http://127.0.0.1:${portOf(liar)} platen.token=${token} ${word}`,
      AbortSignal.timeout(20_000),
    )
    expect(end).toMatchObject({ code: 'AGENT_CA_REFUSED' })
    expect(asked).toEqual(['/ca.pem '])
    liar.close()
  })

  it('at the port of HTTPS hears no token, whatever certificate it shows', async () => {
    const { http, word, token } = await up()
    const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
    const { key, certificate: cert } = await makeServerCertificate(await makeRoot('Platen CA', validity), ['127.0.0.1'], validity)
    const asked: string[] = []
    let handshakes = 0
    const liar = createHttpsServer({ key, cert }, (request) => void asked.push(String(request.headers.authorization))).listen(
      0,
      '127.0.0.1',
    )
    liar.on('connection', () => handshakes++)
    await once(liar, 'listening')
    const stop = new AbortController()
    const words = `platen.url=http://127.0.0.1:${http} platen.token=${token} ${word.replace(/@\d+/, `@${portOf(liar)}`)}`
    const running = agentWith(words, stop.signal)
    await vi.waitFor(() => expect(handshakes).toBeGreaterThan(1), 20_000)
    stop.abort(new Error('enough'))
    await running
    expect(asked).toEqual([])
    liar.close()
  })

  it.each(['platen.ca=', 'platen.ca=00@8443', 'platen.ca=none'])(
    'with the word %s does not make an agent speak plainly',
    async (word) => {
      const { http, token } = await up()
      const end = await agentWith(
        `platen.url=http://127.0.0.1:${http} platen.token=${token} ${word}`,
        AbortSignal.timeout(20_000),
      )
      expect(end).toMatchObject({ code: 'AGENT_CONFIG_INVALID' })
    },
  )
})

describe('the CA', () => {
  it('that anybody may fetch is that of the boot script, without its key', async () => {
    const { ca, fingerprint } = await up()
    expect(certificatesIn(ca).map(fingerprintOf)).toEqual([fingerprint])
    expect(ca).not.toContain('PRIVATE KEY')
  })

  it('is believed by nobody who does not know it', async () => {
    // One that no agent of this process has met: they believe the one of the folder that all tests begin with.
    for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true })
    const { https } = await up()
    await expect(askByTls({ port: https })).rejects.toMatchObject({ code: expect.stringMatching(/UNABLE_TO|SELF_SIGNED/) })
  })

  it('is changed while the appliance runs, by an admin alone', async () => {
    const { https, ca } = await up()
    const ask = (authorization: string) =>
      askByTls({
        port: https,
        ca,
        path: '/api/v1/ca/rotate',
        method: 'POST',
        headers: { authorization },
        body: { overlapDays: 1 },
      })
    expect((await ask('Bearer nobody-that-is-known')).status).toBe(401)
    const before = await askByTls({ port: https, ca })
    const rotated = await ask(`Bearer ${operatorToken()}`)
    expect(rotated.status).toBe(200)
    const now = JSON.parse(rotated.body) as { certificate: string }
    const follows = await askByTls({ port: https, ca })
    const knows = await askByTls({ port: https, ca: now.certificate })
    expect([follows.status, knows.status]).toEqual([200, 200])
    expect(follows.serial).not.toBe(before.serial)
    const script = (await appliance.app.inject(`/boot/${macOf(1)}.ipxe`)).body
    expect(script).toContain(`platen.ca=${fingerprintOf(certificatesIn(now.certificate)[0]!)}@`)
  })
})

describe('cookies', () => {
  it('of HTTPS never travel without it, and no page without it can set them', async () => {
    const { https, ca } = await up()
    const headers = { authorization: `Bearer ${operatorToken()}` }
    const user = { name: 'ann', role: 'admin', password: 'a sentence is a good one' }
    await appliance.app.inject({ method: 'POST', url: '/api/v1/users', headers, payload: user })
    const login = { name: 'ann', password: user.password, keep: 'cookie' }
    const { headers: told } = await askByTls({ port: https, ca, path: '/api/v1/login', method: 'POST', body: login })
    const [cookie = ''] = [told['set-cookie']].flat() as string[]
    expect(cookie).toMatch(/^__Host-platen-session=\S+; Path=\/; HttpOnly; SameSite=Strict; Secure; /)
    const [pair = ''] = cookie.split(';')
    const me = (sent: string) => askByTls({ port: https, ca, path: '/api/v1/me', headers: { cookie: sent } })
    expect((await me(pair)).status).toBe(200)
    // What a page without encryption could have set.
    expect((await me(pair.replace('__Host-', ''))).status).toBe(401)
    expect((await appliance.app.inject({ url: '/api/v1/me', headers: { cookie: pair } })).statusCode).toBe(401)
  })
})

describe('where plain HTTP serves what boots alone', () => {
  const from = (remoteAddress: string, url: string, more = {}) => appliance.app.inject({ url, remoteAddress, ...more })

  it.each(['/api/v1/nodes', '/api/v1/login', '/agent/v1/hello', '/agent/v1/claim', '/node/v1/present'])(
    'refuses %s from other machines, whatever they show',
    async (url) => {
      await up({ 'http-serves': 'boot' })
      const method = url === '/api/v1/nodes' ? 'GET' : 'POST'
      const answer = await from('10.77.0.9', url, { method, headers: { authorization: `Bearer ${operatorToken()}` } })
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'REQUEST_NEEDS_HTTPS'])
    },
  )

  it.each(['/', '/console/', '/console/nodes/pc-1', '/docs'])('leads people from %s to HTTPS', async (url) => {
    const { https } = await up({ 'http-serves': 'boot' })
    const answer = await from('10.77.0.9', url, { headers: { host: 'platen.example:8080' } })
    expect([answer.statusCode, answer.headers.location]).toEqual([307, `https://platen.example:${https}${url}`])
  })

  it('still boots machines, tells the CA, and serves the machine itself', async () => {
    await up({ 'http-serves': 'boot' })
    const script = await from('10.77.0.9', `/boot/${macOf(2)}.ipxe`)
    expect([script.statusCode, script.body.startsWith('#!ipxe')]).toEqual([200, true])
    expect((await from('10.77.0.9', '/ca.pem')).statusCode).toBe(200)
    expect(
      (await from('127.0.0.1', '/api/v1/nodes', { headers: { authorization: `Bearer ${operatorToken()}` } })).statusCode,
    ).toBe(200)
  })
})

describe('the port of HTTPS', () => {
  it('is not held by who never encrypts, and serves others meanwhile', async () => {
    const { https, ca } = await up()
    const strangers = await Promise.all(Array.from({ length: 300 }, () => RawConnection.open(https)))
    strangers[0]!.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await strangers[0]!.closed
    expect((await askByTls({ port: https, ca })).status).toBe(200)
    // Of one address 256 may be in the middle of it.
    const open = () => strangers.filter(({ isOpen }) => isOpen).length
    await vi.waitFor(() => expect(open()).toBeLessThanOrEqual(256))
    for (const { socket } of strangers) socket.destroy()
  })

  it('is given up where another program has it, unless it was asked for; machines boot all the same', async () => {
    const { https } = await up()
    const other = mkdtempSync(join(tmpdir(), 'platen-encryption-'))
    const taken = await smallAppliance(other, { httpsPort: https })
    await expect(taken.start()).rejects.toMatchObject({ code: 'APPLIANCE_PORT_TAKEN' })
    await taken.stop()
    // Whether it is this one or another program of this machine that has it.
    const holder = createServer().listen(8443, '127.0.0.1')
    await Promise.race([once(holder, 'listening'), once(holder, 'error')]).catch(() => undefined)
    const usual = await smallAppliance(other, { httpsPort: 'usual' })
    await usual.start()
    expect((await usual.app.inject(`/boot/${macOf(1)}.ipxe`)).body).not.toContain('platen.ca=')
    const headers = { authorization: `Bearer ${readFileSync(join(other, 'secrets', 'operator-token'), 'utf8').trim()}` }
    const { findings } = (await usual.app.inject({ url: '/api/v1/doctor', headers })).json()
    expect(findings).toContainEqual(expect.objectContaining({ severity: 'problem', subject: 'HTTPS' }))
    await usual.stop()
    holder.close()
    rmSync(other, { recursive: true })
  })
})
