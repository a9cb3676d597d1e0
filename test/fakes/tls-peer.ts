// Speaks HTTPS to a port of this machine, believing one CA and nothing else. Touches the network.
import { request } from 'node:https'
import { text } from 'node:stream/consumers'

export interface TlsQuestion {
  readonly port: number
  /** In PEM. Left out: the system's own. */
  readonly ca?: string
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  /** The name that is asked for. Left out: none, as by an address. */
  readonly name?: string
}

export interface TlsReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
  /** Of the certificate that was shown. */
  readonly serial: string
}

export function askByTls({
  port,
  ca,
  path = '/healthz',
  method = 'GET',
  headers = {},
  body,
  name,
}: TlsQuestion): Promise<TlsReply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        agent: false,
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
        ...(ca === undefined ? {} : { ca }),
        ...(name === undefined ? {} : { servername: name }),
      },
      async (answer) => {
        const { serialNumber: serial } = (answer.socket as import('node:tls').TLSSocket).getPeerCertificate()
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer), serial })
      },
    )
    sent.once('error', reject)
    sent.end(body && JSON.stringify(body))
  })
}
