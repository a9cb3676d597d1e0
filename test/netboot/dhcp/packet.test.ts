import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { clientMac } from '../../../src/netboot/dhcp/hardware-address.ts'
import { OPTION } from '../../../src/netboot/dhcp/option-codes.ts'
import { type DhcpPacket, decodePacket, encodePacket, messageName } from '../../../src/netboot/dhcp/packet.ts'
import { requestPacket } from '../../fakes/dhcp-packets.ts'

const ipv4 = fc.integer({ min: 0, max: 0xffffffff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u8 = fc.integer({ min: 0, max: 255 })
const text = (maxLength: number) => fc.string({ maxLength, unit: fc.constantFrom(...'abcXYZ019./:-_é') })
const option = fc.tuple(
  fc.integer({ min: 1, max: 254 }).filter((code) => code !== OPTION.overload),
  fc.uint8Array({ maxLength: 300 }),
)

const anyPacket: fc.Arbitrary<DhcpPacket> = fc.record({
  op: fc.constantFrom('request' as const, 'reply' as const),
  hardwareType: u8,
  hops: u8,
  transactionId: ipv4,
  secondsElapsed: u16,
  flags: u16,
  clientIp: ipv4,
  yourIp: ipv4,
  nextServerIp: ipv4,
  relayAgentIp: ipv4,
  hardwareAddress: fc.uint8Array({ maxLength: 16 }),
  serverName: text(63),
  bootFile: text(127),
  options: fc.array(option, { maxLength: 12 }).map((pairs) => new Map(pairs)),
})

/** With plain arrays, so that a view and a copy of the same bytes are equal. */
const plain = ({ options, hardwareAddress, ...rest }: DhcpPacket) => ({
  ...rest,
  hardwareAddress: [...hardwareAddress],
  options: new Map([...options].map(([code, value]) => [code, [...value]])),
})

describe('a packet', () => {
  it('comes back from the wire as it was', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        expect(plain(decodePacket(encodePacket(packet)))).toEqual(plain(packet))
      }),
    )
  })

  it('has 300 bytes at least: old relays drop shorter ones', () => {
    expect(encodePacket(requestPacket('discover')).length).toBe(300)
  })

  it('fails with nothing but an AppError, whatever the bytes are', () => {
    const whole = fc.uint8Array({ maxLength: 700 })
    const damaged = fc
      .tuple(anyPacket, fc.array(fc.tuple(fc.nat(600), u8), { maxLength: 8 }), fc.nat(700))
      .map(([packet, changes, end]) => {
        const bytes = encodePacket(packet)
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        return bytes.subarray(0, end)
      })
    fc.assert(
      fc.property(fc.oneof(whole, damaged), (bytes) => {
        try {
          messageName(decodePacket(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
    )
  })

  it.each([
    { name: 'too short', change: (bytes: Buffer) => bytes.subarray(0, 239), message: /at least 240 bytes, this one 239/ },
    { name: 'an op of 3', change: (bytes: Buffer) => bytes.fill(3, 0, 1), message: /op is 3/ },
    { name: 'no magic cookie', change: (bytes: Buffer) => bytes.fill(0, 236, 240), message: /magic cookie/ },
  ])('is refused with $name', ({ change, message }) => {
    expect(() => decodePacket(change(encodePacket(requestPacket('discover'))))).toThrow(message)
  })

  it.each([17, 20, 255])('that announces a hardware address of %i bytes has the 16 of the field', (length) => {
    const bytes = encodePacket(requestPacket('discover', { mac: '52:54:00:00:00:0a' })).fill(length, 2, 3)
    const packet = decodePacket(bytes)
    expect(packet.hardwareAddress).toHaveLength(16)
    expect(clientMac(packet)).toBe('52:54:00:00:00:0a')
  })

  it('goes on with its options in the fields of boot file and server name (option 52)', () => {
    const bytes = encodePacket(requestPacket('discover', { options: [[OPTION.overload, Uint8Array.of(3)]] }))
    bytes.set([60, 2, 65, 66, 255], 108)
    bytes.set([60, 1, 67, 12, 1, 68, 255], 44)
    const packet = decodePacket(bytes)
    expect([...packet.options.get(OPTION.vendorClass)!]).toEqual([65, 66, 67])
    expect([...packet.options.get(OPTION.hostName)!]).toEqual([68])
    expect([packet.bootFile, packet.serverName, packet.options.has(OPTION.overload)]).toEqual(['', '', false])
  })
})
