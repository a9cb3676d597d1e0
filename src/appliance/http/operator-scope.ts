// The scope of the operator API: prefix, operator token, and the routes of the rooms inside; and the addresses of older tools beside it.
import type { FastifyPluginAsync } from 'fastify'
import type { Access } from '../../access/index.ts'
import { AppError } from '../../contract/errors.ts'
import { OPERATOR_API_PREFIX } from '../../contract/operator-api.ts'
import { onlyFor } from './route-table.ts'

interface OperatorScopeDeps {
  readonly access: Pick<Access, 'isOperator'>
  readonly inside: readonly FastifyPluginAsync[]
  /** At their own addresses, for whoever holds the operator token as a bearer or as the password of a Basic header. */
  readonly forOlderTools: readonly FastifyPluginAsync[]
}

export function operatorScope({ access, inside, forOlderTools }: OperatorScopeDeps): FastifyPluginAsync {
  const current: FastifyPluginAsync = async (app) => {
    app.addHook('onRequest', async (request) => {
      if (access.isOperator(request.bearer())) return
      const hint =
        'Send `Authorization: Bearer TOKEN`; the token lies in secrets/operator-token in the data folder of the appliance.'
      throw new AppError('REQUEST_NOT_AUTHORISED', 'the operator token is missing or wrong', hint)
    })
    app.addHook('onRoute', onlyFor('operator'))
    // Routes that agents and operators share ask which node it is: none.
    app.decorateRequest('agentNodeId', '')
    for (const routes of inside) await app.register(routes)
  }
  const older: FastifyPluginAsync = async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      if (access.isOperator(request.bearer()) || access.isOperator(request.basicPassword())) return
      reply.header('www-authenticate', 'Basic realm="platen"')
      const hint = 'Send the operator token as a bearer, or as the password of a Basic header with any user.'
      throw new AppError('REQUEST_NOT_AUTHORISED', 'the operator token is missing or wrong', hint)
    })
    app.addHook('onRoute', onlyFor('operator'))
    for (const routes of forOlderTools) await app.register(routes)
  }
  return async (app) => {
    await app.register(current, { prefix: OPERATOR_API_PREFIX })
    await app.register(older)
  }
}
