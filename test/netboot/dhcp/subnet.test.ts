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

  it('hands out the other address of a network for two', () => {
    const { ranges } = compileSubnet({ network: '10.77.0.0/30' }, parseIpv4('10.77.0.2'))
    expect(ranges.map(({ first, last }) => [formatIpv4(first), formatIpv4(last)])).toEqual([['10.77.0.1', '10.77.0.1']])
  })

  it('names who an address is kept for, and gives a node its own name', () => {
    const { reservations, excluded } = compileSubnet(
      {
        network: '10.77.0.0/24',
        reservations: [
          { address: '10.77.0.20', mac: '52-54-00-00-00-0A', hostName: 'printer' },
          { address: '10.77.0.21', clientId: '0xFF:01' },
          { address: '10.77.0.22', node: 'rack1-07' },
          { address: '10.77.0.23', remoteId: 'sw1', circuitId: '0x0004000C' },
        ],
      },
      US,
    )
    expect([...reservations].map(([key, { hostName }]) => [key, hostName])).toEqual([
      ['52:54:00:00:00:0a', 'printer'],
      ['id:ff01', undefined],
      ['node:rack1-07', 'rack1-07'],
      ['port:["sw1","0x0004000c"]', undefined],
    ])
    expect(['10.77.0.20', '10.77.0.21', '10.77.0.22'].every((address) => excluded.has(parseIpv4(address)))).toBe(true)
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
  // The interface's own need not be the first.
  const tables = ['10.88.0.0/24', '10.77.0.0/24', '10.99.0.0/24'].map((network) => new LeaseTable(compileSubnet({ network }, US)))
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
      const chosen = chooseSubnet(requestPacket('discover', sketch), parseIpv4(from ?? '0.0.0.0'), US, tables)
      expect(chosen === undefined ? undefined : formatIpv4(chosen.subnet.network.base)).toBe(want)
    },
  )
})
