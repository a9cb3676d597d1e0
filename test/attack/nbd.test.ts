// docs/security.md: a stranger on the NBD port reads nothing, learns nothing, keeps nobody out, and does not stop the appliance. By bare sockets.
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { ImageStoreService } from '../../src/library/image/image-service.ts'
import { ExportTokens } from '../../src/library/nbd/export-tokens.ts'
import { VersionExports } from '../../src/library/nbd/exports.ts'
import { infoQuery, type NbdPeer, optionOf, requestOf, u32 } from '../fakes/nbd-peer.ts'
import { DISK, NbdScene } from '../fakes/nbd-scene.ts'
import { TestClock } from '../fakes/test-clock.ts'

let scene: NbdScene
afterEach(() => scene?.stop())

/** Honest work still goes. */
async function stillServes(): Promise<void> {
  const honest = await scene.reader('127.0.0.99')
  expect((await honest.read(0n, 64)).data).toEqual(DISK.subarray(0, 64))
}

describe('who breaks the protocol is cut off', () => {
  const cases: { name: string; run: (peer: NbdPeer) => void }[] = [
    { name: 'flags that nobody defined', run: (peer) => peer.say(u32(0xffff_ffff)) },
    { name: 'another protocol', run: (peer) => peer.say(Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(4))) },
    { name: 'an option of four gigabytes', run: (peer) => peer.say(u32(3), optionOf(7, Buffer.alloc(0), 0xffff_ffff)) },
    { name: 'a name longer than any', run: (peer) => peer.say(u32(3), optionOf(1, Buffer.alloc(8193, 'a'))) },
    {
      name: 'options without end',
      run: (peer) => peer.say(u32(3), ...Array.from({ length: 200 }, () => optionOf(3, Buffer.alloc(0)))),
    },
  ]
  it.each(cases)('$name', async ({ run }) => {
    scene = await NbdScene.start()
    const peer = await scene.peer()
    run(peer)
    await peer.closed
    await stillServes()
  })

  it('in the transmission: no request, and a write larger than the protocol has', async () => {
    scene = await NbdScene.start()
    for (const bytes of [requestOf(0, 0n, 1, 0x1234), requestOf(1, 0n, 0xffff_ffff)]) {
      const peer = await scene.reader()
      peer.say(bytes)
      await peer.closed
    }
    await stillServes()
  })
})

describe('who says nothing', () => {
  it('goes after ten seconds, however slowly it talks', async () => {
    scene = await NbdScene.start()
    const peer = await scene.peer()
    await peer.hear(18)
    peer.say(Buffer.from([0]))
    scene.clock.advance(10_000)
    await peer.closed
  })

  it('keeps nobody out: the oldest of those that only connect goes', async () => {
    scene = await NbdScene.start({ maxNegotiations: 8 })
    const silent = []
    for (let index = 0; index < 40; index++) {
      const peer = await scene.peer(`127.0.0.${10 + index}`)
      await peer.hear(18)
      silent.push(peer)
    }
    await Promise.all(silent.slice(0, 32).map(({ closed }) => closed))
    await stillServes()
  })

  it('has few places for one address', async () => {
    scene = await NbdScene.start({ maxConnectionsPerAddress: 3 })
    for (let index = 0; index < 3; index++) await scene.reader()
    await (await scene.peer()).closed
    await stillServes()
  })

  it('goes when it has read nothing for a day', async () => {
    scene = await NbdScene.start()
    const peer = await scene.reader()
    scene.clock.advance(86_399_000)
    expect((await peer.read(0n, 1)).error).toBe(0)
    scene.clock.advance(86_400_000)
    await peer.closed
  })
})

describe('whatever is sent', () => {
  it('the server serves on', async () => {
    scene = await NbdScene.start()
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(0, 1, 2, 3, 6, 7, 8, 10, 0xffff_ffff)
        .chain((option) => fc.uint8Array({ maxLength: 64 }).map((data) => optionOf(option, Buffer.from(data)))),
      fc.string({ maxLength: 40 }).map((name) => optionOf(7, infoQuery(name))),
      fc
        .tuple(fc.integer({ min: 0, max: 9 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(5_000_000))
        .map(([command, offset, length]) => requestOf(command, offset, length)),
    )
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(part, { maxLength: 12 }), async (isReader, parts) => {
        const peer = isReader ? await scene.reader() : await scene.peer()
        if (!isReader) peer.say(u32(3))
        peer.say(...parts)
        peer.socket.end()
        await peer.closed
      }),
      { numRuns: Number(process.env.PLATEN_FUZZ ?? 300) },
    )
    await stillServes()
  })
})

describe('a name that was made for somebody', () => {
  const disk = { imageName: 'secret', version: 1, disk: 1 }
  const grant = { disk, address: '10.0.0.7', seconds: 60, isOnce: true }

  it.each([
    { name: 'is nothing to another address', address: '10.0.0.8', afterMs: 0, finds: false },
    { name: 'is good for its own', address: '10.0.0.7', afterMs: 59_000, finds: true },
    { name: 'is over after its time', address: '10.0.0.7', afterMs: 61_000, finds: false },
  ])('$name', ({ address, afterMs, finds }) => {
    const clock = new TestClock()
    const tokens = new ExportTokens(clock)
    const name = tokens.make(grant)
    clock.advance(afterMs)
    expect(tokens.find(name, address, false)).toEqual(finds ? disk : undefined)
  })

  it('that is good once is used up by the first connection, not by a question', () => {
    const tokens = new ExportTokens(new TestClock())
    const name = tokens.make(grant)
    expect(tokens.find(name, '10.0.0.7', false)).toEqual(disk)
    expect(tokens.find(name, '10.0.0.7', true)).toEqual(disk)
    expect(tokens.find(name, '10.0.0.7', true)).toBeUndefined()
  })

  it('cannot be guessed from another, and a plain name is none', () => {
    const tokens = new ExportTokens(new TestClock())
    expect(new Set(Array.from({ length: 100 }, () => tokens.make(grant))).size).toBe(100)
    expect(tokens.find('secret@1', '10.0.0.7', true)).toBeUndefined()
  })

  it.each([
    { name: 'from the network', address: '10.0.0.7', opensLoopback: true },
    { name: 'on the appliance itself, unless the settings say so', address: '127.0.0.1', opensLoopback: false },
  ])('plain names are nothing, and are not told, $name', async ({ address, opensLoopback }) => {
    const images = { list: () => expect.unreachable() } as unknown as ImageStoreService
    const exports = new VersionExports({ images, tokens: new ExportTokens(new TestClock()), opensLoopback }).for(address)
    expect(exports.list()).toBeUndefined()
    expect(await exports.find('secret@1', true)).toBeUndefined()
  })
})
