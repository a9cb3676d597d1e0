// UEFI HTTP boot: the firmware fetches its loader by HTTP, and gets another one when that one never called back.
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { OPTION } from '../../src/netboot/dhcp/option-codes.ts'
import { readText } from '../../src/netboot/dhcp/option-values.ts'
import { requestPacket } from '../fakes/dhcp-packets.ts'
import { type NetbootScene, netbootScene, RELAY } from '../fakes/netboot-scene.ts'

const FIRMWARE = { vendorClass: 'HTTPClient:Arch:00016:UNDI:003001', architecture: 16, relayAgentIp: RELAY }
const OFFERED = 'http://127.0.0.1:8080/loader/52-54-00-00-00-0a'
let now: number
let scene: NetbootScene
let app: FastifyInstance

beforeEach(async () => {
  now = Date.parse('2026-01-01')
  scene = await netbootScene({ now: () => now })
  app = fastify()
  await app.register(scene.netboot.httpRoutes)
})

afterEach(async () => {
  await app.close()
  await scene.end()
})

async function switchOn(): Promise<string | undefined> {
  now += 30_000
  const offer = await scene.relay(requestPacket('discover', FIRMWARE))
  return readText(offer!.options, OPTION.bootFile)
}

const fetchOffered = (method: 'GET' | 'HEAD' = 'GET') => app.inject({ method, url: '/loader/52-54-00-00-00-0a/snponly-x64.efi' })

it('is offered a loader under its own name, and finds it there', async () => {
  expect(await switchOn()).toBe(`${OFFERED}/snponly-x64.efi`)
  expect((await fetchOffered()).rawPayload.length).toBe(300_001)
})

const GRUB_SCRIPT = '/boot/52:54:00:00:00:0a.x86_64.grub'

it.each(['/boot-os/x64/vmlinuz', '/grub/grub.cfg', GRUB_SCRIPT])(
  'tells the length of %s in the spelling that GRUB knows',
  async (path) => {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const { sizeBytes, rawHeaders } = await new Promise<{ sizeBytes: number; rawHeaders: string[] }>((told, failed) => {
      const asked = get({ host: '127.0.0.1', port, path }, (answer) => {
        let sizeBytes = 0
        answer.on('data', (bytes: Buffer) => {
          sizeBytes += bytes.length
        })
        answer.on('end', () => told({ sizeBytes, rawHeaders: answer.rawHeaders }))
      })
      asked.on('error', failed)
    })
    expect(rawHeaders.slice(rawHeaders.indexOf('Content-Length')).slice(0, 2)).toEqual(['Content-Length', String(sizeBytes)])
    expect(rawHeaders).not.toContain('content-length')
  },
)

it('leads a GRUB that came by HTTP to the script of its machine, and counts its boot once', async () => {
  const asksItself = 'configfile /boot/$' + '{net_default_mac}.$' + '{grub_cpu}.grub'
  expect((await app.inject('/grub/grub.cfg')).body).toContain(asksItself)
  await app.inject({ method: 'HEAD', url: GRUB_SCRIPT })
  const { body } = await app.inject(GRUB_SCRIPT)
  expect(body).toContain('for from in (http,localhost) ($root); do\n  if linux $from/boot-os/x64/vmlinuz platen.token=t; then')
  await app.inject(GRUB_SCRIPT.replace('.grub', '.again.grub'))
  const asked = scene.netboot.events.recent().filter(({ type }) => type === 'script.answered')
  expect(asked.map((event) => 'isAgain' in event && event.isAgain)).toEqual([true, false, true])
})

it('gets the other loader when the first was fetched and never called back', async () => {
  await switchOn()
  await fetchOffered('HEAD')
  await fetchOffered()
  expect(await switchOn()).toBe(`${OFFERED}/ipxe-x64.efi`)
  expect(scene.netboot.events.recent()).toContainEqual(
    expect.objectContaining({ type: 'loader.changed', mac: '52:54:00:00:00:0a', from: 'snponly', to: 'ipxe' }),
  )
})

it.each([
  { name: 'asked only for the size', happens: () => fetchOffered('HEAD') },
  { name: 'asked for what is not there', happens: () => app.inject('/loader/52-54-00-00-00-0a/nothing.efi') },
  {
    name: 'runs its script',
    happens: async () => {
      await fetchOffered()
      await app.inject('/boot/52-54-00-00-00-0a.ipxe')
    },
  },
])('keeps the loader when it $name', async ({ happens }) => {
  await switchOn()
  await happens()
  expect(await switchOn()).toBe(`${OFFERED}/snponly-x64.efi`)
})

it('the doctor names who fetched a loader and was not heard of since', async () => {
  await switchOn()
  const isSent = new Promise<void>((sent) => {
    scene.netboot.events.subscribe(({ type }) => type === 'http.file-sent' && sent())
  })
  await fetchOffered()
  await isSent
  now += 120_000
  expect(await scene.netboot.diagnose()).toContainEqual(
    expect.objectContaining({
      severity: 'problem',
      subject: '52:54:00:00:00:0a',
      seen: expect.stringContaining('snponly-x64.efi'),
    }),
  )
})
