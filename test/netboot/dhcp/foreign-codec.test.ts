// Our packets in another implementation's eyes, and its packets in ours. The `dhcp` package is old and narrow, but independent.
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientMac } from '../../../src/netboot/dhcp/hardware-address.ts'
import { formatIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import { type DhcpPacket, decodePacket, encodePacket } from '../../../src/netboot/dhcp/packet.ts'

interface ForeignPacket {
  op: number
  htype: number
  hlen: number
  hops: number
  xid: number
  secs: number
  flags: number
  ciaddr: string
  yiaddr: string
  siaddr: string
  giaddr: string
  chaddr: string
  sname: string
  file: string
  options: Record<number, unknown>
}
const require = createRequire(import.meta.url)
const foreign = require('dhcp/lib/protocol.js') as {
  parse(bytes: Buffer): ForeignPacket
  format(packet: ForeignPacket): { _data: Buffer; _w: number }
}

const ip = fc.integer({ min: 0, max: 0xffff_ffff })
const text = (max: number) => fc.stringMatching(new RegExp(`^[a-z0-9./-]{0,${max}}$`))
const u16 = fc.integer({ min: 0, max: 0xffff })
const ipBytes = (address: number) => Uint8Array.of(address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255)

const packet: fc.Arbitrary<DhcpPacket> = fc.record({
  op: fc.constantFrom('request', 'reply'),
  hardwareType: fc.constant(1),
  hops: fc.integer({ min: 0, max: 16 }),
  transactionId: ip,
  secondsElapsed: u16,
  flags: u16,
  clientIp: ip,
  yourIp: ip,
  nextServerIp: ip,
  relayAgentIp: ip,
  hardwareAddress: fc.uint8Array({ minLength: 6, maxLength: 6 }),
  serverName: text(63),
  bootFile: text(127),
  options: fc
    .record({ type: fc.integer({ min: 1, max: 8 }), netmask: ip, leaseSeconds: ip, server: ip, host: text(40) })
    .map(({ type, netmask, leaseSeconds, server, host }) => {
      const options = new Map([
        [53, Uint8Array.of(type)],
        [1, ipBytes(netmask)],
        [51, ipBytes(leaseSeconds)],
        [54, ipBytes(server)],
      ])
      return host === '' ? options : options.set(12, Buffer.from(host))
    }),
})

function foreignView(ours: DhcpPacket): ForeignPacket {
  const number = (code: number) => Buffer.from(ours.options.get(code)!).readUInt32BE()
  const host = ours.options.get(12)
  return {
    op: ours.op === 'request' ? 1 : 2,
    htype: 1,
    hlen: 6,
    hops: ours.hops,
    xid: ours.transactionId,
    secs: ours.secondsElapsed,
    flags: ours.flags,
    ciaddr: formatIpv4(ours.clientIp),
    yiaddr: formatIpv4(ours.yourIp),
    siaddr: formatIpv4(ours.nextServerIp),
    giaddr: formatIpv4(ours.relayAgentIp),
    chaddr: clientMac(ours).replaceAll(':', '-').toUpperCase(),
    sname: ours.serverName,
    file: ours.bootFile,
    options: {
      53: ours.options.get(53)![0],
      1: formatIpv4(number(1)),
      51: number(51),
      54: formatIpv4(number(54)),
      ...(host === undefined ? {} : { 12: Buffer.from(host).toString() }),
    },
  }
}

describe('the dhcp package and our codec', () => {
  it('reads what we write', () => {
    fc.assert(
      fc.property(packet, (ours) => {
        expect(foreign.parse(encodePacket(ours))).toMatchObject(foreignView(ours))
      }),
    )
  })

  it('writes what we read', () => {
    fc.assert(
      fc.property(packet, (ours) => {
        const { _data, _w } = foreign.format(foreignView(ours))
        const { options, hardwareAddress, ...read } = decodePacket(_data.subarray(0, _w))
        const { options: wantedOptions, hardwareAddress: wantedAddress, ...wanted } = ours
        expect(read).toEqual(wanted)
        expect([...hardwareAddress]).toEqual([...wantedAddress])
        for (const [code, value] of wantedOptions) expect([code, ...(options.get(code) ?? [])]).toEqual([code, ...value])
      }),
    )
  })
})
