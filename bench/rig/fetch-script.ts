// Fetches a boot script as iPXE does, over a connection of its own, with as little work as a client can have: a bench shares its processors
// with what it measures.
import { connect } from 'node:net'

export interface FetchedScript {
  readonly text: string
  /** From the first packet to the last byte. */
  readonly ms: number
}

/** Fails when what comes is no script. */
export function fetchScript(url: string, localAddress?: string): Promise<FetchedScript> {
  const { hostname, port, host, pathname, search } = new URL(url)
  const startedAt = performance.now()
  const socket = connect({ host: hostname, port: Number(port), noDelay: true, ...(localAddress && { localAddress }) })
  let answer = ''
  return new Promise((resolve, reject) => {
    socket.setEncoding('latin1')
    socket.once('connect', () => socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
    socket.on('data', (part: string) => {
      answer += part
    })
    socket.once('error', reject)
    socket.once('end', () => {
      const ms = performance.now() - startedAt
      const start = answer.indexOf('\r\n\r\n#!ipxe')
      if (start === -1) reject(new Error(`${url}: no script, but ${answer.slice(0, 100)}`))
      else resolve({ text: answer.slice(start + 4), ms })
    })
  })
}
