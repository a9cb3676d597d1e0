// docs/security.md: no connection that only waits or drips stays open, and none keeps others out. By strangers with raw sockets.
import { EventEmitter, once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHttpApp } from '../../src/appliance/http/app.ts'
import { CONNECTION_LIMITS, type ConnectionLimits } from '../../src/appliance/http/connection-limits.ts'
import { CHUNK_STREAM_TYPE } from '../../src/contract/image-transfer.ts'
import { RawConnection } from '../fakes/raw-connection.ts'

const LIMITS: ConnectionLimits = {
  ...CONNECTION_LIMITS,
  headersMs: 60,
  keepAliveMs: 80,
  lingerMs: 60,
  bodyWindowMs: 500,
  answerWindowMs: 500,
  maxPerAddress: 8,
  sweepMs: 10,
}

/** Stands in for the rooms, under paths that the table of routes knows: answers late, never ends, takes what is uploaded, and sends more than a socket holds. */
const polls: FastifyReply[] = []
const late = new EventEmitter()
const streams: PassThrough[] = []
const room: FastifyPluginAsync = async (app) => {
  app.addContentTypeParser(CHUNK_STREAM_TYPE, (_request, body, done) => done(null, body))
  app.get('/boot/*', (_request, reply) => {
    polls.push(reply)
  })
  app.get('/api/v1/events', (_request, reply) => {
    const stream = new PassThrough()
    streams.push(stream)
    stream.write(': connected\n\n')
    return reply.type('text/event-stream').send(stream)
  })
  app.post('/agent/v1/jobs/:jobId/chunks', async (request) => {
    let bytes = 0
    const body = request.body as Readable
    if (request.headers['x-late'] !== undefined) await once(late, 'go')
    for await (const part of body) bytes += (part as Buffer).length
    return { bytes }
  })
  app.post('/agent/v1/hello', async (request) => request.body)
  app.get('/boot-os/*', (_request, reply) => reply.send(Readable.from(image())))
}

const IMAGE_BYTES = 64 * 1024 * 1024

function* image(): Generator<Buffer> {
  for (let sent = 0; sent < IMAGE_BYTES; sent += 512 * 1024) yield Buffer.alloc(512 * 1024, sent)
}

let app: FastifyInstance
let port: number
const opened: RawConnection[] = []

async function listen(limits: ConnectionLimits): Promise<void> {
  const deps = { log: pino({ level: 'silent' }), version: '0', rooms: [room], connectionLimits: limits }
  const parts = { http: 'up', orchestrator: 'up', netboot: 'up' } as const
  const health = () => ({ status: 'up' as const, version: '0', startedAt: '', parts, bootOs: [] })
  app = (await createHttpApp({ ...deps, health })).app
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
}

beforeEach(() => listen(LIMITS))

afterEach(async () => {
  for (const one of opened.splice(0)) one.end()
  for (const stream of streams.splice(0)) stream.end()
  polls.splice(0)
  app.server.closeAllConnections()
  await app.close()
})

async function dial(options?: { localAddress?: string }): Promise<RawConnection> {
  const connection = await RawConnection.open(port, options)
  opened.push(connection)
  return connection
}

/** Longer than the server lets anybody wait: two connections that say nothing were closed meanwhile. */
async function whileOthersAreClosed(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await (await dial({ localAddress: '127.0.0.9' })).closed
}

/** Says a little 50 times a second, for as long as anybody listens: at most 300 bytes, less than a body must have. */
async function drip(connection: RawConnection, byte: string): Promise<void> {
  const timer = setInterval(() => connection.say(byte), 20)
  await connection.closed
  clearInterval(timer)
}

/** Two windows of a body were over. */
async function dripsAreClosed(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    const other = await dial({ localAddress: '127.0.0.9' })
    other.say(UPLOAD('Content-Length: 9\r\n'))
    await other.closed
  }
}

const cut = (connection: RawConnection) =>
  connection.closed.then(() => {
    throw new Error('the server cut it')
  })

const HEAD = 'Host: platen\r\n'
const GET = (path: string, more = '') => `GET ${path} HTTP/1.1\r\n${HEAD}${more}\r\n`
const UPLOAD = (more: string) =>
  `POST /agent/v1/jobs/j/chunks HTTP/1.1\r\n${HEAD}Content-Type: ${CHUNK_STREAM_TYPE}\r\n${more}\r\n`

describe('is closed', () => {
  it.each([
    { name: 'a connection that never says anything', says: '' },
    { name: 'half a request line', says: 'GET /hea' },
    { name: 'headers without their end', says: `GET /healthz HTTP/1.1\r\n${HEAD}` },
    { name: 'one that was answered and stays', says: GET('/healthz') },
    { name: 'one that was answered and begins anew', says: `${GET('/healthz')}GET /heal` },
    {
      name: 'a body that never comes',
      says: `POST /agent/v1/hello HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n`,
    },
    { name: 'a body in parts that never comes', says: UPLOAD('Transfer-Encoding: chunked\r\n') },
    { name: 'a body that nobody wants', says: `GET /healthz HTTP/1.1\r\n${HEAD}Content-Length: 99\r\n\r\n` },
    { name: 'a body for a path that is not there', says: `POST /nothing HTTP/1.1\r\n${HEAD}Content-Length: 99\r\n\r\n` },
    { name: 'one that was told to go on and does not', says: UPLOAD('Expect: 100-continue\r\nContent-Length: 99\r\n') },
  ])('$name', async ({ says }) => {
    const connection = await dial()
    connection.say(says)
    await connection.closed
    // What the server could not make sense of in time, it says.
    if (!connection.heard.includes('HTTP/1.1 200')) expect(connection.heard).toMatch(/^$|HTTP\/1.1 (4\d\d|100) /)
  })

  it.each([
    { name: 'headers that drip', says: `GET /healthz HTTP/1.1\r\n${HEAD}X-Slow: `, byte: 'x' },
    { name: 'empty lines that drip before a request', says: '', byte: '\r\n' },
    { name: 'empty lines that drip after an answer', says: GET('/healthz'), byte: '\r\n' },
    {
      name: 'a body that drips',
      says: `POST /agent/v1/hello HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n"`,
      byte: 'a',
    },
    { name: 'an upload that drips', says: UPLOAD('Content-Length: 9000\r\n'), byte: 'a' },
    { name: 'an upload in parts that drips', says: UPLOAD('Transfer-Encoding: chunked\r\n'), byte: '1\r\nx\r\n' },
    {
      name: 'a body that drips for a path that is not there',
      says: `POST /nothing HTTP/1.1\r\n${HEAD}Content-Length: 9000\r\n\r\n`,
      byte: 'a',
    },
  ])('$name', async ({ says, byte }) => {
    const connection = await dial()
    connection.say(says)
    await drip(connection, byte)
  })

  it('one that asks for a file and does not take it', async () => {
    const served = once(app.server, 'connection')
    const connection = await dial()
    const [socket] = (await served) as [Socket]
    const given = once(socket, 'close')
    connection.say(GET('/boot-os/image'))
    await connection.until(/200 OK/)
    connection.socket.pause()
    await given
  })
})

describe('goes on for longer than strangers may wait', () => {
  it('a long poll', async () => {
    const connection = await dial()
    connection.say(GET('/boot/poll'))
    await whileOthersAreClosed()
    polls[0]!.send('now')
    expect(await connection.until(/now$/)).toContain('200 OK')
  })

  it('a stream of events that has nothing to tell', async () => {
    const connection = await dial()
    connection.say(GET('/api/v1/events'))
    await connection.until(/: connected/)
    await whileOthersAreClosed()
    streams[0]!.write('data: 1\n\n')
    await connection.until(/data: 1/)
  })

  it('a slow upload', async () => {
    const connection = await dial()
    const part = 'x'.repeat(20_000)
    connection.say(UPLOAD(`Content-Length: ${part.length * 5}\r\n`))
    for (let sent = 0; sent < 5; sent++) {
      connection.say(part)
      if (sent < 4) await whileOthersAreClosed()
    }
    expect(await connection.until(/\}$/)).toContain(`{"bytes":${part.length * 5}}`)
  })

  it('an upload that we are slow to take', async () => {
    const connection = await dial()
    connection.say(UPLOAD(`Content-Length: ${8 * 1024 * 1024}\r\nX-Late: 1\r\n`))
    connection.say('x'.repeat(8 * 1024 * 1024))
    await dripsAreClosed()
    late.emit('go')
    expect(await connection.until(/\}$/)).toContain(`{"bytes":${8 * 1024 * 1024}}`)
  })

  it('a body that has arrived while this process was held up', async () => {
    const connection = await dial()
    connection.say(UPLOAD('Content-Length: 30000\r\n'))
    await (await dial({ localAddress: '127.0.0.9' })).closed
    connection.say('x'.repeat(20_000))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * LIMITS.bodyWindowMs)
    // Its turn has come: what was there is read, and nobody was too slow.
    await new Promise((turn) => setImmediate(() => setTimeout(turn)))
    connection.say('x'.repeat(10_000))
    expect(await connection.until(/\}$/)).toContain('{"bytes":30000}')
  })

  it('a slow download', async () => {
    const connection = await dial()
    let bytes = 0
    connection.socket.removeAllListeners('data')
    connection.socket.on('data', (text: string) => {
      bytes += text.length
    })
    connection.say(GET('/boot-os/image'))
    while (bytes < IMAGE_BYTES) {
      // A part each time that somebody else was closed: the whole would come in a moment.
      const upTo = bytes + IMAGE_BYTES / 6
      connection.socket.resume()
      while (bytes < Math.min(upTo, IMAGE_BYTES)) await Promise.race([once(connection.socket, 'data'), cut(connection)])
      connection.socket.pause()
      if (bytes < IMAGE_BYTES) await whileOthersAreClosed()
    }
  })
})

describe('one address', () => {
  const fill = async (says: string) => {
    const many: RawConnection[] = []
    for (let count = 0; count < 40; count++) {
      many.push(await dial())
      many.at(-1)!.say(says)
    }
    return many
  }

  beforeEach(async () => {
    app.server.closeAllConnections()
    await app.close()
    // Here nobody goes for having waited: the room must come from the limits alone.
    await listen({ ...CONNECTION_LIMITS, maxPerAddress: 8 })
  })

  it.each([
    { name: 'that opens and says nothing', says: '' },
    { name: 'with half a request on each', says: 'GET /heal' },
    {
      name: 'with half a body on each',
      says: 'POST /agent/v1/hello HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n',
    },
  ])('$name has few of them, and even itself is served on', async ({ says }) => {
    const many = await fill(says)
    await Promise.all(many.slice(0, 32).map(({ closed }) => closed))
    for (const localAddress of ['127.0.0.1', '127.0.0.8']) {
      const honest = await dial({ localAddress })
      honest.say(GET('/healthz'))
      await honest.until(/200 OK/)
    }
  })

  it('may have as many long polls as it likes', async () => {
    const many = await fill(GET('/boot/poll'))
    const honest = await dial()
    honest.say(GET('/healthz'))
    await honest.until(/200 OK/)
    expect(many.filter(({ isOpen }) => isOpen)).toHaveLength(40)
  })

  it('cannot push out an upload that is at work', async () => {
    const upload = await dial()
    upload.say(UPLOAD(`Content-Length: 100001\r\n`))
    upload.say('x'.repeat(100_000))
    await fill('GET /heal')
    upload.say('x')
    expect(await upload.until(/\}$/)).toContain('{"bytes":100001}')
  })
})

it('all addresses together have few of them, and another is served', async () => {
  app.server.closeAllConnections()
  await app.close()
  await listen({ ...CONNECTION_LIMITS, maxConnections: 20 })
  const strangers = await Promise.all(Array.from({ length: 60 }, (_, at) => dial({ localAddress: `127.0.1.${at + 1}` })))
  await Promise.all(strangers.slice(0, 40).map(({ closed }) => closed))
  const honest = await dial()
  honest.say(GET('/healthz'))
  await honest.until(/200 OK/)
})
