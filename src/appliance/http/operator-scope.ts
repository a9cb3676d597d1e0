// The scope of the operator API: prefix, who asks, the role that the row of a route asks for, and the routes of the rooms inside; and the
// addresses that other tools look at beside it.
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { type Access, type Caller, isForeignOrigin, sessionIn } from '../../access/index.ts'
import { AppError } from '../../contract/errors.ts'
import { OPERATOR_API_PREFIX } from '../../contract/operator-api.ts'
import { hasRole } from '../../contract/people.ts'
import { auditAll } from './audit-hook.ts'
import { installEditions } from './editions.ts'
import { installListPages } from './list-pages.ts'
import { installRepeatedRequests, type RepeatedRequestsDeps } from './repeated-requests.ts'
import { onlyFor, rowOfRequest } from './route-table.ts'
import { limitToScope, type SightPort } from './scope-limit.ts'
import { workerOf } from './worker-scope.ts'

interface OperatorScopeDeps {
  readonly access: Pick<Access, 'callerOf' | 'audit' | 'credentials'>
  readonly sight: SightPort
  readonly repeated: RepeatedRequestsDeps
  readonly inside: readonly FastifyPluginAsync[]
  /** Under the same prefix, with a proof of their own. */
  readonly beside: readonly FastifyPluginAsync[]
  /** At their own addresses, for whoever has a token as a bearer or as the password of a Basic header. */
  readonly forOtherTools: readonly FastifyPluginAsync[]
}

export function operatorScope({ access, sight, repeated, inside, beside, forOtherTools }: OperatorScopeDeps): FastifyPluginAsync {
  const current: FastifyPluginAsync = async (app) => {
    auditAll(app, access.audit)
    app.decorateRequest('caller')
    app.addHook('onRequest', async (request) => {
      const secret = request.bearer()
      const caller = access.callerOf({ secret, session: sessionIn(request) })
      if (caller === undefined) throw notAuthorised('Send `Authorization: Bearer TOKEN`, or log in: platen login.')
      // Also of who is refused the audit says who it was.
      request.caller = caller
      if (secret === '') refuseForeignPage(request)
      admit(caller, request)
    })
    limitToScope(app, sight)
    installListPages(app)
    installRepeatedRequests(app, repeated)
    installEditions(app)
    app.addHook('onRoute', onlyFor('operator'))
    // Routes that agents and operators share ask which node it is: none.
    app.decorateRequest('agentNodeId', '')
    for (const routes of inside) await app.register(routes)
  }
  const open: FastifyPluginAsync = async (app) => {
    auditAll(app, access.audit)
    for (const routes of beside) await app.register(routes)
  }
  const others: FastifyPluginAsync = async (app) => {
    auditAll(app, access.audit)
    app.decorateRequest('caller')
    app.decorateRequest('worker', '')
    app.addHook('onRequest', async (request, reply) => {
      const caller = access.callerOf({ secret: request.bearer() || request.basicPassword(), session: '' })
      const row = rowOfRequest(request)?.caller
      if (caller === undefined && row?.kind === 'operator' && row.orWorker === true)
        request.worker = workerOf(request, access.credentials) ?? ''
      if (request.worker !== '') return
      if (caller === undefined) {
        reply.header('www-authenticate', 'Basic realm="platen"')
        throw notAuthorised('Send a token as a bearer, or as the password of a Basic header with any user.')
      }
      request.caller = caller
      admit(caller, request)
    })
    limitToScope(app, sight)
    app.addHook('onRoute', onlyFor('operator'))
    for (const routes of forOtherTools) await app.register(routes)
  }
  return async (app) => {
    await app.register(current, { prefix: OPERATOR_API_PREFIX })
    await app.register(open, { prefix: OPERATOR_API_PREFIX })
    await app.register(others)
  }
}

/** By the row of the route: whoever came to none is told so, later. */
function admit({ name, role }: Caller, request: FastifyRequest): void {
  const needed = rowOfRequest(request)?.caller
  if (needed?.kind !== 'operator' || hasRole(role, needed.role)) return
  const hint = `Ask an admin: platen user change ${name} --role ${needed.role}`
  throw new AppError('REQUEST_ROLE_TOO_LOW', `${name} is a ${role}, and this takes a ${needed.role}`, hint)
}

/** A cookie goes along with whatever a browser sends, also for a page that somebody else made. */
function refuseForeignPage({ method, headers }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD' || !isForeignOrigin(headers.origin, headers.host)) return
  throw new AppError(
    'REQUEST_ORIGIN_FOREIGN',
    `a login in a browser changes things from pages of this appliance alone, and this came from ${headers.origin ?? 'nowhere'}`,
    'Open the page of the appliance itself; programs send a token: platen token add.',
  )
}

function notAuthorised(hint: string): AppError {
  return new AppError(
    'REQUEST_NOT_AUTHORISED',
    'nobody that is known here asks: no token or login, or one that is not in force',
    hint,
  )
}
