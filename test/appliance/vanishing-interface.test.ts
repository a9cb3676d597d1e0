// An interface that is deleted and made anew under a running appliance: told meanwhile, and served again by itself. Root only.
import { type ChildProcess, execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { end, serve } from '../fakes/appliance-program.ts'
import { CabledNamespaces, CLIENT_LINK, ip } from '../fakes/cabled-namespaces.ts'
import { needs, ROOT } from '../needs.ts'

const run = promisify(execFile)
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const SETTINGS = (folder: string) => `
dataDir: ${folder}/data
profilesDir: ${folder}/profiles
interfaces:
  - name: lan1
  - name: lan2
`

let networks: CabledNamespaces
let folder: string
let server: ChildProcess

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platen-vanish-'))
  chmodSync(folder, 0o711)
  networks = new CabledNamespaces('vi', [
    { name: 'lan1', address: '10.66.1.1/24' },
    { name: 'lan2', address: '10.66.2.1/24' },
  ])
  writeFileSync(join(folder, 'platen.yaml'), SETTINGS(folder))
  writeFileSync(join(folder, 'report'), '#!/bin/sh\n[ "$1" = bound ] && echo "ip=$ip"\nexit 0\n', { mode: 0o755 })
  // Started as root, it goes on as somebody without any right but that of low ports.
  server = await serve(['--config', join(folder, 'platen.yaml'), '--user', 'nobody'], networks.enter)
})

afterAll(async () => {
  try {
    expect(await end(server)).toEqual([0, null])
  } finally {
    networks[Symbol.dispose]()
    rmSync(folder, { recursive: true })
  }
})

async function askFor(lan: string): Promise<string> {
  const asked = ['-f', '-q', '-n', '-t', '5', '-i', CLIENT_LINK, '-s', join(folder, 'report')]
  const { stdout } = await run('ip', ['netns', 'exec', networks.client(lan), 'udhcpc', ...asked], { timeout: 30_000 })
  return stdout.trim()
}

async function ask(path: string): Promise<string> {
  const token = readFileSync(join(folder, 'data', 'secrets', 'operator-token'), 'utf8').trim()
  const words = ['-s', '-H', `Authorization: Bearer ${token}`, `http://127.0.0.1:8080${path}`]
  return (await run('ip', ['netns', 'exec', networks.server, 'curl', ...words])).stdout
}

const netbootIs = (state: string) =>
  vi.waitFor(async () => expect(JSON.parse(await ask('/healthz'))).toMatchObject({ parts: { netboot: state } }), {
    timeout: 30_000,
    interval: 200,
  })

describe('an interface', needs(ROOT), () => {
  it.each([
    {
      name: 'that is deleted and made anew',
      leave: () => ip('-n', networks.server, 'link', 'del', 'lan1'),
      comeBack: () => {
        const peer = ['peer', 'name', CLIENT_LINK, 'netns', networks.client('lan1')]
        ip('-n', networks.server, 'link', 'add', 'lan1', 'type', 'veth', ...peer)
        ip('-n', networks.server, 'address', 'add', '10.66.1.1/24', 'dev', 'lan1')
        ip('-n', networks.server, 'link', 'set', 'lan1', 'up')
        ip('-n', networks.client('lan1'), 'link', 'set', CLIENT_LINK, 'up')
      },
      says: /there is no such interface/,
    },
    {
      name: 'that loses its address and gets it back',
      leave: () => {
        ip('-n', networks.server, 'address', 'del', '10.66.1.1/24', 'dev', 'lan1')
        ip('-n', networks.server, 'address', 'add', '10.66.9.1/24', 'dev', 'lan1')
      },
      comeBack: () => ip('-n', networks.server, 'address', 'add', '10.66.1.1/24', 'dev', 'lan1'),
      says: /it does not have the address 10\.66\.1\.1/,
    },
  ])('$name is told while it is gone, and serves again', async ({ leave, comeBack, says }) => {
    expect(await askFor('lan1')).toMatch(/^ip=10\.66\.1\./)
    leave()
    await netbootIs('down')
    const { findings } = JSON.parse(await ask('/api/v1/doctor')) as { findings: { subject: string; seen: string }[] }
    expect(findings.find(({ subject, seen }) => subject === 'lan1' && says.test(seen))).toMatchObject({ severity: 'problem' })
    // The other one does not mind.
    expect(await askFor('lan2')).toMatch(/^ip=10\.66\.2\./)
    comeBack()
    await netbootIs('up')
    expect(await askFor('lan1')).toMatch(/^ip=10\.66\.1\./)
  })

  it('that is made anew faster than anybody looks is opened anew all the same', async () => {
    const before = await askFor('lan2')
    const peer = ['peer', 'name', CLIENT_LINK, 'netns', networks.client('lan2')]
    // In one go, so that no look falls between.
    const lines = [
      'link del lan2',
      `link add lan2 type veth ${peer.join(' ')}`,
      'address add 10.66.2.1/24 dev lan2',
      'link set lan2 up',
    ]
    execFileSync('ip', ['-n', networks.server, '-batch', '-'], { input: lines.join('\n') })
    ip('-n', networks.client('lan2'), 'link', 'set', CLIENT_LINK, 'up')
    expect(before).toMatch(/^ip=10\.66\.2\./)
    expect(await askFor('lan2')).toMatch(/^ip=10\.66\.2\./)
  })
})
