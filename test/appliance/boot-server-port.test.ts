// Port 4011 of an appliance that answers beside two DHCP servers, each on a network of its own: firmware's own words, from a capture, are
// answered on the interface that they came in by, over sockets that `platen serve` has tied to their devices. Root only.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { end, serve } from '../fakes/appliance-program.ts'
import { CabledNamespaces, CLIENT_LINK, ip } from '../fakes/cabled-namespaces.ts'
import { needs, ROOT } from '../needs.ts'

vi.setConfig({ testTimeout: 60_000 })

const ASK = join(import.meta.dirname, '../fakes/ask-boot-server.ts')
const CAPTURES = join(import.meta.dirname, '../captures')

const LANS = [
  { name: 'lan1', own: '10.66.1.1', client: '10.66.1.58' },
  { name: 'lan2', own: '10.66.2.1', client: '10.66.2.58' },
] as const

const FIRMWARE = [
  { capture: 'uefi-proxy', loader: '52-54-00-77-00-1d/snponly-x64.efi' },
  { capture: 'arm64-proxy', loader: '52-54-00-77-00-1d/ipxe-arm64.efi' },
] as const

describe('port 4011', needs(ROOT), () => {
  it('answers on each interface with the address of that interface', async () => {
    using networks = new CabledNamespaces(
      'boot-server',
      LANS.map(({ name, own }) => ({ name, address: `${own}/24` })),
    )
    const folder = mkdtempSync(join(tmpdir(), 'platen-boot-server-'))
    const config = join(folder, 'platen.yaml')
    writeFileSync(config, settings(folder))
    const appliance = await serve(['--config', config], networks.enter)
    try {
      expect(socketsIn(networks.server)).toEqual(expect.arrayContaining(['0.0.0.0%lan1:67', '0.0.0.0%lan2:67']))
      for (const { name, own, client } of LANS) {
        const namespace = networks.client(name)
        ip('-n', namespace, 'address', 'add', `${client}/24`, 'dev', CLIENT_LINK)
        ip('-n', namespace, 'route', 'add', 'default', 'dev', CLIENT_LINK)
        for (const { capture, loader } of FIRMWARE) {
          const words = [process.execPath, ASK, join(CAPTURES, `${capture}.pcap`), client, own]
          const told = execFileSync('ip', ['netns', 'exec', namespace, ...words], { encoding: 'utf8' })
          const always = { server: own, vendorClass: 'PXEClient', yourIp: '0.0.0.0' }
          expect(JSON.parse(told)).toEqual({
            offer: { ...always, from: `${own}:67`, message: 'offer', nextServer: own, bootFile: '' },
            ack: { ...always, from: `${own}:4011`, message: 'ack', nextServer: own, bootFile: loader },
          })
        }
      }
      expect(await end(appliance)).toEqual([0, null])
    } finally {
      await end(appliance)
      rmSync(folder, { recursive: true })
    }
  })
})

const settings = (folder: string) => `
dataDir: ${folder}/data
profilesDir: ${folder}/profiles
interfaces:
${LANS.map(({ name }) => `  - { name: ${name}, mode: proxy }`).join('\n')}
`

/** Address, device and port of each UDP socket, as ss(8) writes them. */
function socketsIn(namespace: string): readonly string[] {
  const text = execFileSync('ip', ['netns', 'exec', namespace, 'ss', '-lunH'], { encoding: 'utf8' })
  return text.split('\n').map((line) => line.split(/\s+/)[3] ?? '')
}
