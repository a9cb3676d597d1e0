// Oddities must not cost the answer: what a real server says to a packet that is odd equals what it says to the same packet without.
// PLATEN_ODD_PACKETS=20000 runs the long version.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatIpv4 } from '../../src/netboot/dhcp/ipv4.ts'
import { type DhcpPacket, decodePacket, messageName } from '../../src/netboot/dhcp/packet.ts'
import { requestPacket } from '../fakes/dhcp-packets.ts'
import { type NetbootScene, netbootScene, RELAY } from '../fakes/netboot-scene.ts'
import { anyOddity, cleanPacket, type OddPacket, writeOddPacket } from '../fakes/odd-packet.ts'

const RUNS = Number(process.env.PLATEN_ODD_PACKETS ?? 400)
const UEFI = { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', architecture: 7 }
const ascii = (text: string) => [...Buffer.from(text)]

let scene: NetbootScene
let transactionId = 1

beforeAll(async () => {
  scene = await netbootScene()
})
afterAll(() => scene.end())

const more = (options: readonly (readonly [number, readonly number[]])[]) =>
  options.map(([code, value]) => [code, Uint8Array.from(value)] as const)
const ORDINARY = [
  [12, ascii('node')],
  [55, [1, 3, 6, 66, 67]],
  [57, [5, 220]],
  [61, [1, 0x52, 0x54, 0, 0, 0, 10]],
  [82, [1, 4, 1, 2, 3, 4, 2, 3, 7, 7, 7]],
  [94, [1, 3, 16]],
  [97, [0, ...Array.from({ length: 16 }, (_, at) => at + 1)]],
] as const
const shared = { relayAgentIp: RELAY, options: more(ORDINARY) }

const CLIENTS = {
  'UEFI firmware': { ...shared, ...UEFI },
  'BIOS firmware': { ...shared, vendorClass: 'PXEClient:Arch:00000:UNDI:002001', architecture: 0 },
  'UEFI HTTP boot': { ...shared, vendorClass: 'HTTPClient:Arch:00016:UNDI:003001', architecture: 16 },
  iPXE: { ...shared, ...UEFI, userClass: 'iPXE' },
  'a system': shared,
}

/** All of an answer that the client acts on; what it said itself and gets back is looked at elsewhere. */
const essence = (reply: DhcpPacket | undefined) =>
  reply === undefined
    ? 'no answer'
    : {
        message: messageName(reply),
        address: formatIpv4(reply.yourIp),
        nextServer: formatIpv4(reply.nextServerIp),
        bootFile: reply.bootFile,
        options: Object.fromEntries(
          [...reply.options]
            .filter(([code]) => ![61, 82, 97, 118].includes(code))
            .map(([code, value]) => [code, [...value].join()]),
        ),
      }

/** As clients do, again when nothing comes: a busy machine may answer too late for the first one. */
async function say(packet: OddPacket): Promise<DhcpPacket | undefined> {
  const bytes = writeOddPacket({ ...packet, header: { ...packet.header, transactionId: ++transactionId } })
  return (await scene.relayBytes(bytes)) ?? (await scene.relayBytes(bytes)) ?? scene.relayBytes(bytes)
}

describe.each(Object.entries(CLIENTS))('%s', (_name, sketch) => {
  it('is answered as if nothing were odd, whatever is', { timeout: 60_000 + RUNS * 100 }, async () => {
    const discover = cleanPacket(requestPacket('discover', sketch))
    const offer = await say(discover)
    const request = cleanPacket(
      requestPacket('request', { ...sketch, serverId: '127.0.0.1', requestedIp: formatIpv4(offer!.yourIp) }),
    )
    const clean = { discover: essence(await say(discover)), request: essence(await say(request)) }
    expect(clean.request).toMatchObject({ message: 'ack' })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('discover' as const, 'request' as const),
        fc.array(anyOddity, { minLength: 1, maxLength: 4 }),
        async (message, oddities) => {
          // What takes the address away comes last, or another one would make an address of the rest.
          const inOrder = oddities.toSorted(
            (one, other) => Number(one.name.startsWith('50 of')) - Number(other.name.startsWith('50 of')),
          )
          const packet = inOrder.reduce((one, { apply }) => apply(one), message === 'discover' ? discover : request)
          fc.pre(decodePacket(writeOddPacket(packet)).options.size > 0)
          expect(essence(await say(packet))).toEqual(clean[message])
        },
      ),
      { numRuns: RUNS },
    )
  })
})
