// The DHCP servers that are compared: one /16, no probing of addresses, leases on the same disk.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { NetbootConfig } from '../../src/netboot/index.ts'
import { SERVER_IP } from './net-pair.ts'
import { type Program, program } from './programs.ts'
import { type RunningServer, startServer } from './servers.ts'

const run = promisify(execFile)

export type DhcpPeerName = 'ours' | 'dnsmasq' | 'kea'

const RANGE = { first: '10.55.1.0', last: '10.55.255.250' }
const LEASE_SECONDS = 3600

/** folder is empty: each server begins without leases. */
export function startDhcpServer(name: DhcpPeerName, namespace: string, folder: string): Promise<RunningServer> {
  const { inner, args } = COMMANDS[name](folder)
  return startServer({
    name,
    program: { path: 'ip', env: inner.env },
    args: ['netns', 'exec', namespace, inner.path, ...args],
    isUp: () => isListening(namespace),
  })
}

/** By its socket: a busy machine takes its time to start any of them. */
async function isListening(namespace: string): Promise<boolean> {
  const { stdout } = await run('ip', ['netns', 'exec', namespace, 'ss', '-Hlnu'])
  return /:67\s/.test(stdout)
}

const COMMANDS: Readonly<Record<DhcpPeerName, (folder: string) => { inner: Program; args: readonly string[] }>> = {
  ours: (folder) => ({
    inner: { path: process.execPath, env: {} },
    args: [join(import.meta.dirname, 'our-netboot.ts'), JSON.stringify(ourConfig(folder))],
  }),
  dnsmasq: (folder) => ({
    inner: program('dnsmasq', 'dnsmasq-base'),
    args: [
      ...['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root', '--pid-file=', '--log-facility=/dev/null'],
      ...['--interface=srv', '--bind-interfaces', '--no-ping', '--dhcp-authoritative', '--dhcp-lease-max=100000', '--quiet-dhcp'],
      ...[
        `--dhcp-range=${RANGE.first},${RANGE.last},255.255.0.0,${LEASE_SECONDS}`,
        `--dhcp-leasefile=${join(folder, 'dnsmasq.leases')}`,
      ],
    ],
  }),
  kea: (folder) => {
    const file = join(folder, 'kea.json')
    writeFileSync(file, JSON.stringify(keaConfig(folder)))
    const { path, env } = program('kea-dhcp4', 'kea-dhcp4-server')
    return { inner: { path, env: { ...env, KEA_PIDFILE_DIR: folder, KEA_LOCKFILE_DIR: folder } }, args: ['-c', file] }
  },
}

function ourConfig(folder: string): NetbootConfig {
  return {
    bootDir: folder,
    stateDir: folder,
    httpPort: 8080,
    interfaces: [
      {
        name: 'srv',
        mode: 'server',
        address: SERVER_IP,
        prefixLength: 16,
        subnets: [{ network: '10.55.0.0/16', ranges: [RANGE], leaseSeconds: LEASE_SECONDS, probesAddresses: false }],
      },
    ],
  }
}

function keaConfig(folder: string): object {
  return {
    Dhcp4: {
      'interfaces-config': { interfaces: [`srv/${SERVER_IP}`], 'dhcp-socket-type': 'udp' },
      'lease-database': { type: 'memfile', persist: true, name: join(folder, 'kea.csv'), 'lfc-interval': 0 },
      'valid-lifetime': LEASE_SECONDS,
      subnet4: [{ id: 1, subnet: '10.55.0.0/16', pools: [{ pool: `${RANGE.first} - ${RANGE.last}` }] }],
      loggers: [{ name: 'kea-dhcp4', severity: 'ERROR', output_options: [{ output: '/dev/null' }] }],
    },
  }
}
