// TFTP packets (RFC 1350) with the options of a read request (RFC 2347). Pure: bytes in, packet out, and back.
import { Buffer } from 'node:buffer'
import { AppError } from '../../contract/errors.ts'

export type TftpPacket =
  | { readonly kind: 'read'; readonly file: string; readonly mode: string; readonly options: ReadonlyMap<string, string> }
  | { readonly kind: 'write'; readonly file: string }
  | { readonly kind: 'data'; readonly block: number; readonly payload: Uint8Array }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'option-ack'; readonly options: ReadonlyMap<string, string> }

export type ReadRequest = Extract<TftpPacket, { kind: 'read' }>

export const TFTP_ERROR = {
  undefined: 0,
  notFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  unknownTransfer: 5,
  badOption: 8,
} as const

const OPCODE = { read: 1, write: 2, data: 3, ack: 4, error: 5, optionAck: 6 } as const
export const DATA_HEADER_BYTES = 4

export function decodeTftp(bytes: Uint8Array): TftpPacket {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < 4) throw malformed(`a TFTP packet has at least 4 bytes, this one ${view.length}`)
  const opcode = view.readUInt16BE(0)
  switch (opcode) {
    case OPCODE.read:
      return readRequest(strings(view.subarray(2)))
    case OPCODE.write:
      return { kind: 'write', file: strings(view.subarray(2))[0] ?? '' }
    case OPCODE.data:
      return { kind: 'data', block: view.readUInt16BE(2), payload: view.subarray(DATA_HEADER_BYTES) }
    case OPCODE.ack:
      return { kind: 'ack', block: view.readUInt16BE(2) }
    case OPCODE.error:
      return { kind: 'error', code: view.readUInt16BE(2), message: strings(view.subarray(4))[0] ?? '' }
    case OPCODE.optionAck:
      return { kind: 'option-ack', options: pairs(strings(view.subarray(2))) }
    default:
      throw malformed(`TFTP has no operation ${opcode}`)
  }
}

/** undefined: it is none. */
export function tryDecodeTftp(bytes: Uint8Array): TftpPacket | undefined {
  try {
    return decodeTftp(bytes)
  } catch {
    return undefined
  }
}

/** Name, mode and options alike: as a client repeats itself. */
export function isSameRequest(one: ReadRequest, other: ReadRequest): boolean {
  if (one.file !== other.file || one.mode !== other.mode || one.options.size !== other.options.size) return false
  return [...one.options].every(([name, value]) => other.options.get(name) === value)
}

/** An ACK is by far the commonest packet: its block number without making an object; undefined for all others. */
export function ackedBlock(bytes: Uint8Array): number | undefined {
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== OPCODE.ack) return undefined
  return bytes[2]! * 256 + bytes[3]!
}

export function encodeTftp(packet: TftpPacket): Buffer {
  switch (packet.kind) {
    case 'read':
      return Buffer.concat([Buffer.of(0, OPCODE.read), text(packet.file, packet.mode, ...[...packet.options].flat())])
    case 'write':
      return Buffer.concat([Buffer.of(0, OPCODE.write), text(packet.file, 'octet')])
    case 'data':
      return Buffer.concat([Buffer.of(0, OPCODE.data, packet.block >>> 8, packet.block & 255), packet.payload])
    case 'ack':
      return Buffer.of(0, OPCODE.ack, packet.block >>> 8, packet.block & 255)
    case 'error':
      return Buffer.concat([Buffer.of(0, OPCODE.error, packet.code >>> 8, packet.code & 255), text(packet.message)])
    case 'option-ack':
      return Buffer.concat([Buffer.of(0, OPCODE.optionAck), text(...[...packet.options].flat())])
  }
}

/** Block n of a file; the number on the wire rolls over to 0 after 65535. */
export function writeDataHeader(datagram: Uint8Array, block: number): void {
  datagram[0] = 0
  datagram[1] = OPCODE.data
  datagram[2] = (block >>> 8) & 255
  datagram[3] = block & 255
}

function text(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.map((part) => `${part}\0`).join(''), 'latin1')
}

function strings(bytes: Buffer): string[] {
  const found = bytes.toString('latin1').split('\0')
  // The last string should end with NUL as well; some firmware forgets it.
  if (found.at(-1) === '') found.pop()
  return found
}

const MODES: ReadonlySet<string> = new Set(['octet', 'netascii', 'mail'])

/**
 * Some firmware sends its name in a field of fixed length: after the NUL come more of them, or the rest of a longer name that was there
 * before. The mode is found behind all that.
 */
function readRequest([file = '', ...rest]: readonly string[]): TftpPacket {
  const modeAt = Math.max(
    0,
    rest.findIndex((part) => MODES.has(part.toLowerCase())),
  )
  return { kind: 'read', file, mode: (rest[modeAt] ?? '').toLowerCase(), options: pairs(rest.slice(modeAt + 1)) }
}

/** Option names in any case (RFC 2347). A name without a value is dropped, and so is padding between two options. */
function pairs(parts: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  let at = 0
  while (at + 1 < parts.length) {
    const name = parts[at++]!.toLowerCase()
    if (name !== '') options.set(name, parts[at++]!)
  }
  return options
}

function malformed(message: string): AppError {
  return new AppError(
    'NETBOOT_PACKET_MALFORMED',
    message,
    'The packet was ignored. Capture it with `tcpdump -i any -w tftp.pcap udp port 69`.',
  )
}
