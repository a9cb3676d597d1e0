import fc from 'fast-check'
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientMac } from '../../../src/netboot/dhcp/hardware-address.ts'
import { OPTION } from '../../../src/netboot/dhcp/option-codes.ts'
import { readText } from '../../../src/netboot/dhcp/option-values.ts'
import type { DhcpPacket } from '../../../src/netboot/dhcp/packet.ts'
import { BootFiles } from '../../../src/netboot/tftp/boot-files.ts'
import { requestPacket } from '../../fakes/dhcp-packets.ts'
import { type NetbootScene, netbootScene, RELAY } from '../../fakes/netboot-scene.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(/[ :]/g, ''), 'hex')
const packetOf = (hardwareType: number, address: string, clientId?: string): DhcpPacket => ({
  ...requestPacket('discover', { options: clientId === undefined ? [] : [[OPTION.clientId, bytes(clientId)]] }),
  hardwareType,
  hardwareAddress: bytes(address),
})

const GUID = '00 02 c9 03 00 0d 41 31'
const GUID_MAC = '00:02:c9:0d:41:31'

describe('clientMac', () => {
  it.each([
    { name: 'Ethernet', packet: packetOf(1, '52:54:00:12:34:56'), want: '52:54:00:12:34:56' },
    {
      name: 'Ethernet that announces the whole field',
      packet: packetOf(1, `52:54:00:12:34:56 ${'00'.repeat(10)}`),
      want: '52:54:00:12:34:56',
    },
    {
      name: 'no address, but a client id that is a MAC',
      packet: packetOf(1, '', '01 52:54:00:12:34:56'),
      want: '52:54:00:12:34:56',
    },
    {
      name: 'InfiniBand, client id of FlexBoot',
      packet: packetOf(32, '', `ff 00 00 00 00 00 02 00 00 02 c9 00 ${GUID}`),
      want: GUID_MAC,
    },
    {
      name: 'InfiniBand, client id of a system (IAID, DUID-LL)',
      packet: packetOf(32, '', `ff 00 0d 41 31 00 03 00 20 80 00 00 48 fe 80 00 00 00 00 00 00 ${GUID}`),
      want: GUID_MAC,
    },
    {
      name: 'InfiniBand, client id of type 32',
      packet: packetOf(32, '', `20 80 00 00 48 fe 80 00 00 00 00 00 00 ${GUID}`),
      want: GUID_MAC,
    },
    { name: 'InfiniBand that sends its GUID', packet: packetOf(32, GUID), want: GUID_MAC },
    { name: 'InfiniBand that sends its GID', packet: packetOf(32, `fe 80 00 00 00 00 00 00 ${GUID}`), want: GUID_MAC },
    { name: 'iPXE on InfiniBand, which sends a MAC', packet: packetOf(32, GUID_MAC), want: GUID_MAC },
    {
      name: 'InfiniBand with a UUID for client id',
      packet: packetOf(32, '', 'ff 00 00 00 00 00 04 00112233445566778899aabbccddeeff'),
      want: '',
    },
    { name: 'InfiniBand without a client id', packet: packetOf(32, ''), want: '' },
    { name: 'another kind of hardware', packet: packetOf(24, '0102030405060708'), want: '01:02:03:04:05:06:07:08' },
  ])('$name', ({ packet, want }) => {
    expect(clientMac(packet)).toBe(want)
  })
})

describe('for hardware of any type and length', () => {
  let scene: NetbootScene
  let app: FastifyInstance
  beforeAll(async () => {
    scene = await netbootScene()
    app = fastify()
    await app.register(scene.netboot.httpRoutes)
  })
  afterAll(async () => {
    await app.close()
    await scene.end()
  })

  const hardware = fc.record({
    hardwareType: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(1, 6, 24, 27, 32)),
    address: fc.uint8Array({ minLength: 1, maxLength: 16 }),
    clientId: fc.uint8Array({ minLength: 2, maxLength: 30 }),
    isIpxe: fc.boolean(),
  })

  it('a file that is offered is served, and a script answers; else the log says why there is none', async () => {
    const limits = { maxFileBytes: 1e9, cacheBytes: 1e9 } as never
    const files = new BootFiles({
      bootDir: scene.bootDir,
      limits,
      answerScript: async () => ({ kind: 'local-disk', methods: [] }),
      onLoaderFetched: () => {},
    })
    await fc.assert(
      fc.asyncProperty(hardware, async ({ hardwareType, address, clientId, isIpxe }) => {
        const firmware = { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', architecture: 7, relayAgentIp: RELAY }
        const options = [[OPTION.clientId, clientId] as const]
        const asked = requestPacket('discover', { ...firmware, options, ...(isIpxe ? { userClass: 'iPXE' } : {}) })
        const reply = await scene.relay({ ...asked, hardwareType, hardwareAddress: address })
        const offered = readText(reply!.options, OPTION.bootFile)
        if (offered === undefined) {
          expect(reply!.bootFile).toBe('')
          const last = scene.netboot.events.recent().findLast(({ type }) => type === 'dhcp.answered')
          expect(last).toMatchObject({ why: expect.stringMatching(/no boot file: it has no MAC/) })
        } else if (isIpxe) {
          const url = offered.replace(/^http:\/\/[^/]+/, '')
          expect((await app.inject({ url })).statusCode).toBe(200)
        } else {
          expect((await files.read(offered, { from: RELAY, httpBase: '' })).kind).toBe('file')
          expect((await app.inject({ url: `/loader/${offered}` })).statusCode).toBe(200)
        }
      }),
      { numRuns: 150 },
    )
  })
})
