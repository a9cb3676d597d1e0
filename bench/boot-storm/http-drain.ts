// Fetches a file by HTTP over a connection of its own and drops it: nothing is allocated for what comes, because five hundred machines
// share one process, and that shares its processors with the appliance.
import { Buffer } from 'node:buffer'
import { connect } from 'node:net'

export interface DrainTask {
  readonly url: string
  readonly localAddress: string
  /** Without a byte for so long, it has failed. */
  readonly patienceMs: number
}

/** For all connections: what came is counted before the next one is read. */
const SCRATCH = Buffer.allocUnsafe(256 * 1024)

/** How many bytes came after the headers. */
export function drain({ url, localAddress, patienceMs }: DrainTask): Promise<number> {
  const { hostname, port, host, pathname, search } = new URL(url)
  let head = ''
  let headBytes: number | undefined
  let received = 0
  const onPart = (count: number): boolean => {
    if (headBytes === undefined) {
      head += SCRATCH.toString('latin1', 0, count)
      const end = head.indexOf('\r\n\r\n')
      if (end !== -1) headBytes = end + 4
    }
    received += count
    return true
  }
  return new Promise((done, failed) => {
    const socket = connect({
      host: hostname,
      port: Number(port),
      localAddress,
      noDelay: true,
      onread: { buffer: SCRATCH, callback: onPart },
    })
    socket.once('connect', () => socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
    socket.setTimeout(patienceMs, () => socket.destroy(new Error(`${url}: no answer`)))
    socket.once('error', failed)
    socket.once('end', () => {
      const bytes = received - (headBytes ?? 0)
      const promised = Number(/^content-length: (\d+)/im.exec(head)?.[1])
      if (head.startsWith('HTTP/1.1 200 ') && bytes === promised) done(bytes)
      else failed(new Error(`${url}: ${head.split('\r\n')[0]}, ${bytes} of ${promised} bytes`))
    })
  })
}
