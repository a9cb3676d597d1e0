// The scope of the agent API: prefix, boot token, and the routes of the rooms inside.
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Access } from '../../access/index.ts'
import { AGENT_API_PREFIX } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'
import type { NodeState } from '../../contract/operator-api.ts'
import type { Caller } from '../../contract/routes.ts'
import { onlyFor, rowOfRequest } from './route-table.ts'

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

/** What the table of routes is asked about. */
export interface AgentNode {
  readonly id: string
  readonly name: string
  readonly state: NodeState
  /** Left out: none. */
  readonly runningJobId?: string
}

interface AgentScopeDeps {
  readonly access: Pick<Access, 'tokens' | 'credentials' | 'sessionRoutes'>
  /** The node that boots from this address. */
  agentNodeOf(mac: string): AgentNode | undefined
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
    app.addHook('onRoute', onlyFor('agent'))
    for (const routes of deps.inside) await app.register(routes)
  }
  return async (app) => {
    await app.register(inside, { prefix: AGENT_API_PREFIX })
    for (const routes of [deps.access.sessionRoutes, ...deps.beside]) await app.register(routes, { prefix: AGENT_API_PREFIX })
  }
}

/** By header alone, before the body is read. */
function authenticate(request: FastifyRequest, { access: { tokens, credentials }, agentNodeOf }: AgentScopeDeps): void {
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
  const node = agentNodeOf(verdict.token.mac)
  request.agentNodeId = node?.id ?? ''
  const caller = rowOfRequest(request)?.caller
  if (caller?.kind === 'agent') admit(caller, node, verdict.token.mac)
}

/** Whether the route serves a node in this state, by its row in the table of routes. */
export function admit(
  { states, job }: Pick<Extract<Caller, { kind: 'agent' }>, 'states' | 'job'>,
  node: AgentNode | undefined,
  mac: string,
): void {
  if (node === undefined) {
    if (states.includes('unknown')) return
    throw new AppError('NODE_NOT_FOUND', `no node boots from ${mac}`, 'The agent says hello first.')
  }
  if (!states.includes(node.state)) {
    const hint =
      node.state === 'held'
        ? `Release it first: platen node release ${node.name}`
        : `Approve it first: platen node approve ${node.name}`
    throw new AppError('NODE_NOT_APPROVED', `${node.name} is ${node.state}`, hint)
  }
  if (job === 'running' && node.runningJobId === undefined) {
    throw new AppError('JOB_LEASE_LOST', `${node.name} has no running job`, 'The agent drops what it does and asks for a job.')
  }
}
