// What src/netboot/README.md says of DHCP under "always true" and under departures from the RFCs, one test each, on a real server.
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { destinationOf } from '../../src/netboot/dhcp/destination.ts'
import { formatIpv4, LIMITED_BROADCAST, parseIpv4 } from '../../src/netboot/dhcp/ipv4.ts'
import { OPTION } from '../../src/netboot/dhcp/option-codes.ts'
import { type DhcpPacket, type MessageName, messageName } from '../../src/netboot/dhcp/packet.ts'
import { type PacketSketch, requestPacket } from '../fakes/dhcp-packets.ts'
import { type NetbootScene, netbootScene, RELAY } from '../fakes/netboot-scene.ts'

const ONE_ADDRESS = {
  network: '127.0.0.0/8',
  ranges: [{ first: '127.0.1.1', last: '127.0.1.1' }],
  domainName: 'rack.example',
  probesAddresses: false,
}
const [FIRST, SECOND] = ['52:54:00:00:00:01', '52:54:00:00:00:02']

let scene: NetbootScene
beforeEach(async () => {
  scene = await netbootScene({ interface: { subnets: [ONE_ADDRESS] } })
})
afterEach(() => scene.end())

let transactionId = 1
const ask = (message: MessageName, sketch: PacketSketch = {}, at = scene) =>
  at.relay({ ...requestPacket(message, { relayAgentIp: RELAY, ...sketch }), transactionId: ++transactionId })
const take = (mac: string, more: PacketSketch = {}, at = scene) =>
  ask('request', { mac, serverId: '127.0.0.1', requestedIp: '127.0.1.1', ...more }, at)
const said = (reply: DhcpPacket | undefined) =>
  reply === undefined ? 'silence' : `${messageName(reply)} ${formatIpv4(reply.yourIp)}`

describe('always true', () => {
  it('a lease is on the disk before it is acknowledged', async () => {
    expect(said(await take(FIRST))).toBe('ack 127.0.1.1')
    expect(await readFile(join(scene.stateDir, 'leases.journal'), 'utf8')).toContain('"ip":"127.0.1.1"')
  })

  it.each([
    { name: 'after a crash', clockOff: 0 },
    { name: 'after a crash, with a clock that was five days behind before', clockOff: -5 * 86_400_000 },
    { name: 'after a crash, with a clock that was five days ahead before', clockOff: 5 * 86_400_000 },
  ])('no address is given to a second machine while the first may use it: $name', async ({ clockOff }) => {
    const before = await netbootScene({ interface: { subnets: [ONE_ADDRESS] }, now: () => Date.now() + clockOff })
    expect(said(await take(FIRST, {}, before))).toBe('ack 127.0.1.1')
    // What a process leaves that had no time to stop.
    const stateDir = join(scene.stateDir, 'crashed')
    await cp(before.stateDir, stateDir, { recursive: true })
    await before.end()
    const after = await netbootScene({ interface: { subnets: [ONE_ADDRESS] }, stateDir })
    expect([said(await ask('discover', { mac: SECOND }, after)), said(await take(SECOND, {}, after))]).toEqual([
      'silence',
      'nak 0.0.0.0',
    ])
    expect(said(await ask('request', { mac: FIRST, clientIp: '127.0.1.1' }, after))).toBe('ack 127.0.1.1')
    await after.end()
  })

  it('a jump of the clock ends no lease', async () => {
    let wall = Date.now()
    const jumping = await netbootScene({ interface: { subnets: [ONE_ADDRESS] }, now: () => wall })
    await take(FIRST, {}, jumping)
    wall += 5 * 86_400_000
    expect(said(await ask('discover', { mac: SECOND }, jumping))).toBe('silence')
    await jumping.end()
  })

  it('a bad packet is an event, and the next one is served', async () => {
    await scene.send(Buffer.alloc(300, 7), scene.ports.dhcpServer)
    expect(said(await ask('discover'))).toBe('offer 127.0.1.1')
    expect(scene.netboot.events.recent().map(({ type }) => type)).toContain('dhcp.malformed')
  })
})

describe('departures', () => {
  it('RFC 2131 §4.1: broadcast, also when the broadcast flag is clear', () => {
    const request = requestPacket('discover', { flags: 0 })
    const ports = { dhcpServer: 67, dhcpClient: 68 }
    const from = { address: 0, port: 68 }
    const to = destinationOf({ request, message: 'offer', isBootServerRequest: false, from, ports })
    expect(to).toEqual({ address: LIMITED_BROADCAST, port: 68 })
  })

  it('RFC 2131 §4.2: one machine with three client ids has one lease, two with the same id have two', async () => {
    const id = (last: number) => ({ options: [[OPTION.clientId, Uint8Array.of(0, 1, 2, last)] as const] })
    for (const last of [1, 2, 3]) expect(said(await take(FIRST, id(last)))).toBe('ack 127.0.1.1')
    expect(said(await take(SECOND, id(1)))).toBe('nak 0.0.0.0')
  })

  it('RFC 2131 §4.3.2: silence for a request without a record', async () => {
    expect(said(await ask('request', { mac: FIRST, requestedIp: '127.0.1.1' }))).toBe('silence')
  })

  it('RFC 2131 §4.3.1: what was configured is told unasked', async () => {
    const reply = await ask('discover', { options: [[OPTION.parameterList, Uint8Array.of(OPTION.subnetMask)]] })
    expect(Buffer.from(reply!.options.get(OPTION.domainName)!).toString()).toBe('rack.example')
  })

  it('RFC 2131 §3.1: nobody is given an address that the probe found in use, and it is asked before it is needed', async () => {
    const asked: number[] = []
    const probe = async (address: number) => asked.push(address) === 1
    const ranges = [{ first: '127.0.1.1', last: '127.0.1.2' }]
    const probing = await netbootScene({ interface: { subnets: [{ network: '127.0.0.0/8', ranges }] }, probe })
    expect(asked.map(formatIpv4)).toEqual(['127.0.1.1', '127.0.1.2'])
    expect(said(await ask('discover', {}, probing))).toBe('offer 127.0.1.2')
    await probing.end()
  })

  it('RFC 2131 §3.4: INFORM is answered without an address and a lease, whoever sends it', async () => {
    const reply = await ask('inform', { clientIp: '127.0.9.9' })
    // A relay is answered for it: the client is behind that.
    expect([said(reply), reply!.options.has(OPTION.leaseSeconds), reply!.clientIp]).toEqual([
      'ack 0.0.0.0',
      false,
      parseIpv4('127.0.9.9'),
    ])
  })

  it('RFC 2132 §9.3: options are never written into the fields of file and server name', async () => {
    const long = Object.fromEntries([200, 201, 202].map((code) => [code, `0x${'ab'.repeat(200)}`]))
    const wide = await netbootScene({ interface: { subnets: [{ ...ONE_ADDRESS, options: long }] } })
    const reply = await ask('discover', { options: [[OPTION.maxMessageBytes, Uint8Array.of(2, 64)]] }, wide)
    expect([reply!.options.has(OPTION.overload), reply!.bootFile, reply!.serverName]).toEqual([false, '', ''])
    await wide.end()
  })

  it('RFC 4578: architectures 7 and 9 are both x64', async () => {
    for (const architecture of [7, 9]) {
      const reply = await ask('discover', { vendorClass: `PXEClient:Arch:0000${architecture}:UNDI:003016`, architecture })
      expect(reply!.bootFile).toMatch(/snponly-x64\.efi$/)
    }
  })
})
