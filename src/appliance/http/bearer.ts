// The credential of an Authorization header, for every route: request.bearer(), request.basicPassword().
import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** Empty when there is none. */
    bearer(): string
    /** The password of a Basic header, whoever the user is: older tools know nothing else. Empty when there is none. */
    basicPassword(): string
  }
}

export function installBearer(app: FastifyInstance): void {
  app.decorateRequest('bearer', bearerOf)
  app.decorateRequest('basicPassword', basicPasswordOf)
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
