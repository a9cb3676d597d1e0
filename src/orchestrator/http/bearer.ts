// The token of an Authorization header.
import type { FastifyRequest } from 'fastify'

/** Empty when there is none. */
export function bearerOf(request: FastifyRequest): string {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}
