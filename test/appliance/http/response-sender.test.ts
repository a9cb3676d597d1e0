import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ResponseSender } from '../../../src/appliance/http/response-sender.ts'

const PART = 3 * 1024 * 1024

/** One request on loopback, answered by what is given. */
async function answered(
  answer: (sender: ResponseSender, response: ServerResponse) => Promise<void>,
  read: (response: Response) => Promise<void>,
) {
  const ended = Promise.withResolvers<unknown>()
  const server = createServer((_, response: ServerResponse) => {
    answer(new ResponseSender(response), response).then(() => ended.resolve('sent'), ended.resolve)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await read(await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
    return await ended.promise
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('sending a body by hand', () => {
  it('lets memory be used again as soon as it says so', async () => {
    const place = new Uint8Array(new SharedArrayBuffer(PART))
    let got = 0
    const end = await answered(
      async (sender) => {
        for (const value of [1, 2, 3]) {
          place.fill(value)
          await sender.send([Buffer.from('head'), place])
        }
        await sender.end()
      },
      async (response) => {
        const body = Buffer.from(await response.arrayBuffer())
        got = body.length
        for (const [index, value] of [1, 2, 3].entries()) {
          const part = body.subarray(index * (PART + 4), (index + 1) * (PART + 4))
          expect(part.toString('latin1', 0, 4)).toBe('head')
          expect(part.subarray(4).every((byte) => byte === value)).toBe(true)
        }
      },
    )
    expect({ end, got }).toEqual({ end: 'sent', got: 3 * (PART + 4) })
  })

  it('gives the system all parts of a send in one call', async () => {
    const calls: string[] = []
    const end = await answered(
      async (sender, response) => {
        await sender.send([Buffer.from('the headers of the response go with the first')])
        const socket = response.socket!
        const [write, writev] = [socket._write.bind(socket), socket._writev!.bind(socket)]
        socket._write = (...args) => {
          calls.push('one')
          write(...args)
        }
        socket._writev = (...args) => {
          calls.push('many')
          writev(...args)
        }
        await sender.send([Buffer.from('head'), Buffer.from('content')])
        socket._write = write
        socket._writev = writev
        await sender.end()
      },
      async (response) => void (await response.arrayBuffer()),
    )
    expect({ end, calls }).toEqual({ end: 'sent', calls: ['many'] })
  })

  it('stops when the reader goes away', async () => {
    const place = new Uint8Array(PART)
    const end = await answered(
      async (sender) => {
        for (;;) await sender.room(sender.send([place]))
      },
      async (response) => {
        const reader = response.body!.getReader()
        await reader.read()
        await reader.cancel()
      },
    )
    expect(end).toBeInstanceOf(Error)
  })
})
