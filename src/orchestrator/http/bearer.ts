// The credential of an Authorization header.
import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** Empty when there is none. */
export function bearerOf(request: FastifyRequest): string {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

/** The password of a Basic header, whoever the user is: older tools know nothing else. Empty when there is none. */
export function basicPasswordOf(request: FastifyRequest): string {
  const [, encoded = ''] = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  return Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:?/, '')
}

/** In constant time. */
export function isToken(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}
