// Who serves the rack of the `boot` bench: Platen, or dnsmasq and nginx as people set them up. Same loaders, kernel and initrds.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApplianceProcess } from '../../test/rack/appliance-process.ts'
import { APPLIANCE_ADDRESS, BRIDGE } from '../../test/rack/network.ts'
import { OwnedProcess } from '../../test/rack/owned-process.ts'
import type { Rack } from '../../test/rack/rack.ts'

export type SiteName = 'ours' | 'dnsmasq + nginx'

/** Serves when it returns; ends with the rack. */
export const SITES: Readonly<Record<SiteName, (rack: Rack, bootDir: string) => Promise<void>>> = {
  ours: async (rack, bootDir) => {
    const profilesDir = join(rack.directory, 'profiles')
    mkdirSync(profilesDir)
    const { namespace, directory } = rack
    rack.adopt(await ApplianceProcess.start({ namespace, directory, profilesDir, bootDir }))
  },
  'dnsmasq + nginx': async (rack, bootDir) => {
    startDnsmasq(rack, bootDir)
    startNginx(rack, bootDir)
  },
}

const HTTP = `http://${APPLIANCE_ADDRESS}:8080`

/** Everything that is not said here is dnsmasq's default. */
function startDnsmasq(rack: Rack, bootDir: string): void {
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
  start(rack, 'dnsmasq', words)
}

/** As Debian ships it, but in the rack's folder and without a log of requests. */
function startNginx(rack: Rack, bootDir: string): void {
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
  start(rack, 'nginx', ['-c', file])
}

function bootScript(): string {
  return `#!ipxe
kernel ${HTTP}/boot-os/vmlinuz initrd=initrd.img initrd=agent.img console=tty0 console=ttyS0,115200 BOOTIF=\${netX/mac}
initrd --name initrd.img ${HTTP}/boot-os/initrd.img
initrd --name agent.img ${HTTP}/boot-os/agent.img
boot
`
}

function start(rack: Rack, program: string, words: readonly string[]): void {
  const logFile = join(rack.directory, `${program}.log`)
  rack.adopt(new OwnedProcess(program, words, { namespace: rack.namespace, logFile }))
}
