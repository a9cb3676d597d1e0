// DHCP with the clients that systems really use, in two network namespaces joined by a cable. Root only.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { announceByDhcp } from '../../src/appliance/directory-settings.ts'
import type { NetbootInterface } from '../../src/netboot/config.ts'
import { linuxNetworkHints } from '../../src/winpe-agent/tools/linux-network-hints.ts'
import { needs, program, ROOT } from '../needs.ts'

const run = promisify(execFile)
// A busy machine takes its time to start programs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const ANNOUNCED = { mode: 'list', dhcpOption: 224, announce: 'http://10.66.0.1:8080,https://central.example' } as const
const SERVER = `platen-ts-${process.pid}`
const CLIENT = `platen-tc-${process.pid}`

let folder: string
let end = async () => {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-clients-'))
  for (const namespace of [SERVER, CLIENT]) execFileSync('ip', ['netns', 'add', namespace])
  execFileSync('ip', ['-n', SERVER, 'link', 'add', 'srv', 'type', 'veth', 'peer', 'name', 'cli', 'netns', CLIENT])
  execFileSync('ip', ['-n', SERVER, 'address', 'add', '10.66.0.1/24', 'dev', 'srv'])
  // The neighbour that nobody knows of: it has an address of the range without a lease.
  execFileSync('ip', ['-n', CLIENT, 'address', 'add', '10.66.0.100/24', 'dev', 'cli'])
  for (const [namespace, link] of [
    [SERVER, 'srv'],
    [CLIENT, 'cli'],
    [SERVER, 'lo'],
    [CLIENT, 'lo'],
  ] as const) {
    execFileSync('ip', ['-n', namespace, 'link', 'set', link, 'up'])
  }
  const config = {
    bootDir: folder,
    stateDir: folder,
    httpPort: 8080,
    interfaces: [
      {
        name: 'srv',
        mode: 'server',
        address: '10.66.0.1',
        prefixLength: 24,
        subnets: [{ network: '10.66.0.0/24', ranges: [{ first: '10.66.0.100', last: '10.66.0.120' }], routers: ['10.66.0.1'] }],
      },
    ].map((one) => announceByDhcp(one as NetbootInterface, ANNOUNCED, 'http://10.66.0.1:8080')),
  }
  await writeFile(join(folder, 'server.ts'), serverProgram(config))
  const server = spawn('ip', ['netns', 'exec', SERVER, process.execPath, join(folder, 'server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((done) => server.once('exit', () => done()))
  end = () => {
    server.kill('SIGTERM')
    return ended
  }
  const failed = ended.then(() => Promise.reject(new Error('the server did not start')))
  await Promise.race([new Promise((up) => server.stdout.once('data', up)), failed])
  // Later it ends because it is told to.
  failed.catch(() => {})
})

afterAll(async () => {
  try {
    await end()
  } finally {
    for (const namespace of [SERVER, CLIENT]) execFileSync('ip', ['netns', 'del', namespace])
    await rm(folder, { recursive: true })
  }
})

const inClient = (program: string, ...args: string[]) =>
  run('ip', ['netns', 'exec', CLIENT, program, ...args], { timeout: 20_000 })

describe('an address', () => {
  it('for udhcpc, and not one that a neighbour uses', needs(ROOT, program('udhcpc')), async () => {
    const script = join(folder, 'report')
    await writeFile(script, '#!/bin/sh\n[ "$1" = bound ] && echo "bound $ip $subnet $router $lease"\nexit 0\n', { mode: 0o755 })
    const { stdout } = await inClient('udhcpc', '-f', '-q', '-n', '-i', 'cli', '-s', script)
    expect(stdout).toMatch(/bound 10\.66\.0\.1(0[1-9]|1\d|20) 255\.255\.255\.0 10\.66\.0\.1 3600/)
  })

  it('with the directories of appliances, as the agent reads them', needs(ROOT, program('udhcpc')), async () => {
    const script = join(folder, 'keep-option')
    const leaseOption = join(folder, 'directory-option')
    await writeFile(script, `#!/bin/sh\n[ "$1" = bound ] && echo "$opt224" >${leaseOption}\nexit 0\n`, { mode: 0o755 })
    await inClient('udhcpc', '-f', '-q', '-n', '-O', '224', '-i', 'cli', '-s', script)
    const hints = linuxNetworkHints({ leaseOption, resolvConf: join(folder, 'none') })
    expect(await hints.leaseDirectories()).toEqual(['http://10.66.0.1:8080', 'https://central.example'])
  })

  it('for dhclient, which gives it back', needs(ROOT, program('dhclient')), async () => {
    const files = ['-lf', join(folder, 'dhclient.leases'), '-pf', join(folder, 'dhclient.pid')]
    const { stderr } = await inClient('dhclient', '-1', '-v', '-sf', '/bin/true', ...files, 'cli')
    expect(stderr).toMatch(/DHCPACK of 10\.66\.0\.1\d\d from 10\.66\.0\.1/)
    const released = await inClient('dhclient', '-r', '-v', '-sf', '/bin/true', ...files, 'cli')
    expect(released.stderr).toMatch(/DHCPRELEASE of 10\.66\.0\.1\d\d/)
  })

  it('for dhcpcd', needs(ROOT, program('dhcpcd')), async () => {
    const { stdout, stderr } = await inClient('dhcpcd', '-4', '-1', '-B', '--noarp', '-f', '/dev/null', '-c', '/bin/true', 'cli')
    await inClient('dhcpcd', '-4', '-x', 'cli').catch(() => {})
    expect(stdout + stderr).toMatch(/leased 10\.66\.0\.1\d\d for 3600 seconds/)
  })

  it('for nmap, which looks for servers', needs(ROOT, program('nmap')), async () => {
    const { stdout } = await inClient('nmap', '--script', 'broadcast-dhcp-discover', '--script-args', 'timeout=3', '-e', 'cli')
    expect(stdout).toMatch(/DHCP Message Type: DHCPOFFER/)
    expect(stdout).toMatch(/Server Identifier: 10\.66\.0\.1/)
  })

  it('is confirmed to dhcping, which asks by INFORM', needs(ROOT, program('dhcping')), async () => {
    const { stdout } = await inClient('dhcping', '-i', '-c', '10.66.0.100', '-s', '10.66.0.1', '-h', '52:54:00:00:00:77')
    expect(stdout).toMatch(/Got answer from: 10\.66\.0\.1/)
  })
})

function serverProgram(config: object): string {
  const door = new URL('../../src/netboot/index.ts', import.meta.url).href
  return `
import { createNetboot } from '${door}'
const log = { info() {}, warn() {} }
const policy = { mayBoot: () => true, bootAnswer: () => ({ kind: 'local-disk', methods: ['exit'] }) }
const netboot = createNetboot(${JSON.stringify(config)}, { policy, log })
await netboot.start()
console.log('up')
process.on('SIGTERM', () => netboot.stop().then(() => process.exit(0)))
`
}
