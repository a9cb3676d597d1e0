// HTTPS beside HTTP: the same application behind a second server, with the certificates of the moment. Opens a port.
import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { ServerCertificates } from '../../access/index.ts'
import { limitGroupOf } from '../../contract/address-group.ts'
import { guardConnections } from './connection-guard.ts'
import { CONNECTION_LIMITS, type ConnectionLimits } from './connection-limits.ts'

export interface HttpsServer {
  /** Resolves with the port; fails as listen does. */
  listen(host: string, port: number): Promise<number>
  /** Ends what is idle at once, the rest after the grace. May be called twice, and before listen. */
  close(graceMs: number): Promise<void>
}

/** app: ready. certificates: started by listen. */
export function createHttpsServer(
  app: FastifyInstance,
  certificates: ServerCertificates,
  limits: ConnectionLimits = CONNECTION_LIMITS,
): HttpsServer {
  const contexts = new WeakMap<object, SecureContext>()
  const server = createServer(
    {
      minVersion: 'TLSv1.2',
      handshakeTimeout: limits.headersMs,
      keepAliveTimeout: limits.keepAliveMs,
      // An image goes up for hours; who only drips is known by the guard.
      requestTimeout: 0,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      SNICallback: (name, done) => {
        const shown = certificates.forName(name) ?? certificates.own
        const context = contexts.get(shown) ?? createSecureContext({ cert: shown.certificate, key: shown.key })
        contexts.set(shown, context)
        done(null, context)
      },
    },
    (request, response) => app.routing(request, response),
  )
  // Whoever speaks plain HTTP to it, or goes away in the middle of the handshake.
  server.on('tlsClientError', (_error, socket: TLSSocket) => socket.destroy())
  guardHandshakes(server, limits)
  guardConnections(server, limits, { event: 'secureConnection' })
  // A machine that asks by address says no name.
  const show = () => server.setSecureContext({ cert: certificates.own.certificate, key: certificates.own.key })

  return {
    async listen(host, port) {
      await certificates.start(show)
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port }, () => {
          server.off('error', reject)
          resolve()
        })
      })
      const at = server.address()
      certificates.port = typeof at === 'object' && at !== null ? at.port : port
      return certificates.port
    },
    async close(graceMs) {
      certificates.stop()
      certificates.port = undefined
      if (!server.listening) return
      const cut = setTimeout(() => server.closeAllConnections(), graceMs)
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      })
      clearTimeout(cut)
    },
  }
}

/** Connections that are not encrypted yet: the oldest of an address, or of all, goes when there are too many. */
function guardHandshakes(server: Server, { maxPerAddress, maxConnections }: ConnectionLimits): void {
  const open = new Map<string, { readonly socket: Socket; readonly group: string }>()
  server.on('connection', (socket: Socket) => {
    const group = limitGroupOf(socket.remoteAddress ?? '')
    const ofGroup = [...open.values()].filter((one) => one.group === group)
    if (ofGroup.length >= maxPerAddress) ofGroup[0]?.socket.destroy()
    else if (open.size >= maxConnections) [...open.values()][0]?.socket.destroy()
    const name = nameOf(socket)
    open.set(name, { socket, group })
    socket.once('close', () => open.delete(name))
  })
  server.on('secureConnection', (socket) => open.delete(nameOf(socket)))
}

const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
