// The messages of NBD (NetworkBlockDevice/nbd, doc/proto.md): fixed newstyle negotiation, and simple replies. Pure: bytes in, values out.
import { Buffer } from 'node:buffer'

const GREETING_MAGIC = 0x4e42444d41474943n
const OPTION_MAGIC = 0x49484156454f5054n
const OPTION_REPLY_MAGIC = 0x3e889045565a9n
const REQUEST_MAGIC = 0x25609513
const REPLY_MAGIC = 0x67446698

export const OPTION = { exportName: 1, abort: 2, list: 3, info: 6, go: 7 } as const
const OPTION_REPLY = { ack: 1, server: 2, info: 3 } as const
/** Errors have the highest bit set. */
export const OPTION_ERROR = { unsupported: 0x8000_0001, policy: 0x8000_0002, invalid: 0x8000_0003, unknown: 0x8000_0006 } as const
export const COMMAND = { read: 0, write: 1, disconnect: 2 } as const
/** Their numbers are those of Linux. */
export const ERROR = { notPermitted: 1, io: 5, invalid: 22 } as const

const FIXED_NEWSTYLE = 1
const NO_ZEROES = 2
const INFO_EXPORT = 0
const INFO_NAME = 1
const INFO_BLOCK_SIZE = 3
/** Flags are there, read-only, and any number of connections see the same. */
const TRANSMISSION_FLAGS = 0x0001 | 0x0002 | 0x0100

export const CLIENT_FLAGS_BYTES = 4
export const OPTION_HEADER_BYTES = 16
export const REQUEST_BYTES = 28
/** Clients send 4,096 bytes of name at most, and ask for a few kinds of information. */
export const MAX_OPTION_BYTES = 8192
/** The most that one request may read. Clients that ask are told; the others' own default is less. */
export const MAX_READ_BYTES = 4 * 1024 * 1024
/** The protocol's own limit for what a request carries. */
export const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024
const PREFERRED_BYTES = 4096

export interface OptionHeader {
  readonly option: number
  readonly sizeBytes: number
}

export interface Request {
  readonly command: number
  readonly handle: bigint
  readonly offset: bigint
  readonly length: number
}

export interface InfoQuery {
  readonly name: string
  /** What it wants to know beside the size. */
  readonly kinds: readonly number[]
}

export function greeting(): Buffer {
  const bytes = Buffer.alloc(18)
  bytes.writeBigUInt64BE(GREETING_MAGIC, 0)
  bytes.writeBigUInt64BE(OPTION_MAGIC, 8)
  bytes.writeUInt16BE(FIXED_NEWSTYLE | NO_ZEROES, 16)
  return bytes
}

/** undefined: flags that this side does not know, which ends the connection. */
export function decodeClientFlags(bytes: Buffer): { readonly wantsZeroes: boolean } | undefined {
  const flags = bytes.readUInt32BE(0)
  if ((flags & ~(FIXED_NEWSTYLE | NO_ZEROES)) !== 0) return undefined
  return { wantsZeroes: (flags & NO_ZEROES) === 0 }
}

/** undefined: no option begins here. */
export function decodeOptionHeader(bytes: Buffer): OptionHeader | undefined {
  if (bytes.readBigUInt64BE(0) !== OPTION_MAGIC) return undefined
  return { option: bytes.readUInt32BE(8), sizeBytes: bytes.readUInt32BE(12) }
}

/** The data of INFO and GO. undefined: its lengths contradict each other. */
export function decodeInfoQuery(data: Buffer): InfoQuery | undefined {
  if (data.length < 6) return undefined
  const nameBytes = data.readUInt32BE(0)
  const countAt = 4 + nameBytes
  if (countAt + 2 > data.length) return undefined
  const count = data.readUInt16BE(countAt)
  if (data.length !== countAt + 2 + count * 2) return undefined
  const kinds = Array.from({ length: count }, (_, index) => data.readUInt16BE(countAt + 2 + index * 2))
  return { name: data.toString('utf8', 4, countAt), kinds }
}

/** undefined: no request begins here. */
export function decodeRequest(bytes: Buffer): Request | undefined {
  if (bytes.readUInt32BE(0) !== REQUEST_MAGIC) return undefined
  return {
    command: bytes.readUInt16BE(6),
    handle: bytes.readBigUInt64BE(8),
    offset: bytes.readBigUInt64BE(16),
    length: bytes.readUInt32BE(24),
  }
}

export const acknowledged = (option: number): Buffer => optionReply(option, OPTION_REPLY.ack, Buffer.alloc(0))

export const refused = (option: number, error: number, message: string): Buffer =>
  optionReply(option, error, Buffer.from(message))

export function listed(name: string): Buffer {
  const text = Buffer.from(name)
  const data = Buffer.alloc(4 + text.length)
  data.writeUInt32BE(text.length, 0)
  text.copy(data, 4)
  return optionReply(OPTION.list, OPTION_REPLY.server, data)
}

/** What INFO and GO are told, and the end of it. */
export function information(option: number, { name, kinds }: InfoQuery, sizeBytes: number): Buffer {
  const size = Buffer.alloc(12)
  size.writeUInt16BE(INFO_EXPORT, 0)
  size.writeBigUInt64BE(BigInt(sizeBytes), 2)
  size.writeUInt16BE(TRANSMISSION_FLAGS, 10)
  const blocks = Buffer.alloc(14)
  blocks.writeUInt16BE(INFO_BLOCK_SIZE, 0)
  blocks.writeUInt32BE(1, 2)
  blocks.writeUInt32BE(PREFERRED_BYTES, 6)
  blocks.writeUInt32BE(MAX_READ_BYTES, 10)
  const text = Buffer.concat([Buffer.from([0, INFO_NAME]), Buffer.from(name)])
  const parts = [size, blocks, ...(kinds.includes(INFO_NAME) ? [text] : [])]
  return Buffer.concat([...parts.map((part) => optionReply(option, OPTION_REPLY.info, part)), acknowledged(option)])
}

/** What EXPORT_NAME is told; the transmission begins at once. */
export function oldInformation(sizeBytes: number, wantsZeroes: boolean): Buffer {
  const bytes = Buffer.alloc(wantsZeroes ? 134 : 10)
  bytes.writeBigUInt64BE(BigInt(sizeBytes), 0)
  bytes.writeUInt16BE(TRANSMISSION_FLAGS, 8)
  return bytes
}

/** In front of the data, or alone with an error (0: none). */
export function replyHeader(handle: bigint, error: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(REPLY_MAGIC, 0)
  bytes.writeUInt32BE(error, 4)
  bytes.writeBigUInt64BE(handle, 8)
  return bytes
}

function optionReply(option: number, kind: number, data: Buffer): Buffer {
  const header = Buffer.alloc(20)
  header.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0)
  header.writeUInt32BE(option, 8)
  header.writeUInt32BE(kind, 12)
  header.writeUInt32BE(data.length, 16)
  return Buffer.concat([header, data])
}
