// The DHCP servers that sites use, each in a network namespace, all with the same network: for comparing what they say. Root only.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathOf } from '../needs.ts'

export type DhcpPeer = 'dnsmasq' | 'Kea' | 'ISC dhcpd'

export const PEER_PROGRAMS: Readonly<Record<DhcpPeer, string>> = { dnsmasq: 'dnsmasq', Kea: 'kea-dhcp4', 'ISC dhcpd': 'dhcpd' }

/** What all of them serve, ours too: 10.66.0.0/24 by 10.66.0.1 on the interface `srv`, and one machine that has its own address. */
export const PEER_NETWORK = {
  server: '10.66.0.1',
  link: 'srv',
  first: '10.66.0.100',
  last: '10.66.0.199',
  router: '10.66.0.9',
  dns: '10.66.0.8',
  domain: 'rack.example',
  leaseSeconds: 3600,
  mac: '52:54:00:66:00:01',
  reserved: '10.66.0.50',
}
const { server, link, first, last, router, dns, domain, leaseSeconds, mac, reserved } = PEER_NETWORK

const COMMANDS: Readonly<Record<DhcpPeer, (folder: string) => readonly string[]>> = {
  dnsmasq: (folder) => [
    ...['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root', '--pid-file=', '--no-ping'],
    ...[`--interface=${link}`, '--bind-interfaces', `--dhcp-leasefile=${join(folder, 'leases')}`, '--log-facility=-'],
    ...[`--dhcp-range=${first},${last},255.255.255.0,${leaseSeconds}`, `--dhcp-host=${mac},${reserved}`],
    ...[`--dhcp-option=3,${router}`, `--dhcp-option=6,${dns}`, `--dhcp-option=15,${domain}`],
  ],
  Kea: (folder) => {
    const option = (name: string, data: string) => ({ name, data })
    const subnet = {
      id: 1,
      subnet: '10.66.0.0/24',
      pools: [{ pool: `${first} - ${last}` }],
      reservations: [{ 'hw-address': mac, 'ip-address': reserved }],
      'option-data': [option('routers', router), option('domain-name-servers', dns), option('domain-name', domain)],
    }
    const config = {
      'interfaces-config': { interfaces: [link] },
      'lease-database': { type: 'memfile', persist: false },
      'valid-lifetime': leaseSeconds,
      subnet4: [subnet],
      loggers: [{ name: 'kea-dhcp4', severity: 'WARN', output_options: [{ output: 'stdout' }] }],
    }
    writeFileSync(join(folder, 'config'), JSON.stringify({ Dhcp4: config }))
    return ['-c', join(folder, 'config')]
  },
  'ISC dhcpd': (folder) => {
    writeFileSync(join(folder, 'leases'), '')
    writeFileSync(
      join(folder, 'config'),
      `default-lease-time ${leaseSeconds}; max-lease-time ${leaseSeconds}; ping-check false; ddns-update-style none;
option routers ${router}; option domain-name-servers ${dns}; option domain-name "${domain}";
subnet 10.66.0.0 netmask 255.255.255.0 { range ${first} ${last}; }
host one { hardware ethernet ${mac}; fixed-address ${reserved}; }
`,
    )
    const files = ['-cf', join(folder, 'config'), '-lf', join(folder, 'leases'), '-pf', join(folder, 'pid')]
    return ['-4', '-f', '-d', '--no-pid', ...files, link]
  },
}

/** Says that it serves, in the peer's own words or by its socket. */
const PATIENCE_MS = 20_000

/** Returns when it serves; fails at once when it ended instead. */
export async function startDhcpPeer(peer: DhcpPeer, namespace: string): Promise<{ end(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'platen-peer-'))
  // A copy: the profile that a system has for the installed one lets it read only the system's own files.
  const copy = join(folder, PEER_PROGRAMS[peer])
  copyFileSync(pathOf(PEER_PROGRAMS[peer])!, copy)
  const env = { ...process.env, KEA_PIDFILE_DIR: folder, KEA_LOCKFILE_DIR: folder, KEA_DHCP_DATA_DIR: folder }
  const log = join(folder, 'log')
  const words = ['netns', 'exec', namespace, 'sh', '-c', `exec "$@" >${log} 2>&1`, 'sh', copy, ...COMMANDS[peer](folder)]
  const child = spawn('ip', words, { stdio: 'ignore', env })
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(folder, { recursive: true })
  }
  for (const startedAt = performance.now(); performance.now() - startedAt < PATIENCE_MS; await pause(50)) {
    if (child.exitCode !== null) break
    const sockets = execFileSync('ip', ['netns', 'exec', namespace, 'ss', '-Hlnu0'], { encoding: 'utf8' })
    if (/:67\s/.test(sockets)) return { end }
  }
  const said = readFileSync(log, 'utf8')
  await end()
  throw new Error(`${peer} does not serve at ${server}: ${said}`)
}
