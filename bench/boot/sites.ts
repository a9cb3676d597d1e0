// Who serves the rack of the `boot` bench: Platen, or dnsmasq and nginx as people set them up. Same loaders, kernel and initrds.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ApplianceProcess } from '../../test/rack/appliance-process.ts'
import { APPLIANCE_ADDRESS, BRIDGE } from '../../test/rack/network.ts'
import { OwnedProcess, run } from '../../test/rack/owned-process.ts'
import type { Rack } from '../../test/rack/rack.ts'
import { type Program, program } from '../rig/programs.ts'

export type SiteName = 'ours' | 'dnsmasq + nginx'

/** What the peers are; fetched where missing. Fails at once where one cannot be had. */
export function bringPeers(): Peers {
  return { dnsmasq: program('dnsmasq', 'dnsmasq-base'), nginx: program('nginx', 'nginx') }
}

export interface Peers {
  readonly dnsmasq: Program
  readonly nginx: Program
}

export interface Site {
  readonly rack: Rack
  readonly bootDir: string
  readonly peers: Peers
}

export interface Serving {
  /** Fails as soon as one of the programs has ended. */
  readonly over: Promise<never>
}

/** Serves when it returns; ends with the rack. */
export const SITES: Readonly<Record<SiteName, (site: Site) => Promise<Serving>>> = {
  ours: async ({ rack, bootDir }) => {
    const profilesDir = join(rack.directory, 'profiles')
    mkdirSync(profilesDir)
    const { namespace, directory } = rack
    rack.adopt(await ApplianceProcess.start({ namespace, directory, profilesDir, bootDir }))
    return { over: new Promise<never>(() => {}) }
  },
  'dnsmasq + nginx': async (site) => {
    const dnsmasq = await startDnsmasq(site)
    const nginx = await startNginx(site)
    return { over: Promise.race([dnsmasq.over, nginx.over]) }
  },
}

const HTTP = `http://${APPLIANCE_ADDRESS}:8080`

/** Everything that is not said here is dnsmasq's default. */
function startDnsmasq({ rack, bootDir, peers }: Site): Promise<Serving> {
  const words = ['--no-daemon', '--conf-file=/dev/null', '--user=root', '--port=0', '--pid-file']
  words.push(`--dhcp-leasefile=${join(rack.directory, 'dnsmasq.leases')}`, `--interface=${BRIDGE}`)
  words.push('--dhcp-range=10.77.0.128,10.77.0.250,255.255.255.0,1h', '--enable-tftp', `--tftp-root=${join(bootDir, 'loaders')}`)
  words.push(
    '--dhcp-match=set:ipxe,175',
    '--dhcp-match=set:uefi,option:client-arch,7',
    '--dhcp-match=set:uefi,option:client-arch,9',
  )
  words.push(`--dhcp-boot=tag:ipxe,${HTTP}/boot.ipxe`, '--dhcp-boot=tag:!ipxe,tag:uefi,snponly-x64.efi')
  words.push('--dhcp-boot=tag:!ipxe,tag:!uefi,undionly.kpxe')
  return start(rack, { name: 'dnsmasq', program: peers.dnsmasq, words, listens: ':69 ' })
}

/** As Debian ships it, but in the rack's folder and without a log of requests. */
function startNginx({ rack, bootDir, peers }: Site): Promise<Serving> {
  const root = join(rack.directory, 'www')
  mkdirSync(root)
  writeFileSync(join(root, 'boot.ipxe'), bootScript())
  const file = join(rack.directory, 'nginx.conf')
  writeFileSync(
    file,
    `user root;
worker_processes auto;
daemon off;
pid ${join(rack.directory, 'nginx.pid')};
error_log stderr;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${join(rack.directory, kind)};`).join(' ')}
  server {
    listen ${APPLIANCE_ADDRESS}:8080;
    root ${root};
    location /boot-os/ { alias ${join(bootDir, 'x64')}/; }
  }
}
`,
  )
  return start(rack, { name: 'nginx', program: peers.nginx, words: ['-e', 'stderr', '-c', file], listens: ':8080 ' })
}

function bootScript(): string {
  return `#!ipxe
kernel ${HTTP}/boot-os/vmlinuz initrd=initrd.img initrd=agent.img console=tty0 console=ttyS0,115200 BOOTIF=\${netX/mac}
initrd --name initrd.img ${HTTP}/boot-os/initrd.img
initrd --name agent.img ${HTTP}/boot-os/agent.img
boot
`
}

interface Start {
  readonly name: string
  readonly program: Program
  readonly words: readonly string[]
  /** As ss tells it. */
  readonly listens: string
}

const PATIENCE_MS = 10_000

/** Returns when it listens; fails at once when it ended instead. */
async function start(rack: Rack, { name, program: { path, env }, words, listens }: Start): Promise<Serving> {
  const logFile = join(rack.directory, `${name}.log`)
  const child = rack.adopt(new OwnedProcess(path, words, { namespace: rack.namespace, logFile, environment: env }))
  const over = child.ended.then((ending): never => {
    throw new Error(`${name} ended with ${ending}: ${child.tail(5)}`)
  })
  // It ends with the rack, too, when nobody listens any longer.
  over.catch(() => {})
  for (const startedAt = performance.now(); performance.now() - startedAt < PATIENCE_MS; ) {
    const sockets = await Promise.race([run('ip', ['netns', 'exec', rack.namespace, 'ss', '-Hlntu']), over])
    if (sockets.includes(listens)) return { over }
    await pause(50)
  }
  throw new Error(`${name} did not listen within ${PATIENCE_MS / 1000} s: ${child.tail(5)}`)
}
