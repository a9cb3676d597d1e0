// Odd packets, one by one with names: of each kind that was reported of firmware, switches and relays, in a form of its own.
import type { DhcpPacket } from '../../src/netboot/dhcp/packet.ts'
import { chunk, type Oddity, type OddPacket } from './odd-packet.ts'

export interface OddInput {
  readonly name: string
  readonly odd: Oddity
  /** It is no machine of six bytes, or not the one whose address is kept: it may get any address. */
  readonly isAnotherMachine?: boolean
}

const ascii = (text: string) => [...Buffer.from(text)]
const filled = (length: number, byte = 0xaa) => Array<number>(length).fill(byte)

export const add =
  (...chunks: readonly (readonly number[])[]): Oddity =>
  (packet) => ({ ...packet, main: [...packet.main, ...chunks] })
export const cut =
  (...tail: readonly number[]): Oddity =>
  (packet) => ({ ...packet, tail, hasEnd: false })
const without = (code: number, packet: OddPacket) => packet.main.filter(([own]) => own !== code)
const set =
  (code: number, value: readonly number[]): Oddity =>
  (packet) => ({ ...packet, main: [...without(code, packet), chunk(code, value)] })
const twice =
  (code: number): Oddity =>
  (packet) => ({ ...packet, main: packet.main.flatMap((one) => (one[0] === code ? [one, one] : [one])) })
const first =
  (...chunks: readonly (readonly number[])[]): Oddity =>
  (packet) => ({ ...packet, main: [...chunks, ...packet.main] })
const header =
  (more: Partial<DhcpPacket>): Oddity =>
  (packet) => ({ ...packet, header: { ...packet.header, ...more } })
const hardware = (hardwareType: number, length: number): Oddity =>
  header({
    hardwareType,
    hardwareAddress: Uint8Array.from(
      [0x52, 0x54, 0, 0x77, hardwareType, length, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16].slice(0, length),
    ),
  })

export const ODD_INPUTS: readonly OddInput[] = [
  { name: 'nothing odd', odd: (packet) => packet },
  ...[53, 55, 57, 61, 12, 60].map((code) => ({ name: `option ${code} twice`, odd: twice(code) })),
  {
    name: '53 of two bytes',
    odd: (packet) => ({ ...packet, main: packet.main.map((one) => (one[0] === 53 ? chunk(53, [one[2]!, 9]) : one)) }),
  },
  { name: '57 of one byte', odd: set(57, [5]) },
  { name: '57 empty', odd: set(57, []) },
  { name: '57 of three bytes', odd: set(57, [5, 220, 1]) },
  { name: '57 is 0', odd: set(57, [0, 0]) },
  { name: '57 is 64', odd: set(57, [0, 64]) },
  { name: '57 is 65,535', odd: set(57, [255, 255]) },
  { name: '12 empty', odd: set(12, []) },
  { name: '12 of NULs', odd: set(12, [0, 0, 0]) },
  { name: '12 of 255 bytes', odd: set(12, filled(255, 0x61)) },
  { name: '12 cut off', odd: cut(12, 20, ...ascii('node')) },
  { name: '12 is no name of a host', odd: set(12, ascii('-a..b_c/../\u{1f4a9}')) },
  { name: '55 empty', odd: set(55, []) },
  { name: '55 of zeros', odd: set(55, [0, 0, 0]) },
  {
    name: '55 of 255 numbers',
    odd: set(
      55,
      Array.from({ length: 255 }, (_, at) => at),
    ),
  },
  { name: '55 asks for one thing a hundred times', odd: set(55, filled(100, 3)) },
  { name: '60 empty', odd: set(60, []) },
  { name: '60 of 255 bytes', odd: set(60, filled(255, 0x50)) },
  { name: '60 with NULs', odd: set(60, [...ascii('PXE'), 0, ...ascii('Client'), 0]) },
  { name: '60 is PXEClient and no more', odd: set(60, ascii('PXEClient')) },
  { name: '61 empty', odd: set(61, []) },
  { name: '61 of one byte', odd: set(61, [1]) },
  { name: '61 of 255 bytes', odd: set(61, [0, ...filled(254)]) },
  { name: '77 is no list', odd: set(77, ascii('iPXE')) },
  { name: '77 is a list that is cut off', odd: set(77, [200, ...ascii('iPXE')]) },
  { name: '77 empty', odd: set(77, []) },
  { name: '43 is no list', odd: set(43, [9, 200, 1]) },
  { name: '43 of 255 bytes, twice', odd: add(chunk(43, filled(255)), chunk(43, filled(255))) },
  { name: '51 empty', odd: set(51, []) },
  { name: '51 of three bytes', odd: set(51, [0, 14, 16]) },
  { name: '81 of one byte', odd: set(81, [0]) },
  { name: '81 empty', odd: set(81, []) },
  { name: '93 empty', odd: set(93, []) },
  { name: '93 of one byte', odd: set(93, [7]) },
  { name: '93 is 65,535', odd: set(93, [255, 255]) },
  { name: '94 of one byte', odd: set(94, [1]) },
  { name: '97 of one byte', odd: set(97, [0]) },
  { name: '97 empty', odd: set(97, []) },
  { name: '97 of kind 255', odd: set(97, [255, ...filled(16)]) },
  { name: '116 of two bytes', odd: set(116, [1, 1]) },
  { name: '118 of three bytes', odd: set(118, [10, 66, 0]) },
  { name: '119 points at itself', odd: set(119, [0xc0, 0]) },
  { name: '124 is cut off inside', odd: set(124, [0, 0, 0, 9, 200, 1]) },
  { name: '125 is cut off inside', odd: set(125, [0, 0, 0, 9, 200, 1, 9]) },
  { name: '145 of one byte', odd: set(145, [1]) },
  { name: '254 of 255 bytes', odd: set(254, filled(255)) },
  { name: '52 empty', odd: first([52, 0]) },
  { name: '52 is 0', odd: first([52, 1, 0]) },
  { name: '52 is 4', odd: first([52, 1, 4]) },
  { name: '52 of two bytes', odd: first([52, 2, 1, 2]) },
  { name: '52 and only PAD in the file', odd: (packet) => ({ ...packet, file: [filled(100, 0)] }) },
  {
    name: '52 and an option in the file that is cut off',
    odd: (packet) => ({
      ...packet,
      file: [
        [43, 3, 1, 2, 3],
        [12, 200, ...ascii('node')],
      ],
    }),
  },
  { name: '52 and the server’s name full of garbage', odd: (packet) => ({ ...packet, serverName: [[...filled(60, 0xfe)]] }) },
  { name: '52 twice', odd: (packet) => add([52, 1, 1])({ ...packet, file: [[43, 1, 1]] }) },
  { name: '82 from no relay', odd: add(chunk(82, [1, 4, 0, 4, 0, 12])) },
  { name: '82 of text', odd: add(chunk(82, ascii('sw1 eth0/3'))) },
  { name: '82 empty', odd: add([82, 0]) },
  { name: '82 whose sub-option is longer than it', odd: add(chunk(82, [1, 200, 1, 2, 3])) },
  { name: '82 with a sub-option in a sub-option', odd: add(chunk(82, [9, 12, 0, 0, 0, 9, 7, 1, 5, 2, 3, 250, 1, 2])) },
  { name: '82 of one byte', odd: add(chunk(82, [1])) },
  { name: 'END first, the options behind it', odd: (packet) => ({ ...packet, main: [...packet.main, [255], [53, 1, 4]] }) },
  { name: 'no END', odd: (packet) => ({ ...packet, hasEnd: false }) },
  { name: 'an option number and nothing more', odd: cut(12) },
  { name: 'PAD between all', odd: (packet) => ({ ...packet, main: packet.main.flatMap((one) => [[0, 0, 0], one]) }) },
  { name: '300 bytes of PAD', odd: add(filled(300, 0)) },
  {
    name: 'all options in the file',
    odd: (packet) => ({ ...packet, main: packet.main.slice(0, 1), file: packet.main.slice(1) }),
  },
  {
    name: 'a file and a server’s name of the client’s own, as long as they go',
    odd: header({ bootFile: 'x'.repeat(127), serverName: 'y'.repeat(63) }),
  },
  { name: 'all flags', odd: header({ flags: 0xffff }) },
  { name: 'seconds that ran over', odd: header({ secondsElapsed: 0xffff }) },
  { name: '16 hops', odd: header({ hops: 16 }) },
  { name: 'an address of ours in the field for the server', odd: header({ nextServerIp: 0x0a420001 }) },
  { name: 'hardware type 0', odd: hardware(0, 6), isAnotherMachine: true },
  { name: 'hardware type 6 (token ring)', odd: hardware(6, 6), isAnotherMachine: true },
  { name: 'hardware type 255', odd: hardware(255, 6), isAnotherMachine: true },
  {
    name: 'InfiniBand',
    odd: (packet) => set(61, [255, 0, 0, 0, 1, ...filled(8, 7)])(hardware(32, 0)(packet)),
    isAnotherMachine: true,
  },
  ...[1, 5, 7, 8, 15, 16].map((length) => ({
    name: `a hardware address of ${length} bytes`,
    odd: hardware(1, length),
    isAnotherMachine: true,
  })),
  // More than the field has.
  ...[17, 20, 32, 128, 255].map((length) => ({
    name: `a hardware address that says ${length} bytes`,
    odd: (packet: OddPacket) => ({ ...packet, hardwareLength: length }),
    isAnotherMachine: true,
  })),
]

/** The relay stands as the server (RFC 5107): the client asks the one that it was told of. */
const overriding =
  (address: readonly number[]): Oddity =>
  (packet) => {
    const asked = packet.main.some(([code]) => code === 54) ? set(54, address)(packet) : packet
    return add(chunk(82, [11, 4, ...address]))(asked)
  }
const relayed = (...bytes: readonly number[]) => add(chunk(82, bytes))

/** What only relays bring; the packet comes from one at 10.66.0.200. */
export const RELAY_INPUTS: readonly OddInput[] = [
  { name: '82 with port and switch', odd: relayed(1, 4, 0, 4, 0, 12, 2, 6, 0, 1, 2, 3, 4, 5) },
  { name: '82 with a port and a switch of no bytes', odd: relayed(1, 0, 2, 0) },
  { name: '82 of 255 bytes', odd: relayed(1, 253, ...filled(253)) },
  { name: '82 with one port twice', odd: relayed(1, 2, 1, 2, 1, 2, 3, 4) },
  { name: '82 with sub-options 0 and 255', odd: relayed(0, 1, 7, 255, 1, 7, 1, 2, 1, 2) },
  { name: '82 before all others', odd: first(chunk(82, [1, 4, 0, 4, 0, 12])) },
  { name: '82 in the file', odd: (packet) => ({ ...packet, file: [chunk(82, [1, 4, 0, 4, 0, 12])] }) },
  { name: 'link selection of this network', odd: relayed(5, 4, 10, 66, 0, 0) },
  { name: 'link selection of three bytes', odd: relayed(5, 3, 10, 66, 0) },
  { name: 'link selection of no bytes', odd: relayed(5, 0) },
  { name: 'link selection 0.0.0.0', odd: relayed(5, 4, 0, 0, 0, 0) },
  { name: 'server-id override of three bytes', odd: relayed(11, 3, 10, 66, 0) },
  { name: 'server-id override of no bytes', odd: relayed(11, 0) },
  { name: 'server-id override 0.0.0.0', odd: relayed(11, 4, 0, 0, 0, 0) },
  { name: 'source port', odd: relayed(19, 0) },
  { name: 'source port with a port in it', odd: relayed(19, 2, 0, 67) },
  { name: 'virtual subnet: the one without a name', odd: relayed(151, 1, 255) },
  { name: 'virtual subnet of no bytes', odd: relayed(151, 0) },
  { name: 'virtual subnet of a kind that nobody knows', odd: relayed(151, 3, 77, 1, 2) },
  { name: 'flags and subscriber (10, 6)', odd: relayed(10, 1, 0x80, 6, 4, ...ascii('acme')) },
  { name: '255 hops', odd: header({ hops: 255 }) },
  { name: 'an answer by unicast', odd: header({ flags: 0 }) },
  // The last: dnsmasq goes on with that name in what it answers to the same machine later.
  { name: 'server-id override', odd: overriding([10, 66, 0, 200]) },
]
