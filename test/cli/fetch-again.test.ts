// An appliance closes idle connections; a question that is on its way at that instant is asked again, a change is not.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { fetchAgain } from '../../src/cli/fetch-again.ts'

let server: Server
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** Cuts so many requests off before it answers. */
async function cutting(times: number): Promise<{ url: string; asked: () => number }> {
  let asked = 0
  server = createServer((request, response) => {
    asked++
    if (asked <= times) request.socket.destroy()
    else response.end('here')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}

it.each([
  ['GET', 0, 'here', 1],
  ['GET', 1, 'here', 2],
  ['GET', 2, 'fails', 2],
  ['POST', 1, 'fails', 1],
  ['DELETE', 1, 'fails', 1],
] as const)('%s that is cut %i times: %s', async (method, times, end, count) => {
  const { url, asked } = await cutting(times)
  const text = await fetchAgain(fetch, url, { method }).then(
    (response) => response.text(),
    () => 'fails',
  )
  expect([text, asked()]).toEqual([end, count])
})
