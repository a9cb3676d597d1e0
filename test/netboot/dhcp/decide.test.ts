import { beforeEach, describe, expect, it } from 'vitest'
import { bootOffer } from '../../../src/netboot/dhcp/boot-offer.ts'
import { classifyClient } from '../../../src/netboot/dhcp/client.ts'
import { decide } from '../../../src/netboot/dhcp/decide.ts'
import type { Decision } from '../../../src/netboot/dhcp/decision.ts'
import { formatIpv4, parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import { LeaseTable } from '../../../src/netboot/dhcp/lease-table.ts'
import { messageName } from '../../../src/netboot/dhcp/packet.ts'
import { compileSubnet } from '../../../src/netboot/dhcp/subnet.ts'
import { type PacketSketch, requestPacket } from '../../fakes/dhcp-packets.ts'

const US = '10.77.0.1'
const NODE = '52:54:00:00:00:0a'
const NOW = 1_000_000

let leases: LeaseTable

function tableOf(more: object = {}): LeaseTable {
  const ranges = [{ first: '10.77.0.100', last: '10.77.0.101' }]
  return new LeaseTable(compileSubnet({ network: '10.77.0.0/24', ranges, probesAddresses: false, ...more }, parseIpv4(US)))
}

function ask(message: Parameters<typeof requestPacket>[0], sketch: PacketSketch = {}, more: object = {}): Decision {
  const packet = requestPacket(message, sketch)
  const client = classifyClient(packet)
  return decide({
    packet,
    client,
    message: messageName(packet)!,
    boot: bootOffer(client, `http://${US}:8080`, 'snponly'),
    serverIp: parseIpv4(US),
    mode: 'server',
    isBootServerRequest: false,
    subnet: leases.subnet,
    leases,
    now: NOW,
    ...more,
  })
}

const summary = (decision: Decision) =>
  decision.kind === 'reply'
    ? `${decision.message} ${formatIpv4(decision.address)}`
    : decision.kind === 'ignore'
      ? 'ignore'
      : decision.kind

const bound = (mac: string, address: string) => leases.bind(mac, parseIpv4(address), 3600, undefined, NOW)

beforeEach(() => {
  leases = tableOf()
})

describe('DISCOVER', () => {
  it.each([
    { name: 'a free address', sketch: {}, want: 'offer 10.77.0.100' },
    { name: 'the one it asks for', sketch: { requestedIp: '10.77.0.101' }, want: 'offer 10.77.0.101' },
    { name: 'not one outside the range', sketch: { requestedIp: '10.77.0.50' }, want: 'offer 10.77.0.100' },
  ])('offers $name', ({ sketch, want }) => {
    expect(summary(ask('discover', sketch))).toBe(want)
  })

  it('offers the address that it had, even after it ran out', () => {
    leases.bind(NODE, parseIpv4('10.77.0.101'), 1, undefined, NOW - 5000)
    expect(summary(ask('discover'))).toBe('offer 10.77.0.101')
  })

  it('offers the reserved address and no other machine gets it', () => {
    leases = tableOf({ reservations: [{ address: '10.77.0.100', mac: NODE }] })
    expect(summary(ask('discover', { mac: '52:54:00:00:00:0b' }))).toBe('offer 10.77.0.101')
    expect(summary(ask('discover'))).toBe('offer 10.77.0.100')
  })

  it('says that the pool is full, and still knows those who have an address', () => {
    bound('52:54:00:00:00:01', '10.77.0.100')
    bound('52:54:00:00:00:02', '10.77.0.101')
    expect(ask('discover').kind).toBe('pool-full')
    expect(summary(ask('discover', { mac: '52:54:00:00:00:02' }))).toBe('offer 10.77.0.101')
  })

  it('takes the longest unused address when all were used once', () => {
    leases.bind('52:54:00:00:00:01', parseIpv4('10.77.0.100'), 1, undefined, NOW - 9000)
    leases.bind('52:54:00:00:00:02', parseIpv4('10.77.0.101'), 1, undefined, NOW - 5000)
    expect(summary(ask('discover'))).toBe('offer 10.77.0.100')
  })

  it('waits for a probed address where addresses are probed', () => {
    leases = tableOf({ probesAddresses: true })
    expect(ask('discover').kind).toBe('wait-for-address')
    leases.addProven(leases.takeToProbe(NOW)!, NOW)
    expect(summary(ask('discover'))).toBe('offer 10.77.0.100')
  })
})

describe('REQUEST', () => {
  it('selecting: the address that was offered', () => {
    leases.offer(NODE, parseIpv4('10.77.0.100'), NOW)
    const decision = ask('request', { serverId: US, requestedIp: '10.77.0.100' })
    expect(summary(decision)).toBe('ack 10.77.0.100')
    expect(decision).toMatchObject({ change: { do: 'bind', address: parseIpv4('10.77.0.100') } })
  })

  it('selecting: an offer of before a restart, when nobody has the address', () => {
    expect(summary(ask('request', { serverId: US, requestedIp: '10.77.0.100' }))).toBe('ack 10.77.0.100')
  })

  it.each([
    { name: 'names no server', sketch: { requestedIp: '10.77.0.100' } },
    { name: 'names no address', sketch: { serverId: US } },
  ])('selecting: one that $name takes what it was offered', ({ sketch }) => {
    leases.offer(NODE, parseIpv4('10.77.0.100'), NOW)
    expect(summary(ask('request', sketch))).toBe('ack 10.77.0.100')
  })

  it('selecting: never an address that another machine holds', () => {
    bound('52:54:00:00:00:01', '10.77.0.100')
    expect(summary(ask('request', { serverId: US, requestedIp: '10.77.0.100' }))).toBe('nak 0.0.0.0')
  })

  it('selecting another server: silent, and the offer is free again', () => {
    leases.offer(NODE, parseIpv4('10.77.0.100'), NOW)
    const decision = ask('request', { serverId: '10.77.0.2', requestedIp: '10.77.0.9' })
    expect(decision).toMatchObject({ kind: 'ignore', change: { do: 'release', address: parseIpv4('10.77.0.100') } })
  })

  it.each([
    { name: 'init-reboot with its address', sketch: { requestedIp: '10.77.0.100' }, want: 'ack 10.77.0.100' },
    { name: 'init-reboot with another address', sketch: { requestedIp: '10.77.0.101' }, want: 'nak 0.0.0.0' },
    { name: 'init-reboot with an address of another network', sketch: { requestedIp: '192.168.1.7' }, want: 'ignore' },
    { name: 'renewing an address of another network', sketch: { clientIp: '192.168.1.7' }, want: 'ignore' },
    {
      name: 'the same through a relay',
      sketch: { requestedIp: '192.168.1.7', relayAgentIp: '10.77.0.254' },
      want: 'nak 0.0.0.0',
    },
    { name: 'renewing or rebinding', sketch: { clientIp: '10.77.0.100' }, want: 'ack 10.77.0.100' },
    { name: 'renewing another address', sketch: { clientIp: '10.77.0.101' }, want: 'nak 0.0.0.0' },
    { name: 'neither server nor address', sketch: {}, want: 'ignore' },
  ])('of a known machine: $name', ({ sketch, want }) => {
    bound(NODE, '10.77.0.100')
    expect(summary(ask('request', sketch))).toBe(want)
  })

  it('of an unknown machine: silent, because another server may know it (RFC 2131 §4.3.2)', () => {
    expect(summary(ask('request', { requestedIp: '10.77.0.100' }))).toBe('ignore')
  })

  it('of an unknown machine, where this server is the only one', () => {
    leases = tableOf({ isAuthoritative: true })
    expect(summary(ask('request', { requestedIp: '10.77.0.100' }))).toBe('ack 10.77.0.100')
    expect(summary(ask('request', { clientIp: '10.77.0.7' }))).toBe('nak 0.0.0.0')
    expect(summary(ask('request', { requestedIp: '192.168.1.7' }))).toBe('nak 0.0.0.0')
  })
})

describe('a machine that took the address of another server meanwhile', () => {
  it.each([
    { name: 'its lease here has run out', before: () => leases.bind(NODE, parseIpv4('10.77.0.100'), 1, undefined, NOW - 5000) },
    { name: 'it was only offered one here', before: () => leases.offer(NODE, parseIpv4('10.77.0.100'), NOW) },
    {
      name: 'it gave its own back',
      before: () => bound(NODE, '10.77.0.100') && leases.release(NODE, parseIpv4('10.77.0.100'), NOW),
    },
  ])('is left alone: $name', ({ before }) => {
    before()
    expect(summary(ask('request', { clientIp: '10.77.0.7' }))).toBe('ignore')
  })
})

describe('the rest', () => {
  it('DECLINE sets an address aside that the machine was given, and no other', () => {
    bound(NODE, '10.77.0.100')
    expect(ask('decline', { requestedIp: '10.77.0.100' })).toMatchObject({ change: { do: 'set-aside' } })
    expect(ask('decline', { requestedIp: '10.77.0.101' })).not.toHaveProperty('change')
  })

  it('RELEASE frees the address of its holder, and of nobody else', () => {
    bound(NODE, '10.77.0.100')
    expect(ask('release', { clientIp: '10.77.0.100' })).toMatchObject({ change: { do: 'release' } })
    expect(ask('release', { clientIp: '10.77.0.100', mac: '52:54:00:00:00:0b' })).not.toHaveProperty('change')
  })

  it('INFORM gets options, no address and no lease', () => {
    expect(ask('inform', { clientIp: '10.77.0.7' })).toMatchObject({ message: 'ack', address: 0, leaseSeconds: undefined })
  })

  it('a network that is not served is left alone', () => {
    expect(summary(ask('discover', {}, { subnet: undefined, leases: undefined }))).toBe('ignore')
  })
})

describe('beside another DHCP server', () => {
  const firmware = { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', architecture: 7 }

  it('offers no address, and nothing to those who do not boot', () => {
    expect(summary(ask('discover', firmware, { mode: 'proxy' }))).toBe('offer 0.0.0.0')
    expect(summary(ask('discover', {}, { mode: 'proxy' }))).toBe('ignore')
    expect(summary(ask('request', { ...firmware, serverId: '10.77.0.9', requestedIp: '10.77.0.50' }, { mode: 'proxy' }))).toBe(
      'ignore',
    )
  })

  it('answers a boot server request on port 4011, when it is meant for us', () => {
    const on4011 = { mode: 'proxy', isBootServerRequest: true }
    expect(summary(ask('request', { ...firmware, clientIp: '10.77.0.50' }, on4011))).toBe('ack 0.0.0.0')
    expect(summary(ask('request', { ...firmware, clientIp: '10.77.0.50', serverId: '10.77.0.9' }, on4011))).toBe('ignore')
  })
})
