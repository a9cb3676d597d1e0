// A TCP port of 127.0.0.1 that nobody listens on, for a process that must be told its port. Another may take it first: rarely, and then a test fails.
import { once } from 'node:events'
import { createServer } from 'node:net'

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
