// The roads on which things come to sites: HTTPS that is proven before it is trusted, packages, rings with a stop, windows.
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, it } from 'vitest'
import type { CentralView, SiteCode, SiteView } from '../../../src/contract/central/follow-api.ts'
import { PACKAGE_TYPE, type PackageVersionView } from '../../../src/contract/package.ts'
import { tarOf } from '../../fakes/deb-file.ts'
import { FollowAppliance, itemOf, until } from '../../fakes/follow-appliance.ts'
import { HeldLine } from '../../fakes/held-line.ts'
import { LoopbackAppliance } from '../../fakes/loopback-appliance.ts'
import { RealTree } from '../../fakes/real-tree.ts'
import { ShiftedClock } from '../../fakes/shifted-clock.ts'

const HOUR = 3_600_000

/** HTTPS in front of central, with the certificate of whom the test says. close: what is under way breaks. */
async function tlsBefore(central: LoopbackAppliance, whose: LoopbackAppliance, port = 0) {
  const { certificates } = whose.rooms.access
  await certificates.start(() => undefined)
  const sockets = new Set<Socket>()
  const server = createTlsServer({ cert: certificates.own.certificate, key: certificates.own.key }, (socket) => {
    const plain = connect(Number(new URL(central.url).port), '127.0.0.1')
    for (const [one, other] of [
      [socket, plain],
      [plain, socket],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
    socket.pipe(plain).pipe(socket)
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

it('over HTTPS: the code proves central before its certificate is known; from then on its authority is trusted, and no other', async () => {
  await using tree = await RealTree.open()
  await tree.defineTwo()
  await using site = await LoopbackAppliance.start()
  await tree.say('/site-definitions/paris', { architectures: ['x64'], functions: [{ name: 'web' }] })
  const { code } = await tree.central.operator<SiteCode>('POST', '/sites/paris/code', {})
  const first = await tlsBefore(tree.central, tree.central)
  const { port } = first
  await site.operator('POST', '/central/join', { url: `https://localhost:${port}`, code })
  const has = (version: number) =>
    site.rooms.library.images.list().some((image) => image.versions.some((each) => each.version === version))
  await until('the site has its image', () => has(1))

  // Somebody with a certificate of another authority takes the place of central, and hands on all that is said.
  await first.close()
  const stranger = await tlsBefore(tree.central, site, port)
  await tree.publish('web', [80, 81])
  const view = () => site.operator<CentralView>('GET', '/central')
  await until('it is not believed', async () => /certificate/.test((await view()).lastFailure ?? ''), 40)
  expect([(await view()).isConnected, has(2)]).toEqual([false, false])
  await stranger.close()
  const again = await tlsBefore(tree.central, tree.central, port)
  await until('the site goes on', () => has(2), 90)
  await again.close()
}, 180_000)

it('packages come with their files, and a function gives them to its machines', async () => {
  await using tree = await RealTree.open()
  await tree.defineTwo()
  const body = tarOf({ 'package.yaml': 'name: agent\nversion: 1.0.0\ninstall: install.sh\n', 'install.sh': 'echo one' })
  const sent = await fetch(`${tree.central.url}/api/v1/packages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tree.central.token()}`, 'content-type': PACKAGE_TYPE },
    body: new Uint8Array(body),
  })
  expect(sent.status).toBe(201)
  await tree.say('/distributions/web-d', { images: [{ image: 'web' }], packages: [{ name: 'agent', range: '^1' }] })
  await tree.join('paris', { functions: [{ name: 'web' }] })
  await tree.settled('paris')
  const { appliance } = tree.site('paris')
  const digestAt = async (where: LoopbackAppliance) =>
    (await where.operator<PackageVersionView>('GET', '/packages/agent/versions/1.0.0')).digest
  expect(await digestAt(appliance)).toBe(await digestAt(tree.central))
  await expect(appliance.operator('DELETE', '/packages/agent/versions/1.0.0')).rejects.toThrowError(/distribution web-d needs it/)
}, 60_000)

it('central with another key is refused, what is there stays, and a new code makes it right', async () => {
  await using tree = await RealTree.open()
  await tree.defineTwo()
  await tree.join('paris', { functions: [{ name: 'web' }] })
  await tree.settled('paris')
  const { line, appliance } = tree.site('paris')
  await tree.central.operator('POST', '/signing-keys/rotate')
  await tree.publish('web', [90, 91])
  line.cut()
  await until('it is refused', async () => JSON.stringify(await tree.seenBySite('paris')).includes('SITE_REQUEST_REFUSED'), 40)
  const versions = () => appliance.rooms.library.images.list().flatMap((image) => image.versions.map(({ version }) => version))
  expect(versions()).toEqual([1])
  const { code } = await tree.central.operator<SiteCode>('POST', '/sites/paris/code', {})
  await appliance.operator('POST', '/central/join', { url: line.url, code })
  await tree.settled('paris')
  expect(versions()).toEqual([1, 2])
}, 120_000)

it('ring by ring: the second has to wait until the first has it, and nobody is offered anything while it is stopped', async () => {
  await using tree = await RealTree.open()
  await tree.defineTwo()
  await tree.central.operator('PUT', '/site-updates', { isStopped: false, rings: ['canary', 'main'] })
  await tree.join('paris', { functions: [{ name: 'web' }], ring: 'canary' })
  await tree.join('lyon', { functions: [{ name: 'web' }], ring: 'main' })
  await tree.settled('paris')
  await tree.settled('lyon')
  const has = (name: string, version: number) =>
    tree
      .site(name)
      .appliance.rooms.library.images.list()
      .some((image) => image.versions.some((each) => each.version === version))
  const isWaiting = async (name: string) =>
    (await tree.central.operator<{ sites: SiteView[] }>('GET', '/sites')).sites.find((each) => each.name === name)!.isWaiting

  // The first ring is at it and does not get on: the second is offered nothing.
  tree.site('paris').line.cutAfter = 3000
  await tree.publish('web', [30, 31, 32])
  await until('lyon waits', () => isWaiting('lyon'))
  const before = tree.site('lyon').line.downBytes
  await new Promise((resolve) => setTimeout(resolve, 3000))
  expect([has('paris', 2), has('lyon', 2)]).toEqual([false, false])
  expect(tree.site('lyon').line.downBytes - before).toBeLessThan(10_000)
  tree.site('paris').line.cutAfter = undefined
  await until('lyon has it', () => has('lyon', 2), 90)
  expect(has('paris', 2)).toBe(true)

  await tree.central.operator('PUT', '/site-updates', { isStopped: true, rings: ['canary', 'main'] })
  await tree.publish('web', [30, 33])
  await until('both wait', async () => (await isWaiting('paris')) && (await isWaiting('lyon')))
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect([has('paris', 3), has('lyon', 3)]).toEqual([false, false])
  await tree.central.operator('PUT', '/site-updates', { isStopped: false, rings: ['canary', 'main'] })
  await until('both have it', () => has('paris', 3) && has('lyon', 3), 60)
}, 240_000)

it('in a window: the first fill does not wait, an update does; what is under way stops at its end and goes on in the next', async () => {
  const clock = new ShiftedClock()
  await using central = await FollowAppliance.open(clock)
  await using paris = await FollowAppliance.open(clock)
  await using line = await HeldLine.to(() => central.port)
  const at = (ms: number) => new Date(ms).toISOString().slice(11, 16)
  // Opens in two hours, for an hour.
  const window = `${at(clock.now() + 2 * HOUR)}-${at(clock.now() + 3 * HOUR)} UTC`
  const first = await central.image('web', [1])
  central.say('paris', [itemOf(first)], { window })
  await paris.join(line.url, await central.code('paris'))
  await until('the first fill is there', () => paris.versions().length === 1)

  const second = await central.image('web', [11, 12, 13, 14, 15, 16, 17, 18])
  central.say('paris', [itemOf(second)], { window, maxBytesPerSecond: 60_000 })
  await until('paris waits for its window', async () => (await paris.central()).waitsFor === `the window ${window}`)
  const before = line.downBytes
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(line.downBytes - before).toBeLessThan(5000)

  // What the site has taken: what is on its way to it waits in the line.
  const received = async () => (await paris.central()).receivedBytes
  const atFirst = await received()
  clock.shift(2 * HOUR + 60_000)
  await until('something comes', async () => (await received()) - atFirst > 60_000)
  clock.shift(HOUR)
  await until('the window is over', async () => (await paris.central()).waitsFor !== undefined)
  expect(paris.versions()).toHaveLength(1)
  const half = (await received()) - atFirst
  expect(half).toBeLessThan(300_000)

  clock.shift(23 * HOUR + 120_000)
  await until('the rest came', () => paris.versions().length === 2, 40)
  // Eight chunks of forty thousand bytes: what was put away in the first window did not come again.
  expect((await received()) - atFirst).toBeLessThan(320_000 + half)
}, 120_000)
