// Who asks, for every route: the credential of an Authorization header and the address. request.bearer(), request.basicPassword(),
// request.peer().
import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** Empty when there is none. */
    bearer(): string
    /** The password of a Basic header, whoever the user is: older tools know nothing else. Empty when there is none. */
    basicPassword(): string
    /** The address that it comes from; IPv4 as such, also on a socket that speaks both. */
    peer(): string
  }
}

export function installBearer(app: FastifyInstance): void {
  app.decorateRequest('bearer', bearerOf)
  app.decorateRequest('basicPassword', basicPasswordOf)
  app.decorateRequest('peer', peerOf)
}

function peerOf(this: FastifyRequest): string {
  return this.ip.replace(/^::ffff:/, '')
}

function bearerOf(this: FastifyRequest): string {
  return /^Bearer (\S+)$/i.exec(this.headers.authorization ?? '')?.[1] ?? ''
}

function basicPasswordOf(this: FastifyRequest): string {
  const [, encoded = ''] = /^Basic (\S+)$/i.exec(this.headers.authorization ?? '') ?? []
  return Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:?/, '')
}
