// Where a machine is decides what it gets: ports of switches, virtual subnets, several subnets on one wire.
import { describe, expect, it } from 'vitest'
import { bootOffer } from '../../../src/netboot/dhcp/boot-offer.ts'
import { classifyClient } from '../../../src/netboot/dhcp/client.ts'
import { decide } from '../../../src/netboot/dhcp/decide.ts'
import type { Decision } from '../../../src/netboot/dhcp/decision.ts'
import { formatIpv4, parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import { LeaseTable } from '../../../src/netboot/dhcp/lease-table.ts'
import { messageName } from '../../../src/netboot/dhcp/packet.ts'
import { buildReply } from '../../../src/netboot/dhcp/reply.ts'
import { pickTable } from '../../../src/netboot/dhcp/shared-network.ts'
import { compileSubnet } from '../../../src/netboot/dhcp/subnet.ts'
import { chooseSubnets } from '../../../src/netboot/dhcp/subnet-choice.ts'
import type { NetbootSubnet } from '../../../src/netboot/index.ts'
import { type PacketSketch, requestPacket } from '../../fakes/dhcp-packets.ts'

const US = parseIpv4('10.77.0.1')
const NOW = 1000
const ascii = (text: string) => [...Buffer.from(text)]
const sub = (code: number, value: readonly number[]) => [code, value.length, ...value]
const relayed = (...subOptions: readonly number[][]) => ({ options: [[82, Uint8Array.from(subOptions.flat())] as const] })
const SWITCH = sub(2, ascii('sw1'))
const PORT_12 = sub(1, [0, 4, 0, 12])

class Site {
  readonly tables: readonly LeaseTable[]

  constructor(...subnets: readonly NetbootSubnet[]) {
    this.tables = subnets.map((one) => new LeaseTable(compileSubnet({ probesAddresses: false, ...one }, US)))
  }

  ask(message: Parameters<typeof requestPacket>[0], sketch: PacketSketch) {
    const packet = requestPacket(message, sketch)
    const client = classifyClient(packet)
    const onWire = chooseSubnets(packet, packet.clientIp, US, this.tables)
    const leases = pickTable({ tables: onWire, packet, message: messageName(packet)!, client, now: NOW })
    const boot = bootOffer(client, 'http://10.77.0.1:8080', 'snponly')
    const input = { packet, client, message, boot, serverIp: US, mode: 'server', isBootServerRequest: false, now: NOW } as const
    const decision = decide({ ...input, subnet: leases?.subnet, leases })
    if ('change' in decision && decision.change !== undefined) this.#apply(decision.change, leases!, client.mac)
    const context = {
      serverIp: US,
      mode: 'server',
      isBootServerRequest: false,
      subnet: leases?.subnet,
      hostName: undefined,
    } as const
    return { says: summary(decision), reply: decision.kind === 'reply' ? buildReply(packet, decision, context) : undefined }
  }

  #apply(
    { do: what, clientKey, address }: NonNullable<Extract<Decision, { kind: 'reply' }>['change']>,
    table: LeaseTable,
    mac: string,
  ) {
    if (what === 'offer') table.offer(clientKey, address, NOW)
    if (what === 'bind') table.bind(clientKey, address, 3600, undefined, NOW, mac)
    if (what === 'release') table.release(clientKey, address, NOW)
  }
}

const summary = (decision: Decision) =>
  decision.kind === 'reply' ? `${decision.message} ${formatIpv4(decision.address)}` : decision.kind

describe('an address for a port of a switch', () => {
  const network = { network: '10.77.0.0/24', ranges: [{ first: '10.77.0.100', last: '10.77.0.110' }] }

  it.each([
    {
      name: 'both ids',
      reservation: { remoteId: 'sw1', circuitId: '0x0004000c' },
      sent: [SWITCH, PORT_12],
      want: 'offer 10.77.0.20',
    },
    {
      name: 'both ids, another port',
      reservation: { remoteId: 'sw1', circuitId: '0x00040009' },
      sent: [SWITCH, PORT_12],
      want: 'offer 10.77.0.100',
    },
    {
      name: 'both ids, another switch',
      reservation: { remoteId: 'sw2', circuitId: '0x0004000c' },
      sent: [SWITCH, PORT_12],
      want: 'offer 10.77.0.100',
    },
    { name: 'the circuit id alone', reservation: { circuitId: '0x0004000c' }, sent: [SWITCH, PORT_12], want: 'offer 10.77.0.20' },
    { name: 'the remote id alone', reservation: { remoteId: 'sw1' }, sent: [SWITCH, PORT_12], want: 'offer 10.77.0.20' },
    { name: 'nothing said on the way', reservation: { remoteId: 'sw1' }, sent: [], want: 'offer 10.77.0.100' },
  ])('by $name', ({ reservation, sent, want }) => {
    const site = new Site({ ...network, reservations: [{ address: '10.77.0.20', ...reservation }] })
    expect(site.ask('discover', sent.length === 0 ? {} : relayed(...sent)).says).toBe(want)
  })

  it('goes to whatever machine is there, and its own reservation before that', () => {
    const reservations = [
      { address: '10.77.0.20', remoteId: 'sw1', circuitId: '0x0004000c' },
      { address: '10.77.0.21', mac: '52:54:00:00:00:0c' },
    ]
    const site = new Site({ ...network, reservations })
    const there = relayed(SWITCH, PORT_12)
    const request = { ...there, serverId: '10.77.0.1', requestedIp: '10.77.0.20' }
    expect(site.ask('request', { ...request, mac: '52:54:00:00:00:0a' }).says).toBe('ack 10.77.0.20')
    // The machine was swapped.
    expect(site.ask('request', { ...request, mac: '52:54:00:00:00:0b' }).says).toBe('ack 10.77.0.20')
    expect(site.ask('discover', { ...there, mac: '52:54:00:00:00:0c' }).says).toBe('offer 10.77.0.21')
    // Renewals go past the switch, which then says nothing; the old machine is not known by it.
    expect(site.ask('request', { clientIp: '10.77.0.20', mac: '52:54:00:00:00:0b' }).says).toBe('ack 10.77.0.20')
    expect(site.ask('request', { clientIp: '10.77.0.20', mac: '52:54:00:00:00:0a' }).says).toBe('ignore')
  })
})

describe('a relay that stands as the server (RFC 5107)', () => {
  const site = new Site(
    { network: '10.77.0.0/24' },
    { network: '10.9.0.0/24', ranges: [{ first: '10.9.0.100', last: '10.9.0.101' }] },
  )
  const behind = { ...relayed(sub(11, [10, 9, 0, 1])), relayAgentIp: '10.9.0.1' }

  it('is named in the answers, and requests that name it are for us', () => {
    const offer = site.ask('discover', behind).reply!
    expect([...offer.options.get(54)!]).toEqual([10, 9, 0, 1])
    const request = { ...behind, serverId: '10.9.0.1', requestedIp: formatIpv4(offer.yourIp) }
    expect(site.ask('request', request).says).toBe(`ack ${formatIpv4(offer.yourIp)}`)
    // The file still comes from here.
    const pxe = site.ask('discover', { ...behind, vendorClass: 'PXEClient:Arch:00007', architecture: 7 }).reply!
    expect([pxe.nextServerIp, Buffer.from(pxe.options.get(66)!).toString()]).toEqual([US, '10.77.0.1'])
  })

  it('is heard of by other servers too: an address of theirs is left alone', () => {
    expect(site.ask('request', { ...behind, serverId: '10.9.0.1', requestedIp: '10.8.0.7' }).says).toBe('ignore')
    expect(site.ask('request', { ...behind, serverId: '10.9.0.7', requestedIp: '10.9.0.100' }).says).toBe('ignore')
  })
})

describe('a virtual subnet (RFC 6607)', () => {
  const vss = (name: string) => ({ ...relayed(sub(151, [0, ...ascii(name)]), sub(152, [])), relayAgentIp: '10.9.0.1' })
  const [ranges, others] = [[{ first: '10.9.0.100', last: '10.9.0.101' }], [{ first: '10.9.0.50', last: '10.9.0.51' }]]
  const site = new Site({ network: '10.9.0.0/24', ranges }, { network: '10.9.0.0/24', ranges: others, virtualSubnet: 'red' })

  it('has addresses of its own, though they be those of another one', () => {
    expect(site.ask('discover', vss('red')).says).toBe('offer 10.9.0.50')
    expect(site.ask('discover', { relayAgentIp: '10.9.0.1' }).says).toBe('offer 10.9.0.100')
  })

  it('is acknowledged to the relay; one that nobody set goes back as it came', () => {
    const echoed = (name: string) => [...site.ask('discover', vss(name)).reply!.options.get(82)!]
    expect(echoed('red')).toEqual(sub(151, [0, ...ascii('red')]))
    expect(echoed('blue')).toEqual([...sub(151, [0, ...ascii('blue')]), 152, 0])
  })
})

describe('several subnets on one wire', () => {
  const small = { network: '10.77.0.0/24', ranges: [{ first: '10.77.0.100', last: '10.77.0.100' }], sharedNetwork: 'lab' }
  const large = { network: '10.78.0.0/24', ranges: [{ first: '10.78.0.100', last: '10.78.0.110' }], sharedNetwork: 'lab' }
  const elsewhere = { network: '10.79.0.0/24', ranges: [{ first: '10.79.0.100', last: '10.79.0.110' }] }

  it('the next gives when the first has no address left, and each machine keeps what it has', () => {
    const site = new Site(small, elsewhere, large)
    const take = (mac: string) => {
      const offer = site.ask('discover', { mac }).reply!
      return site.ask('request', { mac, serverId: '10.77.0.1', requestedIp: formatIpv4(offer.yourIp) }).says
    }
    expect(['52:54:00:00:00:01', '52:54:00:00:00:02'].map(take)).toEqual(['ack 10.77.0.100', 'ack 10.78.0.100'])
    const second = { mac: '52:54:00:00:00:02' }
    expect(site.ask('discover', second).says).toBe('offer 10.78.0.100')
    expect(site.ask('request', { ...second, clientIp: '10.78.0.100' }).says).toBe('ack 10.78.0.100')
    expect(site.ask('request', { ...second, requestedIp: '10.78.0.100' }).says).toBe('ack 10.78.0.100')
    site.ask('release', { ...second, clientIp: '10.78.0.100' })
    expect(site.ask('discover', { mac: '52:54:00:00:00:03', requestedIp: '10.78.0.100' }).says).toBe('offer 10.78.0.100')
  })

  it('a reservation in any of them counts first', () => {
    const site = new Site(small, { ...large, reservations: [{ address: '10.78.0.7', mac: '52:54:00:00:00:0a' }] })
    expect(site.ask('discover', {}).says).toBe('offer 10.78.0.7')
  })

  it('is full when all are', () => {
    const site = new Site(small, { ...large, ranges: [] })
    site.ask('request', { mac: '52:54:00:00:00:01', serverId: '10.77.0.1', requestedIp: '10.77.0.100' })
    expect(site.ask('discover', {}).says).toBe('pool-full')
  })
})
