// DHCP packets as firmware really sends them: options doubled, cut, too long, in the wrong field. Made byte by byte, so that nothing mends them.
import fc from 'fast-check'
import { type DhcpPacket, encodePacket } from '../../src/netboot/dhcp/packet.ts'

/** One option as it stands on the wire, its length byte as it is and not as it should be. */
type Chunk = readonly number[]

export interface OddPacket {
  readonly header: DhcpPacket
  /** Options in the field of that name, in their order. */
  readonly main: readonly Chunk[]
  readonly file: readonly Chunk[]
  readonly serverName: readonly Chunk[]
  /** After all options, before or instead of END. */
  readonly tail: readonly number[]
  readonly hasEnd: boolean
  /** hlen, where it is not the length of the hardware address. */
  readonly hardwareLength?: number
}

export type Oddity = (packet: OddPacket) => OddPacket

export const chunk = (code: number, value: Iterable<number>): Chunk => [code, [...value].length, ...value]

export function cleanPacket(header: DhcpPacket): OddPacket {
  const main = [...header.options].map(([code, value]) => chunk(code, value))
  return { header, main, file: [], serverName: [], tail: [], hasEnd: true }
}

export function writeOddPacket(packet: OddPacket): Uint8Array {
  const { header, main, file, serverName, tail, hasEnd, hardwareLength } = packet
  const fixed = encodePacket({ ...header, options: new Map() }).subarray(0, 240)
  if (hardwareLength !== undefined) fixed[2] = hardwareLength
  const overload = (file.length > 0 ? 1 : 0) + (serverName.length > 0 ? 2 : 0)
  if (file.length > 0) fixed.set([...file.flat(), 255], 108)
  if (serverName.length > 0) fixed.set([...serverName.flat(), 255], 44)
  const options = [...(overload === 0 ? [] : [52, 1, overload]), ...main.flat(), ...tail, ...(hasEnd ? [255] : [])]
  return Buffer.concat([fixed, Uint8Array.from(options)])
}

/** Options that no answer needs: any damage to them is survived. Those that an answer is made of may come doubled or too long. */
const UNNEEDED = [12, 43, 51, 55, 56, 57, 58, 81, 94, 97, 116, 118, 125, 200] as const
const FIXED = [50, 53, 54, 57, 93, 97]
const bytes = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength }).map((found) => [...found])

const mapMain =
  (code: number, change: (one: Chunk) => readonly Chunk[]): Oddity =>
  (packet) => ({
    ...packet,
    main: packet.main.flatMap((one) => (one[0] === code ? change(one) : [one])),
  })
const added =
  (...chunks: readonly Chunk[]): Oddity =>
  (packet) => ({ ...packet, main: [...packet.main, ...chunks] })

/** Each kind of odd that a network was reported to bring, with any content. */
export const anyOddity: fc.Arbitrary<{ readonly name: string; readonly apply: Oddity }> = fc.oneof(
  fc.constantFrom(12, 53, 54, 50, 55, 57, 60, 77, 82, 93, 94, 97).map((code) => ({
    name: `${code} doubled`,
    apply: mapMain(code, (one) => [one, one]),
  })),
  fc.constantFrom(...FIXED).chain((code) =>
    bytes(8, 1).map((more) => ({
      name: `${code} too long`,
      apply: mapMain(code, ([, , ...value]) => [chunk(code, [...value, ...more])]),
    })),
  ),
  fc
    .constantFrom(...FIXED)
    .chain((code) =>
      bytes(20).map((other) => ({ name: `${code} again, otherwise`, apply: mapMain(code, (one) => [one, chunk(code, other)]) })),
    ),
  fc.tuple(fc.constantFrom(57, 58, 51, 94, 118), bytes(1)).map(([code, value]) => ({
    name: `${code} of ${value.length} bytes`,
    apply: (packet: OddPacket) => added(chunk(code, value))(mapMain(code, () => [])(packet)),
  })),
  // Who asks for an address may leave out either the server or the address.
  bytes(3).map((value) => ({ name: `50 of ${value.length} bytes`, apply: mapMain(50, () => [chunk(50, value)]) })),
  fc.constantFrom(...UNNEEDED, 61).map((code) => ({ name: `${code} empty`, apply: added(chunk(code, [])) })),
  fc
    .tuple(fc.constantFrom(...UNNEEDED, 82, 61), bytes(20).filter(isHarmless), fc.integer({ min: 21, max: 255 }))
    .map(([code, value, said]) => ({
      name: `${code} says ${said} bytes and has ${value.length}`,
      apply: (packet: OddPacket) => ({
        ...mapMain(code, () => [])(packet),
        tail: [...packet.tail, code, said, ...value],
        hasEnd: false,
      }),
    })),
  bytes(120)
    .filter(isHarmless)
    .map((value) => ({
      name: `82 = 0x${Buffer.from(value).toString('hex')}`,
      apply: (packet: OddPacket) => added(chunk(82, value))(mapMain(82, () => [])(packet)),
    })),
  fc.constantFrom('sw1 eth0/3', 'eth0', '\0', '\x01').map((text) => ({
    name: `82 = ${JSON.stringify(text)}`,
    apply: (packet: OddPacket) => added(chunk(82, Buffer.from(text)))(mapMain(82, () => [])(packet)),
  })),
  fc.tuple(fc.constantFrom('file' as const, 'serverName' as const), fc.integer({ min: 1, max: 3 })).map(([field, count]) => ({
    name: `the last ${count} options in ${field}`,
    apply: (packet: OddPacket) => moved(packet, field, count),
  })),
  fc.tuple(fc.constantFrom(...UNNEEDED), bytes(3), fc.integer({ min: 100, max: 4000 })).map(([code, value, times]) => ({
    name: `${code} ${times} times`,
    apply: added(...Array.from({ length: times }, () => chunk(code, value))),
  })),
  fc.constant({ name: 'no END', apply: (packet: OddPacket) => ({ ...packet, hasEnd: false }) }),
  bytes(30).map((junk) => ({
    name: 'junk after END',
    apply: (packet: OddPacket) => ({ ...packet, tail: [...packet.tail, 255, ...junk] }),
  })),
  fc.integer({ min: 1, max: 40 }).map((count) => ({
    name: `${count} pads before all`,
    apply: (packet: OddPacket) => ({ ...packet, main: [Array<number>(count).fill(0), ...packet.main] }),
  })),
  fc.constantFrom([], [0], [4], [255], [0, 0]).map((value) => ({ name: `52 = ${value}`, apply: added(chunk(52, value)) })),
)

/** Bytes that happen to be a sub-option of which the server makes something are no oddity. */
function isHarmless(value: readonly number[]): boolean {
  for (let at = 0; at + 1 < value.length; at += 2 + value[at + 1]!) if ([5, 11, 19, 151].includes(value[at]!)) return false
  return true
}

const ROOM = { file: 126, serverName: 62 }

/** The message type stays: firmware never moves it. Nothing that does not fit is moved. */
function moved(packet: OddPacket, field: 'file' | 'serverName', count: number): OddPacket {
  const last = packet.main.slice(1).slice(-count)
  if (packet[field].length > 0 || last.flat().length > ROOM[field]) return packet
  return { ...packet, main: packet.main.slice(0, packet.main.length - last.length), [field]: last }
}
