// What relays tell of addresses that another server gave, and what anybody else writes into a packet.
import { expect, it } from 'vitest'
import { parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import type { DhcpPacket } from '../../../src/netboot/dhcp/packet.ts'
import { HeardAddresses } from '../../../src/netboot/peer/heard-addresses.ts'
import { requestPacket } from '../../fakes/dhcp-packets.ts'

const MAC = '52:54:00:00:00:0a'
const RELAY = parseIpv4('10.88.0.1')
const TRUSTED = new Set([RELAY])
const ASKED = parseIpv4('10.88.0.100')

const asks = (relayAgentIp: number, requestedIp: number, change: Partial<DhcpPacket> = {}): DhcpPacket => ({
  ...requestPacket('request', { relayAgentIp: '0.0.0.0', requestedIp: '10.88.0.100' }),
  relayAgentIp,
  ...(requestedIp === ASKED ? {} : { clientIp: requestedIp }),
  ...change,
})

it.each([
  { name: 'a trusted relay', packet: asks(RELAY, ASKED), from: RELAY, want: MAC },
  { name: 'somebody who says that he is the relay', packet: asks(RELAY, ASKED), from: parseIpv4('10.99.0.7'), want: undefined },
  {
    name: 'a relay that nobody named',
    packet: asks(parseIpv4('10.88.0.2'), ASKED),
    from: parseIpv4('10.88.0.2'),
    want: undefined,
  },
  { name: 'the machine itself, without a relay', packet: asks(0, ASKED), from: ASKED, want: undefined },
  { name: 'a trusted relay, with a reply', packet: asks(RELAY, ASKED, { op: 'reply' }), from: RELAY, want: undefined },
])('$name', ({ packet, from, want }) => {
  const heard = new HeardAddresses(() => 0)
  heard.note(packet, MAC, from, TRUSTED)
  expect(heard.macAt(ASKED)).toBe(want)
})

it('a word is believed for hours, and no relay’s of its own address', () => {
  let now = 0
  const heard = new HeardAddresses(() => now)
  heard.note(asks(RELAY, ASKED), MAC, RELAY, TRUSTED)
  heard.note(asks(RELAY, RELAY), MAC, RELAY, TRUSTED)
  expect([heard.macAt(ASKED), heard.macAt(RELAY)]).toEqual([MAC, undefined])
  now = 24 * 3600_000
  expect(heard.macAt(ASKED)).toBeUndefined()
})

it('takes no more memory than twenty thousand addresses', () => {
  const heard = new HeardAddresses(() => 0)
  for (let n = 0; n < 20_010; n++) heard.note(asks(RELAY, 0x0b000000 + n), MAC, RELAY, TRUSTED)
  expect([heard.macAt(0x0b000000), heard.macAt(0x0b000000 + 20_009)]).toEqual([undefined, MAC])
})
