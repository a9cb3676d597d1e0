import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import {
  idText,
  normaliseId,
  relayInformation,
  withoutVirtualSubnetControl,
} from '../../../src/netboot/dhcp/relay-information.ts'

const read = (...bytes: number[]) => relayInformation(new Map([[82, Uint8Array.from(bytes)]]))
const ascii = (text: string) => [...Buffer.from(text)]

describe('relayInformation', () => {
  it('reads every sub-option that this server heeds', () => {
    const found = read(
      1,
      2,
      0,
      12,
      2,
      3,
      ...ascii('sw1'),
      5,
      4,
      10,
      9,
      0,
      0,
      11,
      4,
      10,
      9,
      0,
      1,
      19,
      0,
      151,
      4,
      0,
      ...ascii('red'),
    )
    expect(found).toEqual({
      circuitId: Uint8Array.of(0, 12),
      remoteId: Uint8Array.from(ascii('sw1')),
      linkSelection: parseIpv4('10.9.0.0'),
      serverIdOverride: parseIpv4('10.9.0.1'),
      hasOwnPort: true,
      virtualSubnet: 'red',
    })
  })

  it.each([
    { name: 'plain text', bytes: ascii('sw1 eth0/3'), want: {} },
    { name: 'nothing', bytes: [], want: {} },
    {
      name: 'a length that runs over the end: what is there',
      bytes: [2, 1, 9, 1, 20, 65, 66],
      want: { remoteId: [9], circuitId: [65, 66] },
    },
    { name: 'an address that is too short: none', bytes: [5, 2, 10, 9], want: {} },
    { name: 'an address that is too long: none', bytes: [11, 5, 10, 9, 0, 1, 7], want: {} },
    { name: 'a sub-option twice: the first', bytes: [1, 1, 65, 1, 1, 66], want: { circuitId: [65] } },
    { name: 'a code and no length', bytes: [1, 1, 65, 2], want: { circuitId: [65] } },
    { name: 'the network without a name', bytes: [151, 1, 255], want: {} },
    { name: 'a VPN id', bytes: [151, 8, 1, 1, 2, 3, 4, 5, 6, 7], want: { virtualSubnet: '0x01020304050607' } },
  ])('takes $name', ({ bytes, want }) => {
    const found = Object.entries(read(...bytes)!).filter(([, value]) => value !== undefined && value !== false)
    const plain = found.map(([key, value]) => [key, value instanceof Uint8Array ? [...value] : value])
    expect(Object.fromEntries(plain)).toEqual(want)
  })

  it('reads any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void read(...bytes)))
  })

  it('takes the mark away by which relays see that their virtual subnet was not heeded, and nothing else', () => {
    expect([...withoutVirtualSubnetControl(Uint8Array.of(1, 1, 65, 152, 0, 151, 2, 0, 66))]).toEqual([1, 1, 65, 151, 2, 0, 66])
  })
})

it.each([
  { written: 'eth0/3', shown: 'eth0/3' },
  { written: '0x657468302f33', shown: 'eth0/3' },
  { written: '0x0004000C', shown: '0x0004000c' },
])('an id has one spelling: $written', ({ written, shown }) => {
  expect(normaliseId(written)).toBe(shown)
})

it('an id of any bytes is known by its text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1 }),
      (bytes) => normaliseId(`0x${Buffer.from(bytes).toString('hex')}`) === idText(bytes),
    ),
  )
})
