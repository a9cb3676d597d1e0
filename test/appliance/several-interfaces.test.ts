// platen serve on two interfaces, as platen.yaml says it: each keeps its own subnet, options and address. Root only.
import { type ChildProcess, execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { end, serve } from '../fakes/appliance-program.ts'
import { CabledNamespaces, CLIENT_LINK, ip } from '../fakes/cabled-namespaces.ts'
import { inventoryOf } from '../fakes/inventories.ts'
import { needs, ROOT } from '../needs.ts'

const run = promisify(execFile)
// A busy machine takes its time to start programs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const NODE_MAC = '52:54:00:66:01:07'
const RESERVED_MAC = '52:54:00:66:02:05'

const SETTINGS = (folder: string) => `
dataDir: ${folder}/data
profilesDir: ${folder}/profiles
interfaces:
  - name: lan1
    subnets:
      - network: 10.88.0.0/24
        ranges: [{ first: 10.88.0.100, last: 10.88.0.109 }]
        router: 10.88.0.1
        probesAddresses: false
      - network: 10.66.1.0/24
        ranges: [{ first: 10.66.1.100, last: 10.66.1.109 }]
        router: 10.66.1.1
        dns: [10.66.1.53]
        options: { 26: 1400 }
        reservations: [{ address: 10.66.1.77, node: rack1-07 }]
  - name: lan2
    subnets:
      - network: 10.66.2.0/24
        ranges: []
        leaseSeconds: 600
        domain: rack.example
        reservations: [{ address: 10.66.2.5, mac: "${RESERVED_MAC}", hostName: five }]
`

let networks: CabledNamespaces
let folder: string
let server: ChildProcess

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platen-interfaces-'))
  chmodSync(folder, 0o711)
  networks = new CabledNamespaces('if', [
    { name: 'lan1', address: '10.66.1.1/24', clientMac: NODE_MAC },
    { name: 'lan2', address: '10.66.2.1/24', clientMac: RESERVED_MAC },
  ])
  writeFileSync(join(folder, 'platen.yaml'), SETTINGS(folder))
  writeFileSync(join(folder, 'report'), REPORT, { mode: 0o755 })
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

/** What udhcpc found, as its script is told. */
const REPORT = `#!/bin/sh
[ "$1" = bound ] && echo "ip=$ip router=$router dns=$dns mtu=$mtu lease=$lease domain=$domain host=$hostname boot=$bootfile siaddr=$siaddr"
exit 0
`
async function askFor(lan: string, ...options: readonly string[]): Promise<string> {
  const asked = ['-f', '-q', '-n', '-i', CLIENT_LINK, '-s', join(folder, 'report'), ...options]
  const { stdout } = await run('ip', ['netns', 'exec', networks.client(lan), 'udhcpc', ...asked], { timeout: 30_000 })
  return stdout.trim()
}
const AS_IPXE = ['-V', 'PXEClient:Arch:00007:UNDI:003016', '-x', '0x5d:0007', '-x', '0x4d:69505845', '-O', 'bootfile']

describe('two interfaces', needs(ROOT), () => {
  it('are served by a process that is not root and cannot be', () => {
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
    expect(status).toMatch(/^Uid:(\t65534){4}$/m)
    expect(status).toMatch(/^CapEff:\t0000000000000400$/m)
    expect(status).toMatch(/^CapBnd:\t0000000000000400$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    expect(statSync(join(folder, 'data')).uid).toBe(65_534)
  })

  it('give addresses of their own subnets, with what the file says of each', async () => {
    const [first, second] = await Promise.all([askFor('lan1', '-O', 'mtu'), askFor('lan2', '-O', 'hostname')])
    expect(first).toMatch(/^ip=10\.66\.1\.10\d router=10\.66\.1\.1 dns=10\.66\.1\.53 mtu=1400 lease=3600 domain= host= /)
    expect(second).toMatch(/^ip=10\.66\.2\.5 router= dns= mtu= lease=600 domain=rack\.example host=five /)
  })

  it('send machines to their own addresses', async () => {
    const [first, second] = await Promise.all([askFor('lan1', ...AS_IPXE), askFor('lan2', ...AS_IPXE)])
    expect(first).toContain('boot=http://10.66.1.1:8080/boot/')
    expect(second).toContain(`boot=http://10.66.2.1:8080/boot/${RESERVED_MAC}.ipxe`)
    const firmware = await askFor('lan2', '-V', 'PXEClient:Arch:00007:UNDI:003016', '-x', '0x5d:0007', '-O', 'bootfile')
    expect(firmware).toContain('boot=52-54-00-66-02-05/snponly-x64.efi siaddr=10.66.2.1')
  })

  it('give the boot OS the address by which its machine came in', async () => {
    for (const [lan, own, address, mac] of [
      ['lan1', '10.66.1.2', '10.66.1.1', NODE_MAC],
      ['lan2', '10.66.2.2', '10.66.2.1', RESERVED_MAC],
    ] as const) {
      ip('-n', networks.client(lan), 'address', 'replace', `${own}/24`, 'dev', CLIENT_LINK)
      const url = `http://${address}:8080/boot/${mac}.ipxe`
      const { stdout } = await run('ip', ['netns', 'exec', networks.client(lan), 'curl', '-s', url])
      expect(stdout).toContain(`kernel --name vmlinuz http://${address}:8080/boot-os/x64/vmlinuz`)
      expect(stdout).toContain(` platen.url=http://${address}:8080 `)
      // The same question from the same wire, for a card that is not the asking one's.
      const strange = url.replace(mac, '52:54:00:00:00:01')
      expect((await run('ip', ['netns', 'exec', networks.client(lan), 'curl', '-s', strange])).stdout).not.toContain(
        'platen.token',
      )
    }
  })

  it('keep an address for a node from the moment that it has the name', async () => {
    ip('-n', networks.client('lan1'), 'address', 'replace', '10.66.1.2/24', 'dev', CLIENT_LINK)
    const curl = async (path: string, ...options: readonly string[]) => {
      const words = ['curl', '-sf', ...options, `http://10.66.1.1:8080${path}`]
      return (await run('ip', ['netns', 'exec', networks.client('lan1'), ...words])).stdout
    }
    const bearer = (token: string) => ['-H', `authorization: Bearer ${token}`, '-H', 'content-type: application/json']
    const [, bootToken = ''] = /platen\.token=(\S+)/.exec(await curl(`/boot/${NODE_MAC}.ipxe`)) ?? []
    const inventory = { ...inventoryOf(1), nics: [{ name: 'eth0', mac: NODE_MAC, linkUp: true }] }
    const hello = JSON.stringify({ agentVersion: 'test', inventory })
    const { nodeName } = JSON.parse(await curl('/agent/v1/hello', ...bearer(bootToken), '-d', hello))
    expect(await askFor('lan1')).toMatch(/^ip=10\.66\.1\.10\d /)
    const operatorToken = readFileSync(join(folder, 'data', 'secrets', 'operator-token'), 'utf8').trim()
    await curl(`/api/v1/nodes/${nodeName}`, ...bearer(operatorToken), '-X', 'PATCH', '-d', '{"name":"rack1-07"}')
    expect(await askFor('lan1', '-O', 'hostname')).toMatch(/^ip=10\.66\.1\.77 .* host=rack1-07 /)
  })

  it('hear a relay that is behind the other one, and tell it the address that it asked', async () => {
    // The relay of 10.88.0.0/24 stands on lan2 and speaks to the address of lan1.
    const client = networks.client('lan2')
    ip('-n', client, 'address', 'replace', '10.88.0.1/24', 'dev', CLIENT_LINK)
    ip('-n', client, 'route', 'replace', '10.66.1.1/32', 'dev', CLIENT_LINK)
    ip('-n', networks.server, 'route', 'replace', '10.88.0.1/32', 'dev', 'lan2')
    const { stdout } = await run('ip', ['netns', 'exec', client, process.execPath, RELAY, '10.88.0.1', '10.66.1.1'])
    expect(JSON.parse(stdout)).toEqual({
      address: expect.stringMatching(/^10\.88\.0\.10\d$/),
      server: '10.66.1.1',
      bootFile: expect.stringMatching(/^http:\/\/10\.66\.1\.1:8080\/boot\//),
    })
  })
})

const RELAY = join(import.meta.dirname, '../fakes/ask-as-relay.ts')
