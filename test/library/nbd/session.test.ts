// The NBD server by its own protocol: every option, every command, and both ways into the transmission.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { infoQuery, optionOf, requestOf, u32 } from '../../fakes/nbd-peer.ts'
import { DISK, LOST_FROM, NbdScene, OPEN_NAME } from '../../fakes/nbd-scene.ts'

let scene: NbdScene
beforeEach(async () => {
  scene = await NbdScene.start()
})
afterEach(() => scene.stop())

const UNKNOWN = 0x8000_0006

describe('the negotiation', () => {
  it.each([
    { name: 'ABORT is acknowledged', option: 2, data: Buffer.alloc(0), kind: 1 },
    { name: 'names are not told', option: 3, data: Buffer.alloc(0), kind: 0x8000_0002 },
    { name: 'a list with data', option: 3, data: Buffer.from('x'), kind: 0x8000_0003 },
    { name: 'TLS is not known', option: 5, data: Buffer.alloc(0), kind: 0x8000_0001 },
    { name: 'structured replies are not known', option: 8, data: Buffer.alloc(0), kind: 0x8000_0001 },
    { name: 'INFO of a name that is not there', option: 6, data: infoQuery('secret@1'), kind: UNKNOWN },
    { name: 'GO to a name that is not there', option: 7, data: infoQuery('secret@1'), kind: UNKNOWN },
    { name: 'GO with no data', option: 7, data: Buffer.alloc(0), kind: 0x8000_0003 },
    {
      name: 'GO whose name is longer than its data',
      option: 7,
      data: Buffer.concat([u32(4000), Buffer.alloc(9)]),
      kind: 0x8000_0003,
    },
    {
      name: 'GO with more kinds than it sends',
      option: 7,
      data: Buffer.concat([u32(0), Buffer.from([0, 9])]),
      kind: 0x8000_0003,
    },
  ])('$name', async ({ option, data, kind }) => {
    const peer = await scene.peer()
    await peer.greet()
    expect((await peer.ask(option, data)).kind).toBe(kind)
  })

  it('goes on after a refusal', async () => {
    const peer = await scene.peer()
    await peer.greet()
    expect(await peer.go('secret@1')).toBe(false)
    expect(await peer.go(OPEN_NAME)).toBe(true)
    expect((await peer.read(5n, 100)).data).toEqual(DISK.subarray(5, 105))
  })

  it('tells size, read-only, block sizes, and the name to who asks', async () => {
    const peer = await scene.peer()
    await peer.greet()
    peer.say(optionOf(6, Buffer.concat([infoQuery(OPEN_NAME).subarray(0, -2), Buffer.from([0, 1, 0, 1])])))
    const replies = [await peer.reply(), await peer.reply(), await peer.reply(), await peer.reply()]
    expect(replies.map(({ kind }) => kind)).toEqual([3, 3, 3, 1])
    expect(replies[0]!.data.readBigUInt64BE(2)).toBe(BigInt(DISK.length))
    expect(replies[0]!.data.readUInt16BE(10) & 3).toBe(3)
    expect(replies[2]!.data.toString('utf8', 2)).toBe(OPEN_NAME)
  })

  it.each([
    { name: 'with the zeroes of older clients', flags: 1, sizeBytes: 134 },
    { name: 'without them', flags: 3, sizeBytes: 10 },
  ])('EXPORT_NAME begins the transmission at once, $name', async ({ flags, sizeBytes }) => {
    const peer = await scene.peer()
    await peer.greet(flags)
    peer.say(optionOf(1, Buffer.from(OPEN_NAME)))
    expect((await peer.hear(sizeBytes)).readBigUInt64BE(0)).toBe(BigInt(DISK.length))
    expect((await peer.read(0n, 16)).data).toEqual(DISK.subarray(0, 16))
  })

  it('EXPORT_NAME of what is not there closes', async () => {
    const peer = await scene.peer()
    await peer.greet()
    peer.say(optionOf(1, Buffer.from('secret@1')))
    await peer.closed
    expect(peer.heard).toHaveLength(0)
  })
})

describe('the transmission', () => {
  const end = BigInt(DISK.length)
  it.each([
    { name: 'a read behind the end', command: 0, offset: end - 10n, length: 11, error: 22 },
    { name: 'a read at the end of all numbers', command: 0, offset: 2n ** 64n - 1n, length: 4096, error: 22 },
    { name: 'a read of nothing', command: 0, offset: 0n, length: 0, error: 22 },
    { name: 'a read of everything at once', command: 0, offset: 0n, length: 0xffff_ffff, error: 22 },
    { name: 'a read of what the store lost', command: 0, offset: BigInt(LOST_FROM), length: 10, error: 5 },
    { name: 'a flush', command: 3, offset: 0n, length: 0, error: 22 },
    { name: 'a trim', command: 4, offset: 0n, length: 4096, error: 22 },
    { name: 'a command that does not exist', command: 99, offset: 0n, length: 0, error: 22 },
  ])('$name is refused, and the next read is answered', async ({ command, offset, length, error }) => {
    const peer = await scene.reader()
    peer.say(requestOf(command, offset, length))
    expect((await peer.hear(16)).readUInt32BE(4)).toBe(error)
    expect((await peer.read(0n, 32)).data).toEqual(DISK.subarray(0, 32))
  })

  it('never writes: what comes with a write is thrown away', async () => {
    const peer = await scene.reader()
    peer.say(requestOf(1, 0n, 5000), Buffer.alloc(5000, 1))
    expect((await peer.hear(16)).readUInt32BE(4)).toBe(1)
    expect((await peer.read(0n, 5000)).data).toEqual(DISK.subarray(0, 5000))
  })

  it('answers requests that were sent together, in their order', async () => {
    const peer = await scene.reader()
    peer.say(requestOf(0, 10n, 20), requestOf(0, 40n, 5))
    expect((await peer.hear(16 + 20)).subarray(16)).toEqual(DISK.subarray(10, 30))
    expect((await peer.hear(16 + 5)).subarray(16)).toEqual(DISK.subarray(40, 45))
  })

  it('ends when the client says so', async () => {
    const peer = await scene.reader()
    peer.say(requestOf(2, 0n, 0))
    await peer.closed
  })
})
