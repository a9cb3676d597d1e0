import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applianceUrlOf, createFindDirectories, type NetworkHints } from '../../src/winpe-agent/directories.ts'
import { linuxNetworkHints } from '../../src/winpe-agent/tools/linux-network-hints.ts'
import { type DnsRecord, DnsServer } from '../fakes/dns-server.ts'

const SERVICE = '_platen._tcp.rack.example'
const hintsOf = (change: Partial<NetworkHints>): NetworkHints => ({
  leaseDirectories: async () => [],
  searchDomains: async () => [],
  ...change,
})

async function byDns(records: readonly DnsRecord[], domains = ['rack.example']): Promise<readonly string[]> {
  await using server = await DnsServer.start(records)
  const hints = hintsOf({ searchDomains: async () => domains, dnsServers: [server.address] })
  return await createFindDirectories({ named: [], hints, log: () => {} })()
}

describe('directories by DNS-SD', () => {
  it('are the instances of _platen._tcp, by priority, with the scheme that TXT says', async () => {
    const found = await byDns([
      { type: 'PTR', name: SERVICE, value: `backup.${SERVICE}` },
      { type: 'PTR', name: SERVICE, value: `central.${SERVICE}` },
      { type: 'SRV', name: `backup.${SERVICE}`, value: 'backup.rack.example', port: 8080, priority: 20 },
      { type: 'SRV', name: `central.${SERVICE}`, value: 'central.rack.example', port: 443, priority: 10 },
      { type: 'TXT', name: `central.${SERVICE}`, value: ['role=directory', 'scheme=https'] },
    ])
    expect(found).toEqual(['https://central.rack.example:443', 'http://backup.rack.example:8080'])
  })

  it('are not appliances that say they are none', async () => {
    const name = `rack2.${SERVICE}`
    expect(
      await byDns([
        { type: 'PTR', name: SERVICE, value: name },
        { type: 'SRV', name, value: 'rack2.rack.example', port: 8080 },
        { type: 'TXT', name, value: ['role=appliance'] },
      ]),
    ).toEqual([])
  })

  it('are none in a domain that knows nothing of them, and without a domain nobody is asked', async () => {
    expect(await byDns([])).toEqual([])
    await using server = await DnsServer.start([])
    await createFindDirectories({ named: [], hints: hintsOf({ dnsServers: [server.address] }), log: () => {} })()
    expect(server.asked).toEqual([])
  })
})

describe('createFindDirectories', () => {
  it('gives each once, the command line first, and says once where each was found', async () => {
    const lines: string[] = []
    const hints = hintsOf({ leaseDirectories: async () => ['http://a:8080/', 'http://b:8080', 'not an address'] })
    const find = createFindDirectories({ named: ['http://b:8080'], hints, log: (line) => lines.push(line) })
    for (const _ of [1, 2]) expect(await find()).toEqual(['http://b:8080', 'http://a:8080'])
    expect(lines).toEqual([
      'directory http://b:8080, told by the kernel command line',
      'directory http://a:8080, told by the DHCP lease',
    ])
  })

  it.each(['', 'ftp://a', 'http://a/path', 'http://', 'a:8080', 'http://a?b'])('"%s" is no address of one', (text) => {
    expect(applianceUrlOf(text)).toBeUndefined()
  })
})

describe('linuxNetworkHints', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'platen-hints-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  it.each([
    {
      name: 'hex, as busybox writes it',
      text: `${Buffer.from('http://a:8080 http://b:8080').toString('hex')}\n`,
      want: ['http://a:8080', 'http://b:8080'],
    },
    { name: 'plain text', text: 'http://a:8080,http://b:8080', want: ['http://a:8080', 'http://b:8080'] },
    { name: 'nothing', text: '\n', want: [] },
  ])('reads the option of the lease: $name', async ({ text, want }) => {
    const hints = linuxNetworkHints({ leaseOption: file('option', text), resolvConf: '' })
    expect(await hints.leaseDirectories()).toEqual(want)
  })

  it('reads the search domains, and misses no file that is not there', async () => {
    const resolvConf = file('resolv.conf', 'search rack.example  site.example\nnameserver 10.0.0.1\ndomain rack.example\n')
    expect(await linuxNetworkHints({ leaseOption: join(folder, 'none'), resolvConf }).searchDomains()).toEqual([
      'rack.example',
      'site.example',
    ])
    const none = linuxNetworkHints({ leaseOption: join(folder, 'none'), resolvConf: join(folder, 'none') })
    expect([await none.leaseDirectories(), await none.searchDomains()]).toEqual([[], []])
  })
})
