import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Appliance } from '../../src/appliance/wire.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'

let dir: string
let appliance: Appliance
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'platen-wire-'))
  appliance = await smallAppliance(dir)
})
afterEach(async () => {
  await appliance.stop()
  rmSync(dir, { recursive: true })
})

const token = () => readFileSync(join(dir, 'secrets', 'operator-token'), 'utf8').trim()

describe('wire', () => {
  it('tells which parts are up: none before the start, all after it', async () => {
    const before = await appliance.app.inject('/healthz')
    expect([before.statusCode, before.json().status]).toEqual([503, 'starting'])
    await appliance.start()
    const after = await appliance.app.inject('/healthz')
    expect(after.statusCode).toBe(200)
    expect(after.json()).toMatchObject({ status: 'up', parts: { http: 'up', orchestrator: 'up', netboot: 'up' }, bootOs: [] })
  })

  it('makes an operator token that only its user may read, and asks for it', async () => {
    expect(statSync(join(dir, 'secrets', 'operator-token')).mode & 0o777).toBe(0o600)
    const headers = { authorization: `Bearer ${token()}` }
    expect((await appliance.app.inject({ url: '/api/v1/nodes', headers })).json()).toEqual({ nodes: [] })
    const without = await appliance.app.inject('/api/v1/nodes')
    expect([without.statusCode, without.json().code]).toEqual([401, 'REQUEST_NOT_AUTHORISED'])
  })

  it('keeps the token over a restart', async () => {
    const first = token()
    await appliance.stop()
    appliance = await smallAppliance(dir)
    expect(token()).toBe(first)
  })

  it('sends a machine that was never seen into the boot OS, with a token for its agent', async () => {
    const { body } = await appliance.app.inject('/boot/52:54:00:00:00:01.ipxe')
    const [, bootToken] = /platen\.token=(\S+)/.exec(body) ?? []
    const hello = await appliance.app.inject({
      method: 'POST',
      url: '/agent/v1/hello',
      headers: { authorization: `Bearer ${bootToken}` },
      payload: {},
    })
    // The token is good, what was said is not.
    expect([hello.statusCode, hello.json().code]).toEqual([400, 'REQUEST_INVALID'])
  })

  it.each([
    { url: '/nothing', status: 404, code: 'REQUEST_NOT_FOUND' },
    { url: '/agent/v1/hello', status: 404, code: 'REQUEST_NOT_FOUND' },
    { url: '/%ff', status: 400, code: 'REQUEST_INVALID' },
  ])('answers $url in the words of the contract', async ({ url, status, code }) => {
    const answer = await appliance.app.inject(url)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.json().hint).not.toBe('')
  })

  it('tells what is wrong here', async () => {
    const headers = { authorization: `Bearer ${token()}` }
    const { findings } = (await appliance.app.inject({ url: '/api/v1/doctor', headers })).json()
    expect(findings[0]).toMatchObject({ severity: 'problem', subject: 'boot OS', advice: 'Build it: platen boot build' })
    expect((await appliance.app.inject('/api/v1/doctor')).statusCode).toBe(401)
  })

  it('describes its API', async () => {
    await appliance.app.ready()
    const { paths } = (await appliance.app.inject('/docs/json')).json()
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/healthz', '/api/v1/jobs', '/agent/v1/claim']))
    expect((await appliance.app.inject('/docs')).statusCode).toBe(200)
  })

  it('stops although a client never ends its request', async () => {
    await appliance.start()
    const { port } = appliance.app.server.address() as { port: number }
    const socket = connect(port, '127.0.0.1')
    const closed = once(socket, 'close')
    const arrived = once(appliance.app.server, 'connection')
    socket.resume().on('error', () => undefined)
    socket.write('POST /agent/v1/hello HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{')
    await arrived
    await appliance.stop()
    await closed
  })

  it('says which port is taken, and leaves nothing running', async () => {
    await appliance.start()
    const { port } = appliance.app.server.address() as { port: number }
    const second = await smallAppliance(join(dir, 'second'), { port })
    await expect(second.start()).rejects.toMatchObject({
      code: 'APPLIANCE_PORT_TAKEN',
      message: `TCP port ${port} of 127.0.0.1 is taken`,
    })
    expect(second.app.server.listening).toBe(false)
  })
})
