// The appliance as people start it: a process that is told to stop, and one that is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../fakes/free-port.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/platen')

const BARE_PROFILE = `
name: bare
architecture: x64
format: { partitions: [{ name: root, type: linux, filesystem: ext4 }] }
capture: { image: bare }
`

let dir: string
let running: ChildProcess[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'platen-process-'))
  running = []
  mkdirSync(join(dir, 'profiles', 'bare'), { recursive: true })
  writeFileSync(join(dir, 'profiles', 'bare', 'profile.yaml'), BARE_PROFILE)
})
afterEach(async () => {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(dir, { recursive: true })
})

interface Started {
  readonly child: ChildProcess
  readonly url: string
}

async function start(): Promise<Started> {
  const httpPort = await freePort()
  const words = ['--interface', 'lo', '--dhcp-mode', 'off', '--http-listen', '127.0.0.1']
  const folders = ['--data-dir', join(dir, 'data'), '--profiles-dir', join(dir, 'profiles')]
  const ports = ['--http-port', String(httpPort), '--tftp-port', String(await freeUdpPort())]
  const child = spawn(PROGRAM, ['serve', ...words, ...folders, ...ports], { stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(child)
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.includes('appliance is up')) return { child, url: `http://127.0.0.1:${httpPort}` }
  }
  throw new Error('the appliance ended before it was up')
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown[]> {
  const exit = once(child, 'exit')
  child.kill(signal)
  return exit
}

function ask(url: string, path: string, init: RequestInit = {}): Promise<Response> {
  const token = readFileSync(join(dir, 'data', 'secrets', 'operator-token'), 'utf8').trim()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return fetch(`${url}/api/v1${path}`, { ...init, headers })
}

describe('platen serve', { timeout: 60_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with status 0 on %s', async (signal) => {
    const { child } = await start()
    expect(await end(child, signal)).toEqual([0, null])
  })

  it('has every job that it acknowledged after kill -9', async () => {
    const first = await start()
    const body = JSON.stringify({ kind: 'build', profile: 'bare' })
    const posted = await ask(first.url, '/jobs', { method: 'POST', body })
    expect(posted.status).toBe(201)
    const before = await (await ask(first.url, '/jobs')).json()
    await end(first.child, 'SIGKILL')

    const second = await start()
    expect(await (await ask(second.url, '/jobs')).json()).toEqual(before)
    expect(await end(second.child, 'SIGTERM')).toEqual([0, null])
  })
})

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}
