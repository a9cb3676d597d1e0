// The lists of platen.yaml: what becomes of them, what is said against them, and the plan that a person reads.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { planOf } from '../../src/appliance/plan.ts'
import { netbootConfigOf } from '../../src/appliance/room-configs.ts'
import type { Problem } from '../../src/appliance/settings-merge.ts'
import { ipv4, resolved } from '../fakes/resolved-settings.ts'

const MACHINE = { eth1: ipv4('10.77.0.1'), eth2: ipv4('10.78.0.1', '255.255.0.0') }
const load = (yaml: string, environment: Record<string, string> = {}) => resolved(MACHINE, { yaml, environment })
const configOf = (yaml: string) => {
  const loaded = load(yaml)
  if (loaded.kind === 'problems') throw new Error(JSON.stringify(loaded.problems))
  return loaded.config
}
const problemsOf = (yaml: string, environment?: Record<string, string>): readonly Problem[] => {
  const loaded = load(yaml, environment)
  return loaded.kind === 'problems' ? loaded.problems : []
}

/** eth1 with one subnet that says this beside its network. */
const eth1 = (subnet: string) => `interfaces: [{ name: eth1, subnets: [{ network: 10.77.0.0/24, ${subnet} }] }]`
const ETH1_SUBNET = 'interfaces[0].subnets[0]'

const [, EXAMPLE = ''] = /## Lists[\s\S]*?```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/configuration.md', 'utf8')) ?? []

describe('interfaces', () => {
  it('become what netboot is told, as the example of the docs has them', () => {
    expect(netbootConfigOf(configOf(EXAMPLE), {})).toMatchObject({
      interfaces: [
        {
          name: 'eth1',
          mode: 'server',
          address: '10.77.0.1',
          prefixLength: 24,
          subnets: [
            {
              network: '10.77.0.0/24',
              ranges: [{ first: '10.77.0.100', last: '10.77.0.200' }],
              routers: ['10.77.0.1'],
              dnsServers: ['10.77.0.53'],
              options: { '26': '9000' },
              leaseSeconds: 3600,
              isAuthoritative: false,
              reservations: [
                { address: '10.77.0.20', node: 'rack1-07' },
                { address: '10.77.0.21', mac: '52:54:00:12:34:56' },
              ],
            },
            { network: '10.88.0.0/24', routers: ['10.88.0.1'] },
          ],
        },
        { name: 'eth2', mode: 'proxy', address: '10.78.0.1', prefixLength: 16, subnets: [] },
      ],
      loaders: [
        { loader: 'ipxe', manufacturer: 'Dell*', product: 'PowerEdge R640' },
        { loader: 'ipxe', macPrefix: '3c:ec:ef' },
      ],
    })
  })

  it('have their own network when no other is said, and limits of TFTP beside them', () => {
    const config = configOf('interfaces: [{ name: eth2 }]\ntftp: { isSinglePort: true, maxTransfers: 20 }')
    expect(netbootConfigOf(config, {})).toMatchObject({
      interfaces: [{ subnets: [{ network: '10.78.0.0/16', ranges: [{ first: '10.78.128.0', last: '10.78.255.254' }] }] }],
      tftp: { isSinglePort: true, maxTransfers: 20, maxTransfersPerClient: 8 },
    })
  })

  it('are shown as a plan', () => {
    const rows = planOf(configOf(EXAMPLE)).map(([subject, text]) => `${subject}: ${text}`)
    expect(rows.slice(0, 11)).toEqual([
      'configuration: is good',
      'eth1: 10.77.0.1/24, DHCP server',
      '  machines reach: http://10.77.0.1:8080 on eth1',
      '  10.77.0.0/24: 10.77.0.100 to 10.77.0.200, for 3600 s',
      '  told: router 10.77.0.1, DNS 10.77.0.53, option 26 = 9000',
      '  10.77.0.20: kept for node rack1-07',
      '  10.77.0.21: kept for 52:54:00:12:34:56',
      '  10.88.0.0/24: 10.88.0.100 to 10.88.0.200, for 3600 s',
      '  told: router 10.88.0.1',
      'eth2: 10.78.0.1/16, DHCP proxy: no addresses, boot answers beside the site’s server',
      '  machines reach: http://10.78.0.1:8080 on eth2',
    ])
    expect(rows).toContain('loader ipxe: for manufacturer Dell*, product PowerEdge R640')
  })

  it('plan ports of switches, wires and virtual subnets', () => {
    const reservations =
      '[{ address: 10.77.0.9, remoteId: sw1, circuitId: eth0/12 }, { address: 10.77.0.8, circuitId: "0x000c" }]'
    const own = `{ network: 10.77.0.0/24, sharedNetwork: lab, reservations: ${reservations} }`
    const config = configOf(`interfaces: [{ name: eth1, subnets: [${own}, { network: 10.77.0.0/24, virtualSubnet: red }] }]`)
    const rows = planOf(config).map(([left, right]) => `${left}: ${right}`)
    for (const row of [
      '  on one wire: with all of lab',
      '  only for: virtual subnet red',
      '  10.77.0.9: kept for switch sw1, port eth0/12',
      '  10.77.0.8: kept for port 0x000c',
    ])
      expect(rows).toContain(row)
    expect(netbootConfigOf(config, {}).interfaces[0]!.subnets).toMatchObject([
      { sharedNetwork: 'lab', reservations: [{ remoteId: 'sw1', circuitId: 'eth0/12' }, { circuitId: '0x000c' }] },
      { virtualSubnet: 'red' },
    ])
  })

  it.each([
    {
      name: 'a mistyped key deep inside',
      yaml: eth1('rangs: []'),
      want: {
        source: 'platen.yaml',
        key: `${ETH1_SUBNET}.rangs`,
        reason: 'is not a setting; the nearest one is interfaces[0].subnets[0].ranges',
      },
    },
    {
      name: 'a key one level too high',
      yaml: 'interfaces: [{ name: eth1, leaseSeconds: 60 }]',
      want: {
        key: 'interfaces[0].leaseSeconds',
        reason: 'is not a setting; the nearest one is interfaces[].subnets[].leaseSeconds',
      },
    },
    {
      name: 'a mode that is none',
      yaml: 'interfaces: [{ name: eth1, mode: on }]',
      want: { key: 'interfaces[0].mode', reason: 'is "on", but wants one of server, proxy, off', example: 'server' },
    },
    {
      name: 'a list that is none',
      yaml: 'interfaces: [{ name: eth1, subnets: 10.77.0.0/24 }]',
      want: { key: 'interfaces[0].subnets', reason: 'is "10.77.0.0/24", but wants a list' },
    },
    {
      name: 'an empty list',
      yaml: 'interfaces: []',
      want: { key: 'interfaces', reason: 'is [], but wants a list that is not empty' },
    },
    {
      name: 'a word where keys belong',
      yaml: 'interfaces: [eth1]',
      want: { key: 'interfaces[0]', reason: 'is "eth1", but wants keys: name, mode, address, subnets, trustedRelays' },
    },
    {
      name: 'a key that is missing',
      yaml: 'interfaces: [{ mode: off }]',
      want: { key: 'interfaces[0].name', reason: 'is missing' },
    },
    {
      name: 'a client id that YAML took for a number',
      yaml: eth1('reservations: [{ address: 10.77.0.9, clientId: 0xff01 }]'),
      want: { key: `${ETH1_SUBNET}.reservations[0].clientId`, reason: expect.stringContaining('in quotes: "0xff01"') },
    },
    {
      name: 'one interface beside several',
      yaml: 'interface: eth1\ndhcp: { mode: proxy }\ninterfaces: [{ name: eth2 }]',
      want: { key: 'dhcp.mode', reason: 'is for one interface alone: beside the list "interfaces", say it there' },
    },
    {
      name: 'a loader that is none',
      yaml: 'interface: eth1\nloaders: [{ loader: grub }]',
      want: { key: 'loaders[0].loader', reason: 'is "grub", but wants one of snponly, ipxe, shim' },
    },
    {
      name: 'an interface that is not there',
      yaml: 'interfaces: [{ name: eth1 }, { name: eth3 }]',
      want: { key: 'interfaces[1].name', example: 'eth1', reason: expect.stringContaining('it has eth1, eth2') },
    },
    {
      name: 'an address of another interface',
      yaml: 'interfaces: [{ name: eth1, address: 10.78.0.1 }]',
      want: { key: 'interfaces[0].address', reason: 'is 10.78.0.1, which eth1 does not have; it has 10.77.0.1' },
    },
    {
      name: 'ranges that overlap, with their code',
      yaml: eth1('ranges: [{ first: 10.77.0.9, last: 10.77.0.20 }, { first: 10.77.0.15, last: 10.77.0.30 }]'),
      want: { key: `${ETH1_SUBNET}.ranges[1]`, code: 'NETBOOT_RANGES_OVERLAP' },
    },
    {
      name: 'a proxy with ranges',
      yaml: 'interfaces: [{ name: eth1, mode: proxy, subnets: [{ network: 10.77.0.0/24 }] }]',
      want: { key: 'interfaces[0].subnets', code: 'NETBOOT_MODE_GIVES_NO_ADDRESSES' },
    },
    {
      name: 'our own address as a reservation, though the file leaves it out',
      yaml: eth1('reservations: [{ address: 10.77.0.1, node: a }]'),
      want: { key: `${ETH1_SUBNET}.reservations[0].address`, code: 'NETBOOT_ADDRESS_TWICE' },
    },
    {
      name: 'a subnet that overlaps the own one of another interface',
      yaml: 'interfaces: [{ name: eth2 }, { name: eth1, subnets: [{ network: 10.78.4.0/24 }] }]',
      want: { key: 'interfaces[1].subnets[0].network', code: 'NETBOOT_SUBNETS_OVERLAP' },
    },
  ])('names $name', ({ yaml, want }) => {
    expect(problemsOf(yaml)).toContainEqual(expect.objectContaining(want))
  })

  it('tells all mistakes at once', () => {
    const yaml = 'interfaces: [{ nam: eth1, mode: on }]\nloaders: [{ product: x }]\nhttp: { port: 0 }'
    expect(problemsOf(yaml, { PLATEN_INTERFACE: 'eth1' }).map(({ key }) => key)).toEqual([
      'interface',
      'http.port',
      'interfaces[0].nam',
      'interfaces[0].name',
      'interfaces[0].mode',
      'loaders[0].loader',
    ])
  })
})
