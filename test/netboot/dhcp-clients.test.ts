// DHCP with the clients that systems really use, in two network namespaces joined by a cable. Root only.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { announceByDhcp } from '../../src/appliance/directory-settings.ts'
import type { NetbootInterface } from '../../src/netboot/config.ts'
import { linuxNetworkHints } from '../../src/winpe-agent/tools/linux-network-hints.ts'
import { ip } from '../fakes/cabled-namespaces.ts'
import { type NamespaceNetboot, serveNetbootIn } from '../fakes/namespace-netboot.ts'
import { needs, program, ROOT } from '../needs.ts'

const run = promisify(execFile)
// A busy machine takes its time to start programs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const ANNOUNCED = { mode: 'list', dhcpOption: 224, announce: 'http://10.66.0.1:8080,https://central.example' } as const
const SERVER = `platen-ts-${process.pid}`
const CLIENT = `platen-tc-${process.pid}`

let server: NamespaceNetboot

beforeAll(async () => {
  for (const namespace of [SERVER, CLIENT]) ip('netns', 'add', namespace)
  ip('-n', SERVER, 'link', 'add', 'srv', 'type', 'veth', 'peer', 'name', 'cli', 'netns', CLIENT)
  ip('-n', SERVER, 'address', 'add', '10.66.0.1/24', 'dev', 'srv')
  // The neighbour that nobody knows of: it has an address of the range without a lease.
  ip('-n', CLIENT, 'address', 'add', '10.66.0.100/24', 'dev', 'cli')
  for (const [namespace, link] of [
    [SERVER, 'srv'],
    [CLIENT, 'cli'],
    [SERVER, 'lo'],
    [CLIENT, 'lo'],
  ] as const)
    ip('-n', namespace, 'link', 'set', link, 'up')
  const subnet = { network: '10.66.0.0/24', ranges: [{ first: '10.66.0.100', last: '10.66.0.120' }], routers: ['10.66.0.1'] }
  const own: NetbootInterface = { name: 'srv', mode: 'server', address: '10.66.0.1', prefixLength: 24, subnets: [subnet] }
  const interfaces = [announceByDhcp(own, ANNOUNCED, 'http://10.66.0.1:8080')]
  server = await serveNetbootIn(SERVER, { httpPort: 8080, interfaces })
})

afterAll(async () => {
  try {
    await server.end()
  } finally {
    for (const namespace of [SERVER, CLIENT]) ip('netns', 'del', namespace)
  }
})

const inClient = (program: string, ...args: string[]) =>
  run('ip', ['netns', 'exec', CLIENT, program, ...args], { timeout: 20_000 })

describe('an address', () => {
  it('for udhcpc, and not one that a neighbour uses', needs(ROOT, program('udhcpc')), async () => {
    const script = join(server.folder, 'report')
    await writeFile(script, '#!/bin/sh\n[ "$1" = bound ] && echo "bound $ip $subnet $router $lease"\nexit 0\n', { mode: 0o755 })
    const { stdout } = await inClient('udhcpc', '-f', '-q', '-n', '-i', 'cli', '-s', script)
    expect(stdout).toMatch(/bound 10\.66\.0\.1(0[1-9]|1\d|20) 255\.255\.255\.0 10\.66\.0\.1 3600/)
  })

  it('with the directories of appliances, as the agent reads them', needs(ROOT, program('udhcpc')), async () => {
    const script = join(server.folder, 'keep-option')
    const leaseOption = join(server.folder, 'directory-option')
    await writeFile(script, `#!/bin/sh\n[ "$1" = bound ] && echo "$opt224" >${leaseOption}\nexit 0\n`, { mode: 0o755 })
    await inClient('udhcpc', '-f', '-q', '-n', '-O', '224', '-i', 'cli', '-s', script)
    const hints = linuxNetworkHints({ leaseOption, resolvConf: join(server.folder, 'none') })
    expect(await hints.leaseDirectories()).toEqual(['http://10.66.0.1:8080', 'https://central.example'])
  })

  it('for dhclient, which gives it back', needs(ROOT, program('dhclient')), async () => {
    const files = ['-lf', join(server.folder, 'dhclient.leases'), '-pf', join(server.folder, 'dhclient.pid')]
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
