// Clients that keep their port: what is a repetition, and what is the next thing that they want.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_TFTP_LIMITS } from '../../../src/netboot/config.ts'
import { NetbootEventLog } from '../../../src/netboot/events.ts'
import { FileContent } from '../../../src/netboot/tftp/file-content.ts'
import { TftpServer } from '../../../src/netboot/tftp/server.ts'
import { RawTftp } from '../../fakes/raw-tftp.ts'

const FILES = new Map(['one', 'two', 'three'].map((name) => [name, Buffer.alloc(3000, name)]))

let server: TftpServer
let client: RawTftp
let events: NetbootEventLog
/** Answers of the disk are held back until they are let go. */
let held: (() => void)[] | undefined

async function serve(isSinglePort: boolean): Promise<void> {
  events = new NetbootEventLog(() => Date.now())
  server = new TftpServer({
    address: '127.0.0.1',
    port: 0,
    limits: { ...DEFAULT_TFTP_LIMITS, isSinglePort },
    read: async (name) => {
      if (held !== undefined) await new Promise<void>((go) => held!.push(go))
      const bytes = FILES.get(name)
      return bytes === undefined ? { kind: 'refused', reason: 'not-found' } : { kind: 'file', content: FileContent.whole(bytes) }
    },
    events,
    now: () => Date.now(),
  })
  await server.start()
  client = await RawTftp.open(server.port)
}

beforeEach(() => {
  held = undefined
})
afterEach(async () => {
  client.close()
  await server.stop()
})

describe.each([{ isSinglePort: false }, { isSinglePort: true }])(
  'from one port of the client, single port $isSinglePort,',
  ({ isSinglePort }) => {
    beforeEach(() => serve(isSinglePort))

    it.each<{ name: string; left: (client: RawTftp) => Promise<unknown> }>([
      { name: 'was fetched to its end', left: (one) => one.fetch('one') },
      { name: 'was not there', left: (one) => one.fetch('nothing') },
      {
        name: 'was left in the middle',
        left: async (one) => {
          await one.ask('one')
          const { port } = await one.until(({ packet }) => packet.kind === 'data')
          await one.ack(1, port)
          await one.until(({ packet }) => packet.kind === 'data' && packet.block === 2)
        },
      },
      { name: 'was never acknowledged', left: async (one) => one.ask('one').then(() => one.until(() => true)) },
      {
        name: 'was left after its OACK',
        left: async (one) => one.ask('one', { tsize: '0' }).then(() => one.until(({ packet }) => packet.kind === 'option-ack')),
      },
    ])('the next file comes after one that $name', async ({ left }) => {
      await left(client)
      expect(await client.fetch('two', { blksize: '600' })).toEqual(FILES.get('two'))
      expect(await client.fetch('three')).toEqual(FILES.get('three'))
    })

    it('the same file comes anew once something of it was acknowledged: the machine was switched off and on', async () => {
      await client.ask('one')
      const { port } = await client.until(({ packet }) => packet.kind === 'data')
      await client.ack(1, port)
      await client.until(({ packet }) => packet.kind === 'data' && packet.block === 2)
      expect(await client.fetch('one')).toEqual(FILES.get('one'))
    })

    it('other options are another request', async () => {
      await client.ask('one', { blksize: '600' })
      await client.until(({ packet }) => packet.kind === 'option-ack')
      const from = client.heard.length
      await client.ask('one', { blksize: '700' })
      const { packet } = await client.until(({ packet }) => packet.kind === 'option-ack', from)
      expect(packet).toMatchObject({ options: new Map([['blksize', '700']]) })
      expect(await client.take(from, 700)).toEqual(FILES.get('one'))
    })

    it('a request that the network doubled is answered once', async () => {
      await Promise.all([client.ask('one', { tsize: '0' }), client.ask('one', { tsize: '0' })])
      const { port } = await client.until(({ packet }) => packet.kind === 'option-ack')
      await client.ack(0, port)
      await client.until(({ packet }) => packet.kind === 'data')
      expect(client.heard.map(({ packet }) => packet.kind)).toEqual(['option-ack', 'data'])
    })

    it('what is asked while the file before is looked for is what comes', async () => {
      held = []
      await client.ask('one')
      await client.ask('two')
      while (held.length < 2) await new Promise((turn) => setImmediate(turn))
      // The disk answers the other way round.
      held[1]!()
      held[0]!()
      held = undefined
      expect(await client.take(0)).toEqual(FILES.get('two'))
    })

    it('the old transfer ends when the new one is acknowledged', async () => {
      await client.ask('one')
      const { port } = await client.until(({ packet }) => packet.kind === 'data')
      await client.ack(1, port)
      await client.until(({ packet }) => packet.kind === 'data' && packet.block === 2)
      await client.fetch('two')
      expect(events.recent().filter(({ type }) => type === 'tftp.failed')).toMatchObject([
        { file: 'one', reason: 'the client asked for something else' },
      ])
    })
  },
)
