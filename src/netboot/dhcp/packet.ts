// A DHCP message: the fixed BOOTP fields and the option list (RFC 2131 §2). Pure: bytes in, packet out, and back.
// Named here and not taken from the global, which is a getter: this file runs for every packet.
import { Buffer } from 'node:buffer'
import { AppError } from '../../contract/errors.ts'
import type { Ipv4 } from './ipv4.ts'
import { OPTION } from './option-codes.ts'
import { readU8, textBytes, textOf } from './option-values.ts'
import { type DhcpOptions, decodeOptions, encodedLength, encodeOptions, type NoteOdd, noteSizes } from './options.ts'

export interface DhcpPacket {
  /** op: request from a client, reply from a server. */
  readonly op: 'request' | 'reply'
  /** htype: 1 is Ethernet, 32 InfiniBand. */
  readonly hardwareType: number
  readonly hops: number
  /** xid */
  readonly transactionId: number
  /** secs */
  readonly secondsElapsed: number
  /** flags: bit 15 asks for a broadcast reply. */
  readonly flags: number
  /** ciaddr */
  readonly clientIp: Ipv4
  /** yiaddr */
  readonly yourIp: Ipv4
  /** siaddr */
  readonly nextServerIp: Ipv4
  /** giaddr */
  readonly relayAgentIp: Ipv4
  /** chaddr, as long as hlen says, and 16 bytes at most. */
  readonly hardwareAddress: Uint8Array
  /** sname */
  readonly serverName: string
  /** file */
  readonly bootFile: string
  readonly options: DhcpOptions
}

export const MESSAGE = { discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7, inform: 8 } as const
export type MessageName = keyof typeof MESSAGE

export const BROADCAST_FLAG = 0x8000
/** RFC 951: a BOOTP message has 300 bytes; some relays and ROMs drop shorter ones. */
const MIN_PACKET_BYTES = 300
const OPTIONS_AT = 240
const MAGIC_COOKIE = 0x63825363
const SERVER_NAME = { at: 44, bytes: 64 }
const BOOT_FILE = { at: 108, bytes: 128 }

/** Refuses only what is no DHCP packet at all; `note` hears of options that were odd. */
export function decodePacket(bytes: Uint8Array, note?: NoteOdd): DhcpPacket {
  if (bytes.length < OPTIONS_AT) throw malformed(`a DHCP packet has at least ${OPTIONS_AT} bytes, this one ${bytes.length}`)
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const op = view[0]
  if (op !== 1 && op !== 2) throw malformed(`op is ${op}, neither request (1) nor reply (2)`)
  if (view.readUInt32BE(236) !== MAGIC_COOKIE) throw malformed('the magic cookie 99.130.83.99 is missing')
  const options = decodeOptions(view.subarray(OPTIONS_AT), undefined, note)
  const overload = overloadOf(options)
  options.delete(OPTION.overload)
  // Options go on in the boot file field and then in the server name (RFC 2131 §4.1, RFC 3396 §5).
  if (overload & 1) decodeOptions(field(view, BOOT_FILE), options, note)
  if (overload & 2) decodeOptions(field(view, SERVER_NAME), options, note)
  // Neither field may announce that the fields go on.
  options.delete(OPTION.overload)
  if (note !== undefined) noteSizes(options, note)
  return {
    op: op === 1 ? 'request' : 'reply',
    hardwareType: view[1]!,
    hops: view[3]!,
    transactionId: view.readUInt32BE(4),
    secondsElapsed: view.readUInt16BE(8),
    flags: view.readUInt16BE(10),
    clientIp: view.readUInt32BE(12),
    yourIp: view.readUInt32BE(16),
    nextServerIp: view.readUInt32BE(20),
    relayAgentIp: view.readUInt32BE(24),
    // Who announces more than the field has (16) sent the field.
    hardwareAddress: view.subarray(28, 28 + Math.min(view[2]!, 16)),
    serverName: overload & 2 ? '' : textOf(field(view, SERVER_NAME)),
    bootFile: overload & 1 ? '' : textOf(field(view, BOOT_FILE)),
    options,
  }
}

export function encodePacket(packet: DhcpPacket): Buffer {
  const { serverName, bootFile, hardwareAddress } = packet
  const bytes = Buffer.alloc(Math.max(MIN_PACKET_BYTES, OPTIONS_AT + encodedLength(packet.options)))
  bytes[0] = packet.op === 'request' ? 1 : 2
  bytes[1] = packet.hardwareType
  bytes[2] = hardwareAddress.length
  bytes[3] = packet.hops
  bytes.writeUInt32BE(packet.transactionId, 4)
  bytes.writeUInt16BE(packet.secondsElapsed, 8)
  bytes.writeUInt16BE(packet.flags, 10)
  bytes.writeUInt32BE(packet.clientIp, 12)
  bytes.writeUInt32BE(packet.yourIp, 16)
  bytes.writeUInt32BE(packet.nextServerIp, 20)
  bytes.writeUInt32BE(packet.relayAgentIp, 24)
  bytes.set(hardwareAddress, 28)
  bytes.set(terminated(serverName, SERVER_NAME.bytes), SERVER_NAME.at)
  bytes.set(terminated(bootFile, BOOT_FILE.bytes), BOOT_FILE.at)
  bytes.writeUInt32BE(MAGIC_COOKIE, 236)
  encodeOptions(packet.options, bytes, OPTIONS_AT)
  return bytes
}

const NAMES = new Map(Object.entries(MESSAGE).map(([name, code]) => [code, name as MessageName]))

/** undefined for plain BOOTP and for types that this server does not know (RFC 4388 lease queries, for one). */
export function messageName({ options }: DhcpPacket): MessageName | undefined {
  return NAMES.get((readU8(options, OPTION.messageType) ?? 0) as (typeof MESSAGE)[MessageName])
}

/** 1 to 3; any other value says nothing that can be relied on. */
function overloadOf(options: DhcpOptions): number {
  const said = readU8(options, OPTION.overload) ?? 0
  return said > 3 ? 0 : said
}

function field(view: Buffer, { at, bytes }: { at: number; bytes: number }): Buffer {
  return view.subarray(at, at + bytes)
}

/** The last byte of both fields stays NUL: firmware reads them as C strings. */
function terminated(text: string, fieldBytes: number): Uint8Array {
  if (text.length < fieldBytes) return textBytes(text)
  throw malformed(`"${text}" has ${text.length} characters, the field holds ${fieldBytes - 1}`)
}

function malformed(message: string): AppError {
  return new AppError(
    'NETBOOT_PACKET_MALFORMED',
    message,
    'The packet was ignored. Capture it with `tcpdump -i any -w dhcp.pcap port 67` and look at who sent it.',
  )
}
