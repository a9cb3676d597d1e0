// The scope of workers: an agent credential, as a bearer or as the password of a Basic header.
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Access } from '../../access/index.ts'
import { AppError } from '../../contract/errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the agent credential that a worker showed. Empty: who asks is none. */
    worker: string
  }
}

export function workerScope(credentials: Pick<Access['credentials'], 'nameOf'>, inside: FastifyPluginAsync): FastifyPluginAsync {
  return async (app) => {
    app.decorateRequest('worker', '')
    app.addHook('onRequest', async (request, reply) => {
      const name = workerOf(request, credentials)
      if (name === undefined) {
        reply.header('www-authenticate', 'Basic realm="platen"')
        const hint = 'Make one with `platen agent-credential add NAME`, and send its secret as the password, with any user.'
        throw new AppError('AGENT_CREDENTIAL_REFUSED', 'a worker shows an agent credential that is known here', hint)
      }
      request.worker = name
    })
    await app.register(inside)
  }
}

export function workerOf(request: FastifyRequest, credentials: Pick<Access['credentials'], 'nameOf'>): string | undefined {
  const secret = request.bearer() || request.basicPassword()
  return secret === '' ? undefined : credentials.nameOf(secret)
}
