import { describe, expect, it } from 'vitest'
import { bootOffer } from '../../../src/netboot/dhcp/boot-offer.ts'
import { classifyClient } from '../../../src/netboot/dhcp/client.ts'
import type { Decision } from '../../../src/netboot/dhcp/decision.ts'
import { destinationOf } from '../../../src/netboot/dhcp/destination.ts'
import { formatIpv4, parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import { OPTION } from '../../../src/netboot/dhcp/option-codes.ts'
import { readText, textBytes } from '../../../src/netboot/dhcp/option-values.ts'
import { BROADCAST_FLAG, type DhcpPacket, encodePacket } from '../../../src/netboot/dhcp/packet.ts'
import { buildReply, type ReplyContext } from '../../../src/netboot/dhcp/reply.ts'
import { compileSubnet } from '../../../src/netboot/dhcp/subnet.ts'
import { type PacketSketch, requestPacket } from '../../fakes/dhcp-packets.ts'

const US = parseIpv4('10.77.0.1')
const BIOS = { vendorClass: 'PXEClient:Arch:00000:UNDI:002001', architecture: 0 }
const UEFI = { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', architecture: 7 }
const HTTP_BOOT = { vendorClass: 'HTTPClient:Arch:00016:UNDI:003001', architecture: 16 }
const IPXE = { architecture: 7, userClass: 'iPXE' }

const subnet = compileSubnet(
  { network: '10.77.0.0/24', routers: ['10.77.0.254'], domainName: 'rack.example', options: { '26': '9000', '43': '0x0102' } },
  US,
)

interface Case extends PacketSketch {
  readonly message?: 'offer' | 'ack' | 'nak'
  readonly context?: Partial<ReplyContext>
}

function replyTo({ message = 'offer', context, ...sketch }: Case): DhcpPacket {
  const request = requestPacket('discover', sketch)
  const boot = bootOffer(classifyClient(request), 'http://10.77.0.1:8080', 'snponly')
  const decision: Extract<Decision, { kind: 'reply' }> = {
    kind: 'reply',
    message,
    address: message === 'nak' ? 0 : parseIpv4('10.77.0.100'),
    leaseSeconds: message === 'nak' ? undefined : 3600,
    boot,
    change: undefined,
    why: 'because',
  }
  return buildReply(request, decision, {
    serverIp: US,
    mode: 'server',
    isBootServerRequest: false,
    subnet,
    hostName: undefined,
    ...context,
  })
}

const hex = ({ options }: DhcpPacket, code: number) => {
  const value = options.get(code)
  return value === undefined ? undefined : Buffer.from(value).toString('hex')
}

describe('buildReply in mode server', () => {
  it('gives address, lease times and the options of the subnet', () => {
    const reply = replyTo({})
    expect(formatIpv4(reply.yourIp)).toBe('10.77.0.100')
    expect([1, 3, 26, 28, 51, 58, 59].map((code) => hex(reply, code))).toEqual([
      'ffffff00',
      '0a4d00fe',
      '2328',
      '0a4d00ff',
      '00000e10',
      '00000708',
      '00000c4e',
    ])
    expect(reply.bootFile).toBe('')
  })

  it.each([
    {
      name: 'BIOS: a complete offer, with no word of PXE',
      sketch: BIOS,
      file: '52-54-00-00-00-0a/undionly.kpxe',
      vendorClass: undefined,
      own: '0102',
      ipxe: undefined,
    },
    {
      name: 'UEFI: likewise',
      sketch: UEFI,
      file: '52-54-00-00-00-0a/snponly-x64.efi',
      vendorClass: undefined,
      own: '0102',
      ipxe: undefined,
    },
    {
      name: 'UEFI HTTP boot: its vendor class comes back',
      sketch: HTTP_BOOT,
      file: 'http://10.77.0.1:8080/loader/52-54-00-00-00-0a/snponly-x64.efi',
      vendorClass: 'HTTPClient',
      own: '0102',
      ipxe: undefined,
    },
    {
      name: 'iPXE: told not to wait for a proxy offer',
      sketch: IPXE,
      file: expect.stringMatching(/^http:.*\.ipxe/),
      vendorClass: undefined,
      own: '0102',
      ipxe: 'b00101ff',
    },
  ])('$name', ({ sketch, file, vendorClass, own, ipxe }) => {
    const reply = replyTo(sketch)
    expect(readText(reply.options, OPTION.bootFile)).toEqual(file)
    expect(reply.bootFile).toEqual(file)
    expect(reply.nextServerIp).toBe(US)
    expect([readText(reply.options, OPTION.vendorClass), hex(reply, OPTION.vendorSpecific), hex(reply, OPTION.ipxe)]).toEqual([
      vendorClass,
      own,
      ipxe,
    ])
  })

  it('refuses with a reason and nothing else, broadcast by a relay', () => {
    const reply = replyTo({ message: 'nak', relayAgentIp: '10.9.0.1' })
    expect([...reply.options.keys()]).toEqual([OPTION.messageType, OPTION.serverId, OPTION.message])
    expect(reply.flags & BROADCAST_FLAG).toBe(BROADCAST_FLAG)
  })

  it('echoes client id, machine id and the relay’s words', () => {
    const echoed = [61, 97, 118].map((code) => [code, Uint8Array.of(code)] as const)
    const reply = replyTo({ relayAgentIp: '10.9.0.1', options: [...echoed, [82, Uint8Array.of(1, 1, 7)]] })
    expect([61, 97, 118, 82].map((code) => hex(reply, code))).toEqual(['3d', '61', '76', '010107'])
    // A switch that listens in adds it and leaves giaddr empty (RFC 3046 §2.2).
    expect(hex(replyTo({ options: [[82, Uint8Array.of(1, 1, 7)]] }), 82)).toBe('010107')
  })

  it('fits a frame, whatever it is asked to bring back', () => {
    const huge = [61, 97, 82].map((code) => [code, new Uint8Array(20_000)] as const)
    expect(encodePacket(replyTo({ ...UEFI, options: huge })).length).toBeLessThanOrEqual(1500 - 28)
    const large = [61, 82].map((code) => [code, new Uint8Array(255)] as const)
    expect([61, 82].map((code) => replyTo({ ...UEFI, options: large }).options.has(code))).toEqual([true, true])
  })

  it('stays within the size that the client takes, and leaves out what it did not ask for first', () => {
    const long = Object.fromEntries([201, 202, 203, 204].map((code) => [String(code), `0x${'ab'.repeat(120)}`]))
    const wide = compileSubnet({ network: '10.77.0.0/24', routers: ['10.77.0.254'], options: long }, US)
    const reply = replyTo({ ...BIOS, context: { subnet: wide }, options: [[OPTION.parameterList, Uint8Array.of(1, 3, 203)]] })
    expect(encodePacket(reply).length).toBeLessThanOrEqual(576 - 28)
    expect([201, 202, 203, 204].map((code) => reply.options.has(code))).toEqual([false, false, true, false])
    expect(reply.options.has(OPTION.router) && reply.options.has(OPTION.bootFile)).toBe(true)
    const roomy = replyTo({ context: { subnet: wide }, options: [[OPTION.maxMessageBytes, Uint8Array.of(5, 220)]] })
    expect(roomy.options.has(201)).toBe(true)
  })

  it('names the host of a reservation', () => {
    expect(hex(replyTo({ context: { hostName: 'node-a' } }), OPTION.hostName)).toBe(
      Buffer.from(textBytes('node-a')).toString('hex'),
    )
  })
})

describe('buildReply in mode proxy', () => {
  const proxy = { mode: 'proxy', subnet: undefined } as const
  const on4011 = { mode: 'proxy', subnet: undefined, isBootServerRequest: true } as const

  it.each([
    {
      name: 'BIOS takes the file of the offer',
      sketch: BIOS,
      context: proxy,
      file: '52-54-00-00-00-0a/undionly.kpxe',
      vendorClass: 'PXEClient',
      menu: '060108ff',
    },
    {
      name: 'UEFI is sent to port 4011, with neither menu nor file',
      sketch: UEFI,
      context: proxy,
      file: '',
      vendorClass: 'PXEClient',
      menu: undefined,
    },
    {
      name: 'UEFI on port 4011 gets its file',
      sketch: UEFI,
      context: on4011,
      file: '52-54-00-00-00-0a/snponly-x64.efi',
      vendorClass: 'PXEClient',
      menu: undefined,
    },
    {
      name: 'UEFI HTTP boot takes the URL of the offer',
      sketch: HTTP_BOOT,
      context: proxy,
      file: 'http://10.77.0.1:8080/loader/52-54-00-00-00-0a/snponly-x64.efi',
      vendorClass: 'HTTPClient',
      menu: undefined,
    },
    {
      name: 'iPXE takes the script of the offer',
      sketch: IPXE,
      context: proxy,
      file: expect.stringMatching(/^http:.*\.ipxe/),
      vendorClass: 'PXEClient',
      menu: undefined,
    },
  ])('$name', ({ sketch, context, file, vendorClass, menu }) => {
    const reply = replyTo({ ...sketch, context })
    expect(reply.bootFile).toEqual(file)
    expect([readText(reply.options, OPTION.vendorClass), hex(reply, OPTION.vendorSpecific)]).toEqual([vendorClass, menu])
    expect([1, 3, 51].map((code) => reply.options.has(code))).toEqual([false, false, false])
  })
})

describe('destinationOf', () => {
  const ports = { dhcpServer: 67, dhcpClient: 68 }
  const from = { address: parseIpv4('10.77.0.50'), port: 4011 }
  it.each([
    {
      name: 'through a relay',
      sketch: { relayAgentIp: '10.9.0.1', clientIp: '10.9.0.7' },
      message: 'ack',
      binl: false,
      want: '10.9.0.1:67',
    },
    { name: 'a NAK through a relay', sketch: { relayAgentIp: '10.9.0.1' }, message: 'nak', binl: false, want: '10.9.0.1:67' },
    { name: 'a client with an address', sketch: { clientIp: '10.77.0.7' }, message: 'ack', binl: false, want: '10.77.0.7:68' },
    {
      name: 'a NAK to a client that thinks it has one',
      sketch: { clientIp: '10.77.0.7' },
      message: 'nak',
      binl: false,
      want: '255.255.255.255:68',
    },
    {
      name: 'a client without, flag set',
      sketch: { flags: BROADCAST_FLAG },
      message: 'offer',
      binl: false,
      want: '255.255.255.255:68',
    },
    { name: 'a client without, flag clear', sketch: {}, message: 'offer', binl: false, want: '255.255.255.255:68' },
    { name: 'port 4011', sketch: { clientIp: '10.77.0.50' }, message: 'ack', binl: true, want: '10.77.0.50:4011' },
  ] as const)('$name', ({ sketch, message, binl, want }) => {
    const { address, port } = destinationOf({
      request: requestPacket('request', sketch),
      message,
      isBootServerRequest: binl,
      from,
      ports,
    })
    expect(`${formatIpv4(address)}:${port}`).toBe(want)
  })
})
