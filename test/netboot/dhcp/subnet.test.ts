import { describe, expect, it } from 'vitest'
import { formatIpv4, parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import { LeaseTable } from '../../../src/netboot/dhcp/lease-table.ts'
import { compileSubnet } from '../../../src/netboot/dhcp/subnet.ts'
import { chooseSubnet } from '../../../src/netboot/dhcp/subnet-choice.ts'
import { type PacketSketch, requestPacket } from '../../fakes/dhcp-packets.ts'

const US = parseIpv4('10.77.0.1')

describe('compileSubnet', () => {
  it('hands out the upper half when nothing else is said', () => {
    const { ranges } = compileSubnet({ network: '10.77.0.0/24' }, US)
    expect(ranges.map(({ first, last }) => [formatIpv4(first), formatIpv4(last)])).toEqual([['10.77.0.128', '10.77.0.254']])
  })

  it.each([
    {
      name: 'a range that leaves the network',
      config: { ranges: [{ first: '10.77.0.9', last: '10.77.1.9' }] },
      message: /not inside 10.77.0.0\/24/,
    },
    {
      name: 'a range that ends before it begins',
      config: { ranges: [{ first: '10.77.0.9', last: '10.77.0.8' }] },
      message: /ends before it begins/,
    },
    {
      name: 'a reservation for nobody',
      config: { reservations: [{ address: '10.77.0.9' }] },
      message: /needs an address inside/,
    },
    { name: 'an address that is none', config: { routers: ['10.77.0.256'] }, message: /"10.77.0.256" is not an IPv4 address/ },
    { name: 'an option number that is none', config: { options: { '300': 'x' } }, message: /"300" is not an option number/ },
    {
      name: 'text where bytes belong',
      config: { options: { '43': 'hello' } },
      message: /option 43 \(vendor specific\) cannot be written as "hello"/,
    },
    {
      name: 'a number that is too large',
      config: { options: { '26': '70000' } },
      message: /option 26 \(interface MTU\) is "70000", not a whole number up to 65535/,
    },
    { name: 'a network that is none', config: { network: '10.77.0.0' }, message: /is not a network/ },
  ])('refuses $name', ({ config, message }) => {
    expect(() => compileSubnet({ network: '10.77.0.0/24', ...config }, US)).toThrow(message)
  })

  it('writes options by their kind', () => {
    const { options } = compileSubnet(
      {
        network: '10.77.0.0/24',
        options: { '150': '10.0.0.1, 10.0.0.2', '114': 'http://x', '108': '300', '19': '1', '224': '0xbeef' },
      },
      US,
    )
    expect([150, 114, 108, 19, 224].map((code) => Buffer.from(options.get(code)!).toString('hex'))).toEqual([
      '0a0000010a000002',
      '687474703a2f2f78',
      '0000012c',
      '01',
      'beef',
    ])
  })
})

describe('chooseSubnet', () => {
  const tables = ['10.77.0.0/24', '10.88.0.0/24', '10.99.0.0/24'].map((network) => new LeaseTable(compileSubnet({ network }, US)))
  const selection = (code: number, address: string) => [code, Uint8Array.from(address.split('.').map(Number))] as const

  it.each([
    { name: 'heard directly', sketch: {}, want: '10.77.0.0' },
    { name: 'by the relay’s address', sketch: { relayAgentIp: '10.88.0.1' }, want: '10.88.0.0' },
    {
      name: 'by the relay’s link selection, before its address',
      sketch: { relayAgentIp: '10.88.0.1', options: [[82, Uint8Array.of(1, 1, 9, 5, 4, 10, 99, 0, 0)]] },
      want: '10.99.0.0',
    },
    {
      name: 'by the client’s subnet selection',
      sketch: { relayAgentIp: '10.88.0.1', options: [selection(118, '10.99.0.0')] },
      want: '10.99.0.0',
    },
    { name: 'a relay of a network that is not ours', sketch: { relayAgentIp: '10.55.0.1' }, want: undefined },
    { name: 'a renewal past the relay', sketch: { clientIp: '10.88.0.7' }, from: '10.88.0.7', want: '10.88.0.0' },
  ] satisfies readonly { name: string; sketch: PacketSketch; from?: string; want: string | undefined }[])(
    '$name',
    ({ sketch, from, want }) => {
      const chosen = chooseSubnet(requestPacket('discover', sketch), parseIpv4(from ?? '0.0.0.0'), tables)
      expect(chosen === undefined ? undefined : formatIpv4(chosen.subnet.network.base)).toBe(want)
    },
  )
})
