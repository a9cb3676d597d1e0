// Every change that people ask for, and every try that is refused, goes to the audit before it is answered.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Access, AuditEvent } from '../../access/index.ts'
import { isAudited, type Route } from '../../contract/routes.ts'
import { rowOfRequest } from './route-table.ts'

/** Not known, not allowed, too many tries. */
const REFUSED = [401, 403, 429]
/** What says of a body whom or what it is about. Never a password, a token, a script. */
const NAMES = ['name', 'node', 'kind', 'profile', 'image', 'version', 'role', 'into', 'mac', 'reason', 'days', 'confirmCount']
const MOST_CHARS = 200

export function auditAll(app: FastifyInstance, audit: Pick<Access['audit'], 'record'>): void {
  app.addHook('onSend', async (request, reply) => {
    const row = rowOfRequest(request)
    // What was only answered again is in the audit already.
    if (request.isRepeated === true) return
    if (row === undefined || !(isAudited(row) || REFUSED.includes(reply.statusCode))) return
    await audit.record(eventOf(row, request, reply))
  })
}

function eventOf({ operationId }: Route, request: FastifyRequest, { statusCode }: FastifyReply): AuditEvent {
  // Left out before anybody was recognised, and where nobody is.
  const who = request.caller as FastifyRequest['caller'] | undefined
  return {
    ...(who == null ? {} : { who: { name: who.name, role: who.role, by: who.by } }),
    from: request.peer(),
    did: operationId,
    about: { ...namesIn(request.body, NAMES), ...namesIn(request.params) },
    status: statusCode,
    ...(request.refusal === '' ? {} : { code: request.refusal }),
  }
}

/** keys: left out, all of them. */
function namesIn(value: unknown, keys?: readonly string[]): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const pairs = Object.entries(value).filter(
    ([key, each]) => (keys?.includes(key) ?? true) && ['string', 'number', 'boolean'].includes(typeof each),
  )
  return Object.fromEntries(pairs.map(([key, each]) => [key, String(each).slice(0, MOST_CHARS)]))
}
