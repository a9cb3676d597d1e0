// What a configuration says, seen on the wire: reservations, loaders, networks behind relays, a pool that is full.
import { afterEach, expect, it } from 'vitest'
import { formatIpv4 } from '../../src/netboot/dhcp/ipv4.ts'
import { OPTION } from '../../src/netboot/dhcp/option-codes.ts'
import { readIpv4, readText } from '../../src/netboot/dhcp/option-values.ts'
import { type DhcpPacket, messageName } from '../../src/netboot/dhcp/packet.ts'
import { type PacketSketch, requestPacket } from '../fakes/dhcp-packets.ts'
import { type NetbootScene, netbootScene, RELAY, type SceneOptions } from '../fakes/netboot-scene.ts'

const [FIRST, SECOND] = ['52:54:00:00:00:01', '52:54:00:00:00:02']
const UEFI = { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', architecture: 7 }
const NETWORK = { network: '127.0.0.0/16', ranges: [{ first: '127.0.1.1', last: '127.0.1.9' }], probesAddresses: false }

let scene: NetbootScene
const begin = async (options: SceneOptions) => {
  scene = await netbootScene(options)
}
afterEach(() => scene.end())

const discover = (mac: string, sketch: PacketSketch = {}) =>
  scene.relay(requestPacket('discover', { mac, relayAgentIp: RELAY, ...sketch }))
const addressOf = (packet: DhcpPacket | undefined) => (packet === undefined ? undefined : formatIpv4(packet.yourIp))
const request = (mac: string, requestedIp: string) =>
  scene.relay(requestPacket('request', { mac, relayAgentIp: RELAY, serverId: '127.0.0.1', requestedIp }))

it('a reservation for a node follows its name and its cards while the server runs', async () => {
  await begin({ interface: { subnets: [{ ...NETWORK, reservations: [{ address: '127.0.9.9', node: 'rack1-07' }] }] } })
  expect(addressOf(await discover(FIRST))).toBe('127.0.1.1')
  scene.policy.nodes.set(FIRST, { name: 'rack1-07' })
  const offer = await discover(FIRST)
  expect([addressOf(offer), readText(offer!.options, OPTION.hostName)]).toEqual(['127.0.9.9', 'rack1-07'])
  expect(messageName((await request(FIRST, '127.0.9.9'))!)).toBe('ack')
  scene.policy.nodes.set(SECOND, { name: 'rack1-07' })
  expect(addressOf(await discover(SECOND))).toBe('127.0.9.9')
  scene.policy.nodes.clear()
  expect(addressOf(await discover(SECOND))).toMatch(/^127\.0\.1\./)
})

it('a reservation for a client id counts whatever card it comes by', async () => {
  await begin({ interface: { subnets: [{ ...NETWORK, reservations: [{ address: '127.0.9.8', clientId: 'ff:01' }] }] } })
  const options = [[OPTION.clientId, Uint8Array.of(0xff, 1)]] as const
  for (const mac of [FIRST, SECOND]) expect(addressOf(await discover(mac, { options }))).toBe('127.0.9.8')
  expect(addressOf(await discover(SECOND))).toBe('127.0.1.1')
})

it('a loader chosen for a model goes to that model alone', async () => {
  await begin({ loaders: [{ loader: 'ipxe', product: 'PowerEdge R640', firmware: 'uefi' }] })
  scene.policy.nodes.set(FIRST, { name: 'node-1', product: 'PowerEdge R640' })
  const files = [await discover(FIRST, UEFI), await discover(SECOND, UEFI)].map((offer) => offer?.bootFile.split('/')[1])
  expect(files).toEqual(['ipxe-x64.efi', 'snponly-x64.efi'])
})

it('each network behind a relay has its own addresses and options, by giaddr or by sub-option 5', async () => {
  const behind = { network: '127.8.0.0/16', ranges: [{ first: '127.8.1.1', last: '127.8.1.9' }], probesAddresses: false }
  await begin({
    interface: { subnets: [{ ...behind, routers: ['127.8.0.1'], leaseSeconds: 600, options: { '26': '9000' } }, NETWORK] },
  })
  const linkSelection = [OPTION.relayAgentInformation, Uint8Array.of(1, 2, 7, 7, 5, 4, 127, 8, 0, 0)] as const
  const offer = await discover(FIRST, { options: [linkSelection] })
  expect([addressOf(offer), readIpv4(offer!.options, OPTION.router), offer!.options.get(26)?.join()]).toEqual([
    '127.8.1.1',
    0x7f080001,
    '35,40',
  ])
  expect([...offer!.options].at(-1)).toEqual([82, Buffer.from(linkSelection[1])])
  expect(addressOf(await discover(SECOND))).toBe('127.0.1.1')
})

it('a full pool says so, to the log and the doctor, and keeps answering those it knows', async () => {
  const ranges = [{ first: '127.0.1.1', last: '127.0.1.1' }]
  await begin({ interface: { subnets: [{ ...NETWORK, ranges }] } })
  const address = addressOf(await discover(FIRST))!
  await request(FIRST, address)
  expect(await discover(SECOND)).toBeUndefined()
  expect(scene.netboot.events.recent().at(-1)).toMatchObject({ type: 'dhcp.pool-full', network: '127.0.0.0/16', mac: SECOND })
  expect(await scene.netboot.diagnose()).toContainEqual(
    expect.objectContaining({
      severity: 'problem',
      subject: '127.0.0.0/16',
      seen: expect.stringContaining('every address is in use'),
    }),
  )
  expect(addressOf(await discover(FIRST))).toBe(address)
  expect(messageName((await request(FIRST, address))!)).toBe('ack')
})

it('where it is the only server, a machine with an old address is refused at once', async () => {
  await begin({ interface: { subnets: [{ ...NETWORK, isAuthoritative: true }] } })
  const old = await scene.relay(requestPacket('request', { mac: FIRST, relayAgentIp: RELAY, requestedIp: '127.0.200.7' }))
  expect(messageName(old!)).toBe('nak')
})
