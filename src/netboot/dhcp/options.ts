// DHCP option list: code, length, value triples (RFC 2132 §2), long values in parts (RFC 3396). Pure: bytes in, values out.
import { AppError } from '../../contract/errors.ts'
import { OPTION } from './option-codes.ts'

const MAX_PART_BYTES = 255

/** Raw option values by code; one entry per code even when the wire repeats it. */
export type DhcpOptions = ReadonlyMap<number, Uint8Array>

/** END is required (RFC 2132 §3.2), yet a list that simply stops loses nothing, so it is accepted. */
export function decodeOptions(bytes: Uint8Array, options: Map<number, Uint8Array> = new Map()): Map<number, Uint8Array> {
  let offset = 0
  while (offset < bytes.length) {
    const code = bytes[offset++]!
    if (code === OPTION.pad) continue
    if (code === OPTION.end) break
    const lengthBytes = bytes[offset++]
    if (lengthBytes === undefined || offset + lengthBytes > bytes.length)
      throw truncated(code, lengthBytes, bytes.length - offset)
    const value = bytes.subarray(offset, offset + lengthBytes)
    offset += lengthBytes
    const earlier = options.get(code)
    // Repeats of one code are parts of one long value, in order of appearance (RFC 3396).
    options.set(code, earlier === undefined ? value : joined(earlier, value))
  }
  return options
}

/** The bytes that encodeOptions will write, END included. */
export function encodedLength(options: DhcpOptions): number {
  let bytes = 1
  for (const value of options.values()) bytes += value.length + 2 * Math.max(1, Math.ceil(value.length / MAX_PART_BYTES))
  return bytes
}

export function encodeOptions(options: DhcpOptions, target = new Uint8Array(encodedLength(options)), start = 0): Uint8Array {
  let offset = start
  for (const [code, value] of inWireOrder(options)) {
    if (value.length <= MAX_PART_BYTES) offset = writePart(target, offset, code, value)
    else for (const part of partsOf(value)) offset = writePart(target, offset, code, part)
  }
  target[offset] = OPTION.end
  return target
}

/** Gives the offset after it. */
function writePart(target: Uint8Array, offset: number, code: number, part: Uint8Array): number {
  target[offset] = code
  target[offset + 1] = part.length
  target.set(part, offset + 2)
  return offset + 2 + part.length
}

function* partsOf(value: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < value.length; at += MAX_PART_BYTES) yield value.subarray(at, at + MAX_PART_BYTES)
}

/** The message type first, because old firmware looks no further; the relay's option last (RFC 3046 §2.1). */
function inWireOrder(options: DhcpOptions): readonly (readonly [number, Uint8Array])[] {
  return [...options].sort(([a], [b]) => wireRank(a) - wireRank(b))
}

function wireRank(code: number): number {
  if (code === OPTION.messageType) return -1
  return code === OPTION.relayAgentInformation ? OPTION.end : code
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length)
  whole.set(head)
  whole.set(tail, head.length)
  return whole
}

function truncated(code: number, announced: number | undefined, following: number): AppError {
  return new AppError(
    'NETBOOT_OPTION_TRUNCATED',
    `DHCP option ${code} announces ${announced ?? 'no'} bytes but ${Math.max(0, following)} follow`,
    'The packet was ignored. Capture it with `tcpdump -i any -w dhcp.pcap port 67` and look at who sent it.',
  )
}
