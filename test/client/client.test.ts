// The client of the API against servers that answer, refuse, break off and are not there.
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createApiClient, ProblemError, unwrap, type WatchState, watchEvents } from '../../src/client/index.ts'

const servers: Server[] = []

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

describe('calls', () => {
  it('bring what the appliance answers, with the token of now', async () => {
    const asked: (string | undefined)[] = []
    const baseUrl = await serve((request, response) => {
      asked.push(request.headers.authorization)
      response.setHeader('content-type', 'application/json').end('{"nodes":[]}')
    })
    let token: string | undefined = 'first'
    const api = createApiClient({ baseUrl, token: () => token })
    expect(await unwrap(api.GET('/api/v1/nodes'))).toEqual({ nodes: [] })
    token = undefined
    await unwrap(api.GET('/api/v1/nodes'))
    expect(asked).toEqual(['Bearer first', undefined])
  })

  it.each([
    [
      'a refusal in the words of the appliance',
      404,
      '{"code":"NODE_NOT_FOUND","message":"no node is called x","hint":"See platen node list."}',
      { code: 'NODE_NOT_FOUND', message: 'no node is called x', hint: 'See platen node list.', status: 404 },
    ],
    ['a refusal without words', 502, '{}', { code: 'REQUEST_FAILED', status: 502 }],
    ['a page of a proxy', 502, '<html>bad gateway</html>', { code: 'REQUEST_FAILED', status: 502 }],
  ])('tell %s', async (_name, status, body, problem) => {
    const baseUrl = await serve(
      (_request, response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    )
    const call = unwrap(createApiClient({ baseUrl }).GET('/api/v1/nodes'))
    await expect(call).rejects.toBeInstanceOf(ProblemError)
    await expect(call).rejects.toMatchObject({ problem })
  })

  it('tell when nobody is there', async () => {
    const baseUrl = await serve(() => undefined)
    servers.pop()!.close()
    await expect(unwrap(createApiClient({ baseUrl }).GET('/api/v1/nodes'))).rejects.toMatchObject({
      problem: { code: 'APPLIANCE_UNREACHABLE', status: 0 },
    })
  })

  it('tell each refused credential', async () => {
    const baseUrl = await serve(
      (_request, response) => void response.writeHead(401, { 'content-type': 'application/json' }).end('{}'),
    )
    let told = 0
    await unwrap(createApiClient({ baseUrl, onUnauthorised: () => told++ }).GET('/api/v1/nodes')).catch(() => undefined)
    expect(told).toBe(1)
  })
})

describe('events', () => {
  it('come one by one however the stream is cut, and go on after a break', async () => {
    const pieces = [
      'id: r-1\nevent: events.begun\ndata: {}\n\n',
      'event: a\nda',
      'ta: {"n":1}\n\n: beat\n\ndata: {"n":',
      '2}\nid: r-2\n\n',
    ]
    let connections = 0
    const askedFrom: unknown[] = []
    const url = await serve((request, response) => {
      connections++
      askedFrom.push(request.headers['last-event-id'])
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (connections === 1) {
        for (const piece of pieces) response.write(piece)
        response.end()
      } else response.write('id: r-9\nevent: events.missed\ndata: {}\n\ndata: {"n":3}\n\n')
    })
    const states: WatchState[] = []
    let missed = 0
    const seen: unknown[] = []
    await new Promise<void>((resolve) => {
      const watch = watchEvents<{ n: number }>({
        url,
        onState: (state) => void states.push(state),
        onMissed: () => missed++,
        onEvent(event) {
          seen.push(event.n)
          if (event.n === 3) {
            watch.close()
            resolve()
          }
        },
        pausesMs: [1],
      })
    })
    expect(seen).toEqual([1, 2, 3])
    expect(askedFrom).toEqual([undefined, 'r-2'])
    expect(missed).toBe(1)
    expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open'])
  })
})
