// DHCP option list: code, length, value triples (RFC 2132 §2), long values in parts (RFC 3396). Pure: bytes in, values out.
// Reading forgives: what an option lies about costs that option, never the packet.
import { leastBytesOf, OPTION, optionName } from './option-codes.ts'

const MAX_PART_BYTES = 255
/** Many times what all long values of a packet need; what comes more often is noise, and is stepped over. */
const MAX_REPEATS = 256

/** Raw option values by code; one entry per code even when the wire repeats it. */
export type DhcpOptions = ReadonlyMap<number, Uint8Array>

/** Told once for each option that was odd and read as well as it could be. */
export interface OddOption {
  readonly code: number
  /** "says 20 bytes, 4 follow" */
  readonly what: string
}
export type NoteOdd = (odd: OddOption) => void

/** END is required (RFC 2132 §3.2), yet a list that simply stops loses nothing, so it is accepted. Goes on in `options`, if given. */
export function decodeOptions(
  bytes: Uint8Array,
  options: Map<number, Uint8Array> = new Map(),
  note: NoteOdd = () => {},
): Map<number, Uint8Array> {
  const repeats = new Map<number, Uint8Array[]>()
  let repeatCount = 0
  let offset = 0
  while (offset < bytes.length) {
    const code = bytes[offset++]!
    if (code === OPTION.pad) continue
    if (code === OPTION.end) break
    const saidBytes = bytes[offset++]
    if (saidBytes === undefined) {
      note({ code, what: 'has no length' })
      break
    }
    const end = Math.min(offset + saidBytes, bytes.length)
    const isCut = end - offset < saidBytes
    if (isCut) note({ code, what: `says ${saidBytes} bytes, ${end - offset} follow` })
    if (!isCut || !WHOLE_OR_NONE.has(code)) {
      if (!options.has(code)) options.set(code, bytes.subarray(offset, end))
      else if (repeatCount++ < MAX_REPEATS) gather(repeats, code, bytes.subarray(offset, end))
    }
    offset = end
  }
  for (const [code, parts] of repeats) options.set(code, merged(code, options.get(code)!, parts, note))
  return options
}

/** Part of an id is another id, and would be echoed as such; a network that nobody means would leave the client without an answer. */
const WHOLE_OR_NONE: ReadonlySet<number> = new Set([OPTION.clientId, OPTION.machineId, OPTION.subnetSelection])

/** Joined at the end: one by one each would be copied many times. */
function gather(repeats: Map<number, Uint8Array[]>, code: number, part: Uint8Array): void {
  const parts = repeats.get(code)
  if (parts === undefined) repeats.set(code, [part])
  else parts.push(part)
}

/**
 * Of an option with a size of its own the first one counts that is large enough. Repeats of others are parts of one long value,
 * in order of appearance (RFC 3396), unless one merely says the same again.
 */
function merged(code: number, first: Uint8Array, repeats: readonly Uint8Array[], note: NoteOdd): Uint8Array {
  if (first.length === MAX_PART_BYTES) return joined([first, ...repeats])
  const leastBytes = leastBytesOf(code)
  if (leastBytes !== undefined) {
    note({ code, what: `comes ${repeats.length + 1} times` })
    return [first, ...repeats].find(({ length }) => length >= leastBytes) ?? first
  }
  const rest = repeats.filter((part) => !isSame(part, first))
  if (rest.length < repeats.length) note({ code, what: `comes ${repeats.length + 1} times` })
  return rest.length === 0 ? first : joined([first, ...rest])
}

/** Tells which options have another size than their own. */
export function noteSizes(options: DhcpOptions, note: NoteOdd): void {
  for (const [code, value] of options) {
    const ownBytes = leastBytesOf(code)
    // The list of processor types may be longer.
    if (ownBytes === undefined || value.length === ownBytes || (code === OPTION.clientArchitecture && value.length % 2 === 0))
      continue
    note({ code, what: `has ${value.length} bytes where ${ownBytes} belong` })
  }
}

/** "57 (maximum message size) says 2 bytes, 1 follow" */
export function oddOptionText({ code, what }: OddOption): string {
  return `${code} (${optionName(code)}) ${what}`
}

/** The bytes that encodeOptions will write, END included. */
export function encodedLength(options: DhcpOptions): number {
  let bytes = 1
  for (const [code, value] of options) {
    bytes += value.length + 2 * Math.max(1, Math.ceil(value.length / MAX_PART_BYTES)) + (IS_READ_AS_C_STRING.has(code) ? 1 : 0)
  }
  return bytes
}

export function encodeOptions(options: DhcpOptions, target = new Uint8Array(encodedLength(options)), start = 0): Uint8Array {
  let offset = start
  for (const [code, value] of inWireOrder(options)) {
    if (value.length <= MAX_PART_BYTES) offset = writePart(target, offset, code, value)
    else for (const part of partsOf(value)) offset = writePart(target, offset, code, part)
    if (IS_READ_AS_C_STRING.has(code)) target[offset++] = OPTION.pad
  }
  target[offset] = OPTION.end
  return target
}

/** ROMs read these names to the first NUL, past the length: a PAD behind them is that NUL, and nothing to all others. */
const IS_READ_AS_C_STRING: ReadonlySet<number> = new Set([OPTION.rootPath, OPTION.tftpServerName, OPTION.bootFile])

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

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at])
}
