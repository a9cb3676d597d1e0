// The scope of the agent API: prefix, boot token, and the routes of the rooms inside.
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Access } from '../../access/index.ts'
import { AGENT_API_PREFIX } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The node that the boot token belongs to. Empty: none, as for operators. */
    agentNodeId: string
    /** The address that the machine booted from, as its token says. */
    agentBootMac: string
    /** Which boot of it. */
    agentBoot: string
    /** It came by an agent credential: another appliance booted its machine. */
    agentIsGuest: boolean
  }
}

interface AgentScopeDeps {
  readonly access: Pick<Access, 'tokens' | 'credentials' | 'sessionRoutes'>
  /** The node that boots from this address. */
  nodeIdOf(mac: string): string | undefined
  readonly inside: readonly FastifyPluginAsync[]
  /** Under the same prefix, with a proof of their own. */
  readonly beside: readonly FastifyPluginAsync[]
}

export function agentScope(deps: AgentScopeDeps): FastifyPluginAsync {
  const inside: FastifyPluginAsync = async (app) => {
    app.decorateRequest('agentBootMac', '')
    app.decorateRequest('agentBoot', '')
    app.decorateRequest('agentIsGuest', false)
    app.decorateRequest('agentNodeId', '')
    app.addHook('onRequest', async (request) => authenticate(request, deps))
    app.addHook('onRoute', (route) => {
      route.schema = { tags: ['agent'], security: [{ token: [] }], ...route.schema }
    })
    for (const routes of deps.inside) await app.register(routes)
  }
  return async (app) => {
    await app.register(inside, { prefix: AGENT_API_PREFIX })
    for (const routes of [deps.access.sessionRoutes, ...deps.beside]) await app.register(routes, { prefix: AGENT_API_PREFIX })
  }
}

/** Everything but hello needs a node that said hello before: its record outlives restarts, so this is asked once in its life. */
function authenticate(request: FastifyRequest, { access: { tokens, credentials }, nodeIdOf }: AgentScopeDeps): void {
  const verdict = tokens.read(request.bearer())
  if (verdict.kind === 'refused') {
    const hint = 'Boot the machine again over the network: it gets a new token.'
    throw new AppError('AGENT_TOKEN_REFUSED', `the boot token is ${verdict.reason}`, hint)
  }
  const { credential } = verdict.token
  if (credential !== undefined && !credentials.isInForce(credential)) {
    const hint = 'The operator of this appliance removed it; a new one is made with `platen agent-credential add`.'
    throw new AppError('AGENT_CREDENTIAL_REFUSED', 'the agent credential of this token is no longer in force', hint)
  }
  request.agentIsGuest = credential !== undefined
  request.agentBootMac = verdict.token.mac
  request.agentBoot = verdict.token.boot
  request.agentNodeId = nodeIdOf(verdict.token.mac) ?? ''
  if (request.agentNodeId === '' && request.routeOptions.url !== `${AGENT_API_PREFIX}/hello`) {
    throw new AppError('NODE_NOT_FOUND', `no node boots from ${verdict.token.mac}`, 'The agent says hello first.')
  }
}
