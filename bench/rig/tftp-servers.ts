// The TFTP servers that are compared, each serving one folder on a port of loopback.
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { NetbootConfig } from '../../src/netboot/index.ts'
import { type Program, program } from './programs.ts'
import { type RunningServer, startServer } from './servers.ts'

const run = promisify(execFile)

/** folder holds loaders/, which is what all of them serve; probe is the name of a small file in it. */
export interface TftpSite {
  readonly folder: string
  readonly probe: string
}

/** The last two are no servers for people: they show what the packets alone cost in each language. */
export type TftpPeerName = 'ours' | 'tftpd-hpa' | 'dnsmasq' | 'atftpd' | 'Node alone' | 'C alone'

export interface TftpPeer {
  readonly name: TftpPeerName
  readonly address: string
  readonly port: number
  /** Fetches it where it is missing; fails at once where it cannot be had. */
  bring(): void
  start(site: TftpSite): Promise<RunningServer>
}

/** dnsmasq knows only port 69, so it gets an address of its own. */
const PORTS = { ours: 16901, 'tftpd-hpa': 16902, dnsmasq: 69, atftpd: 16904, 'Node alone': 16905, 'C alone': 16906 } as const
const DNSMASQ_ADDRESS = '127.0.0.3'

export const TFTP_PEERS: readonly TftpPeer[] = [
  peer(
    'ours',
    () => ({ path: process.execPath, env: {} }),
    (site) => [`${import.meta.dirname}/our-netboot.ts`, JSON.stringify(ourConfig(site.folder))],
  ),
  peer(
    'tftpd-hpa',
    () => program('in.tftpd', 'tftpd-hpa'),
    (site) => [
      ...['--foreground', '--secure', '--user', 'root', '--address', `127.0.0.1:${PORTS['tftpd-hpa']}`, `${site.folder}/loaders`],
    ],
  ),
  peer(
    'dnsmasq',
    () => program('dnsmasq', 'dnsmasq-base'),
    (site) => [
      ...[
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--port=0',
        '--user=root',
        '--log-facility=/dev/null',
        `--listen-address=${DNSMASQ_ADDRESS}`,
      ],
      ...['--bind-interfaces', '--enable-tftp', `--tftp-root=${site.folder}/loaders`, '--tftp-max=200', '--pid-file='],
    ],
  ),
  peer(
    'atftpd',
    () => program('atftpd', 'atftpd'),
    (site) => [
      ...['--daemon', '--no-fork', '--user', 'root', '--group', 'root', '--verbose=0', '--bind-address', '127.0.0.1'],
      ...['--port', String(PORTS.atftpd), '--maxthread', '200', `${site.folder}/loaders`],
    ],
  ),
]

/** C only where the machine has a compiler. */
export function bareServers(): readonly TftpPeer[] {
  const words = (name: 'Node alone' | 'C alone') => (site: TftpSite) => [String(PORTS[name]), `${site.folder}/loaders`]
  const node = peer(
    'Node alone',
    () => ({ path: process.execPath, env: {} }),
    (site) => [join(import.meta.dirname, 'bare-tftp.ts'), ...words('Node alone')(site)],
  )
  const compiled = compileBare()
  return compiled === undefined ? [node] : [node, peer('C alone', () => ({ path: compiled, env: {} }), words('C alone'))]
}

function compileBare(): string | undefined {
  const folder = join(import.meta.dirname, '../../.cache/bench')
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('cc', ['-O2', '-o', join(folder, 'bare-tftp'), join(import.meta.dirname, 'bare-tftp.c')], { stdio: 'ignore' })
    return join(folder, 'bare-tftp')
  } catch {
    console.error('no C compiler (cc): what C alone costs is left out')
    return undefined
  }
}

function peer(name: TftpPeer['name'], binary: () => Program, args: (site: TftpSite) => readonly string[]): TftpPeer {
  const port = PORTS[name]
  const address = name === 'dnsmasq' ? DNSMASQ_ADDRESS : '127.0.0.1'
  return {
    name,
    address,
    port,
    bring: () => void binary(),
    start: (site) =>
      startServer({ name, program: binary(), args: args(site), isUp: () => answers(`${address}:${port}`, site.probe) }),
  }
}

function ourConfig(folder: string): NetbootConfig {
  return {
    bootDir: folder,
    stateDir: `${folder}/state`,
    httpPort: 8080,
    ports: { tftp: PORTS.ours },
    // All clients of a bench have one address.
    tftp: { maxTransfersPerClient: 1000 },
    interfaces: [{ name: 'lo', mode: 'off', address: '127.0.0.1', prefixLength: 8 }],
  }
}

/** What all of them need: whoever asks whether a server is up, and the client that is measured. */
export function bringClients(): void {
  program('curl', 'curl')
  program('atftp', 'atftp')
}

async function answers(server: string, file: string): Promise<boolean> {
  try {
    await run('curl', ['-sf', '--max-time', '1', '-o', '/dev/null', `tftp://${server}/${file}`])
    return true
  } catch {
    return false
  }
}
