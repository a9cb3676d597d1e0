// The scope of running systems: prefix, the credential that a deploy put into one, and the routes inside.
import type { FastifyPluginAsync } from 'fastify'
import type { Access } from '../../access/index.ts'
import { AppError } from '../../contract/errors.ts'
import { NODE_API_PREFIX } from '../../contract/node-words.ts'
import type { NodeState } from '../../contract/operator-api.ts'
import { onlyFor } from './route-table.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The node whose running system asks. */
    runningNodeId: string
  }
}

interface NodeScopeDeps {
  readonly access: Pick<Access, 'nodeCredentials'>
  /** undefined: there is no such node any more. */
  nodeState(nodeId: string): NodeState | undefined
  readonly inside: readonly FastifyPluginAsync[]
}

const SERVED: readonly (NodeState | undefined)[] = ['approved', 'held']

export function nodeScope({ access, nodeState, inside }: NodeScopeDeps): FastifyPluginAsync {
  const scope: FastifyPluginAsync = async (app) => {
    app.decorateRequest('runningNodeId', '')
    app.addHook('onRequest', async (request) => {
      const nodeId = access.nodeCredentials.nodeOf(request.bearer())
      if (nodeId === undefined || !SERVED.includes(nodeState(nodeId))) {
        const hint = 'Deploy to the machine again with personalise: its system gets a new one.'
        throw new AppError('NODE_CREDENTIAL_REFUSED', 'no node that is in service has this credential', hint)
      }
      request.runningNodeId = nodeId
    })
    app.addHook('onRoute', onlyFor('own-proof'))
    for (const routes of inside) await app.register(routes)
  }
  return async (app) => {
    await app.register(scope, { prefix: NODE_API_PREFIX })
  }
}
