// No datagram of any content on any of our ports ends the process, leaks a socket or stops the service.
// PLATEN_DATAGRAMS=1000000 runs the long version.
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { encodePacket, messageName } from '../../src/netboot/dhcp/packet.ts'
import { encodeTftp } from '../../src/netboot/tftp/packet.ts'
import { requestPacket } from '../fakes/dhcp-packets.ts'
import { type NetbootScene, netbootScene, RELAY } from '../fakes/netboot-scene.ts'

const DATAGRAMS = Number(process.env.PLATEN_DATAGRAMS ?? 50_000)
const AT_ONCE = 200
const MODELS = 4000

let scene: NetbootScene

beforeEach(async () => {
  // Room for every machine that the noise pretends to be.
  const subnet = { network: '127.0.0.0/8', ranges: [{ first: '127.1.0.1', last: '127.2.255.254' }], probesAddresses: false }
  scene = await netbootScene({ interface: { subnets: [subnet] } })
})

afterEach(() => scene.end())

const messages = ['discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform'] as const
const byte = fc.integer({ min: 0, max: 255 })
const option = fc.tuple(
  fc.constantFrom(12, 43, 50, 52, 54, 55, 57, 60, 61, 77, 82, 93, 94, 97, 118, 175, 200),
  fc.uint8Array({ maxLength: 20 }),
)
const dhcp = fc
  .record({ message: fc.constantFrom(...messages), options: fc.array(option, { maxLength: 6 }), node: byte })
  .map(({ message, options, node }) =>
    encodePacket(requestPacket(message, { mac: `52:54:00:00:01:${node.toString(16).padStart(2, '0')}`, options })),
  )
const tftp = fc.oneof(
  fc
    .record({
      file: fc.constantFrom('undionly.kpxe', '../secret', 'x'.repeat(300), ''),
      mode: fc.constantFrom('octet', 'netascii', ''),
      blksize: fc.string({ maxLength: 6 }),
    })
    .map(({ file, mode, blksize }) =>
      encodeTftp({
        kind: 'read',
        file,
        mode,
        options: new Map([
          ['blksize', blksize],
          ['tsize', '0'],
        ]),
      }),
    ),
  fc.integer({ min: 0, max: 65535 }).map((block) => encodeTftp({ kind: 'ack', block })),
  fc.constant(encodeTftp({ kind: 'write', file: 'undionly.kpxe' })),
)
const damaged = fc
  .tuple(fc.oneof(dhcp, tftp), fc.array(fc.tuple(fc.nat(400), byte), { maxLength: 6 }), fc.nat(600))
  .map(([bytes, changes, end]) => {
    const copy = Buffer.from(bytes)
    for (const [at, value] of changes) if (at < copy.length) copy[at] = value
    return copy.subarray(0, end)
  })
const datagram = fc.tuple(fc.nat(2), fc.oneof(dhcp, tftp, damaged, fc.uint8Array({ maxLength: 600 })))

it(`serves on after ${DATAGRAMS} datagrams of any content`, { timeout: 60_000 + DATAGRAMS }, async () => {
  const { dhcpServer, proxyDhcp, tftp: tftpPort } = scene.ports
  const ports = [dhcpServer, proxyDhcp, tftpPort]
  // The same in every run. Making one costs more than sending it, so each is used many times, changed in one byte.
  const models = fc.sample(datagram, { numRuns: MODELS, seed: 7 })
  for (let sent = 0; sent < DATAGRAMS; sent += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, (_, at) => variant(models[(sent + at) % MODELS]!, sent + at))
    await Promise.all(batch.map(([port, bytes]) => scene.send(bytes, ports[port]!)))
  }
  expect(await offered()).toBe('offer')
  await scene.netboot.stop()
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap')
  // The relay of the scene, and nothing else.
  expect(sockets).toHaveLength(1)
})

/** Asks as clients do, several times: what is still queued before the first request may have left it no room. */
async function offered(): Promise<string | undefined> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const reply = await scene.relay(requestPacket('discover', { mac: '52:54:00:99:00:01', relayAgentIp: RELAY }))
    if (reply !== undefined) return messageName(reply)
  }
  return undefined
}

function variant([port, bytes]: readonly [number, Uint8Array], turn: number): readonly [number, Uint8Array] {
  if (turn < MODELS || bytes.length === 0) return [port, bytes]
  const copy = Uint8Array.from(bytes)
  copy[(turn * 7919) % copy.length] = turn * 31
  return [port, copy]
}
