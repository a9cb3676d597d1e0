// docs/security.md: who only says that it asked gets little from TFTP, and takes no place from others. By strangers with bare sockets.
// A stranger that forges its address never hears what we say: it knows no port but 69.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_TFTP_LIMITS, type TftpLimits } from '../../src/netboot/config.ts'
import { NetbootEventLog } from '../../src/netboot/events.ts'
import { FileContent } from '../../src/netboot/tftp/file-content.ts'
import { encodeTftp } from '../../src/netboot/tftp/packet.ts'
import { TftpServer } from '../../src/netboot/tftp/server.ts'
import { RawTftp } from '../fakes/raw-tftp.ts'

const FILES = new Map(['loader.efi', 'other.efi'].map((name) => [name, Buffer.alloc(30_000, name)]))
const WINDOW = { blksize: '1468', windowsize: '64' }

let server: TftpServer
let events: NetbootEventLog
const opened: RawTftp[] = []

async function serve(limits: Partial<TftpLimits> = {}): Promise<void> {
  events = new NetbootEventLog(() => Date.now())
  server = new TftpServer({
    address: '127.0.0.1',
    port: 0,
    limits: { ...DEFAULT_TFTP_LIMITS, ...limits },
    read: async (name) => {
      const bytes = FILES.get(name)
      return bytes === undefined ? { kind: 'refused', reason: 'not-found' } : { kind: 'file', content: FileContent.whole(bytes) }
    },
    events,
    now: () => Date.now(),
  })
  await server.start()
}

beforeEach(() => serve())
afterEach(async () => {
  for (const one of opened.splice(0)) one.close()
  await server.stop()
})

async function socket(address?: string): Promise<RawTftp> {
  const one = await RawTftp.open(server.port, address)
  opened.push(one)
  return one
}

const many = (count: number, addressOf: (index: number) => string) =>
  Promise.all(Array.from({ length: count }, (_, index) => socket(addressOf(index))))

/** All that was sent before this has been looked at by the server: it takes datagrams in order. */
async function afterwards(): Promise<void> {
  const honest = await socket('127.0.0.99')
  expect(await honest.fetch('loader.efi', WINDOW)).toEqual(FILES.get('loader.efi'))
}

const bytesHeard = (sockets: readonly RawTftp[]) =>
  sockets.flatMap(({ heard }) => heard).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

describe('a forged request', () => {
  it('brings one block, and a second one a second later', async () => {
    const victim = await socket()
    await victim.ask('loader.efi')
    await victim.until(({ packet }) => packet.kind === 'data')
    await victim.until(({ packet }) => packet.kind === 'data', 1)
    expect(bytesHeard([victim])).toBe(2 * 516)
  })

  it('brings no more when the ACKs are forged too', async () => {
    const victim = await socket()
    await victim.ask('loader.efi', WINDOW)
    const { port } = await victim.until(({ packet }) => packet.kind === 'option-ack')
    for (let block = 0; block <= 64; block++) await victim.ack(block, server.port)
    await victim.send(encodeTftp({ kind: 'error', code: 0, message: 'stop' }))
    await afterwards()
    expect(victim.heard).toHaveLength(1)
    // Its own ACK, which nobody else can send, has lost nothing.
    await victim.ack(0, port)
    await victim.until(({ packet }) => packet.kind === 'data' && packet.block === 1)
  })

  it('brings one address few blocks, however many there are', async () => {
    const ports = await many(200, () => '127.0.0.5')
    for (const one of ports) await one.ask('loader.efi')
    await afterwards()
    expect(bytesHeard(ports)).toBeLessThanOrEqual(10 * 516)
  })

  it.each([
    {
      name: 'asks for what is there',
      file: 'loader.efi',
      options: { blksize: '1468', tsize: '0', windowsize: '64', timeout: '1' },
    },
    { name: 'asks for what is not there', file: 'x', options: {} },
    { name: 'asks in another mode', file: 'x', options: {}, mode: 'netascii' },
    { name: 'asks to write', file: 'x', options: {}, isWrite: true },
  ])('that $name is answered with about its own size', async ({ file, options, mode = 'octet', isWrite = false }) => {
    const victim = await socket()
    const read = { kind: 'read', file, mode, options: new Map(Object.entries(options)) } as const
    const request = encodeTftp(isWrite ? { kind: 'write', file } : read)
    await victim.send(request)
    await victim.until(() => true)
    // With the headers of IPv4 and UDP, which a datagram has anyway.
    expect(28 + bytesHeard([victim])).toBeLessThanOrEqual((28 + request.length) * 1.5)
  })

  it('does not end the transfer of the client whose address and port it has', async () => {
    const client = await socket()
    await client.ask('loader.efi', { blksize: '512' })
    const { port } = await client.until(({ packet }) => packet.kind === 'option-ack')
    await client.ack(0, port)
    await client.until(({ packet }) => packet.kind === 'data' && packet.block === 1)
    for (const file of ['other.efi', 'loader.efi', 'nothing.efi']) await client.ask(file)
    await client.until(({ packet }) => packet.kind === 'error')
    const begun = client.heard.findIndex(({ packet }) => packet.kind === 'data')
    const rest = client.heard.filter((heard, at) => at < begun || heard.port === port)
    client.heard.splice(0, client.heard.length, ...rest)
    expect(await client.take(begun, 512)).toEqual(FILES.get('loader.efi'))
  })
})

describe('half-open transfers', () => {
  it.each([
    { name: 'of one address', addressOf: () => '127.0.0.7' },
    { name: 'of 100 addresses', addressOf: (index: number) => `127.0.7.${1 + (index % 100)}` },
  ])('$name, 1,500 of them, keep nobody waiting', async ({ addressOf }) => {
    const strangers = await many(1500, addressOf)
    await Promise.all(strangers.map((one) => one.ask('loader.efi', WINDOW)))
    for (const address of ['127.0.0.99', addressOf(0)]) {
      const honest = await socket(address)
      expect(await honest.fetch('loader.efi', WINDOW)).toEqual(FILES.get('loader.efi'))
    }
  })

  it('fill neither the log nor what is remembered of it', async () => {
    const strangers = await many(20, (index) => `127.0.8.${index + 1}`)
    await Promise.all(strangers.flatMap((one) => Array.from({ length: 100 }, (_, at) => one.ask(`nothing-${at}`))))
    await afterwards()
    expect(events.recent().filter(({ type }) => type === 'tftp.refused').length).toBeLessThanOrEqual(600)
  })
})

it('transfers whose clients fell silent give their places to others', async () => {
  await server.stop()
  await serve({ maxTransfers: 2 })
  for (const silent of await many(2, (index) => `127.0.9.${index + 1}`)) {
    await silent.ask('loader.efi', WINDOW)
    const { port } = await silent.until(({ packet }) => packet.kind === 'option-ack')
    await silent.ack(0, port)
    await silent.until(({ packet }) => packet.kind === 'data')
  }
  const honest = await socket('127.0.0.99')
  let got = await honest.fetch('loader.efi', WINDOW)
  expect(got).toBe('busy, ask again')
  while (typeof got === 'string') got = await honest.fetch('loader.efi', WINDOW)
  expect(got).toEqual(FILES.get('loader.efi'))
})
