// The scope of the agent API: prefix, boot token, and the routes of the rooms inside.
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { type Access, type BootToken, peerDigestOf } from '../../access/index.ts'
import { AGENT_API_PREFIX, BootExchange, BootExchangeAnswer, RENEWED_TOKEN_HEADER } from '../../contract/agent-api.ts'
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
    /** How it came by its token. */
    agentOrigin: Exclude<BootToken['origin']['kind'], 'exchanged'>
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
  readonly access: Pick<Access, 'tokens' | 'exchanges' | 'credentials' | 'sessionRoutes'>
  /** The node that this boot speaks for; undefined: it has not said hello. */
  agentNodeOf(mac: string, boot: string): AgentNode | undefined
  /** Whether the boot is over: its machine has booted since. */
  isOverBoot(mac: string, boot: string): boolean
  /** Two came with the token of one boot: people are to hear of it. */
  onContest(mac: string, reason: string): void
  /** Whether the wire says that an address is that of a MAC. */
  isProven(mac: string, peer: string): Promise<boolean>
  readonly inside: readonly FastifyPluginAsync[]
  /** Under the same prefix, with a proof of their own. */
  readonly beside: readonly FastifyPluginAsync[]
}

export function agentScope(deps: AgentScopeDeps): FastifyPluginAsync {
  const peers = new ProvenPeers(deps.isProven)
  const inside: FastifyPluginAsync = async (app) => {
    app.decorateRequest('agentBootMac', '')
    app.decorateRequest('agentBoot', '')
    app.decorateRequest('agentOrigin', 'booted')
    app.decorateRequest('agentNodeId', '')
    app.addHook('onRequest', async (request, reply) => {
      const token = await authenticate(request, deps, peers)
      const renewed = deps.access.tokens.renewed(request.bearer(), token)
      if (renewed !== undefined) reply.header(RENEWED_TOKEN_HEADER, renewed)
    })
    app.addHook('onRoute', onlyFor('agent'))
    app.post('/exchange', { schema: { body: BootExchange, response: { 200: BootExchangeAnswer } } }, async (request) => {
      const verdict = deps.access.tokens.read(request.bearer())
      if (verdict.kind === 'refused') throw tokenRefused(`the boot token is ${verdict.reason}`)
      const { secret } = request.body as BootExchange
      const token = await deps.access.exchanges.exchange(verdict.token, secret)
      if (token === undefined) throw contested(verdict.token, request.peer(), deps)
      return { token }
    })
    for (const routes of deps.inside) await app.register(routes)
  }
  return async (app) => {
    await app.register(inside, { prefix: AGENT_API_PREFIX })
    for (const routes of [deps.access.sessionRoutes, ...deps.beside]) await app.register(routes, { prefix: AGENT_API_PREFIX })
  }
}

/** By header and address alone, before the body is read. */
async function authenticate(request: FastifyRequest, deps: AgentScopeDeps, peers: ProvenPeers): Promise<BootToken> {
  const { tokens, credentials } = deps.access
  const verdict = tokens.read(request.bearer())
  if (verdict.kind === 'refused') throw tokenRefused(`the boot token is ${verdict.reason}`)
  const { mac, boot, origin } = verdict.token
  if (origin.kind === 'credential' && !credentials.isInForce(origin.serial)) {
    const hint = 'The operator of this appliance removed it; a new one is made with `platen agent-credential add`.'
    throw new AppError('AGENT_CREDENTIAL_REFUSED', 'the agent credential of this token is no longer in force', hint)
  }
  if (deps.isOverBoot(mac, boot)) throw tokenRefused('the boot token is void: its machine has booted since')
  if (!(await peers.mayShow(verdict.token, request.peer())))
    throw tokenRefused(`the boot token was not given to ${request.peer()}, and that address was not seen to be ${mac}`)
  if (rowOfRequest(request)?.operationId !== EXCHANGE && !deps.access.exchanges.mayShow(verdict.token)) {
    // One that was exchanged and is not the latest: its record went with the next boot.
    if (origin.kind === 'exchanged') throw tokenRefused('the token is that of an earlier boot')
    throw contested(verdict.token, request.peer(), deps)
  }
  request.agentOrigin = origin.kind === 'exchanged' ? 'booted' : origin.kind
  request.agentBootMac = mac
  request.agentBoot = boot
  const node = deps.agentNodeOf(mac, boot)
  request.agentNodeId = node?.id ?? ''
  const caller = rowOfRequest(request)?.caller
  if (caller?.kind === 'agent') admit(caller, node, mac)
  return verdict.token
}

/** Whether the route serves a node in this state, by its row in the table of routes. */
export function admit(
  { states, job }: Pick<Extract<Caller, { kind: 'agent' }>, 'states' | 'job'>,
  node: AgentNode | undefined,
  mac: string,
): void {
  if (node === undefined) {
    if (states.includes('unknown')) return
    throw new AppError('NODE_NOT_FOUND', `no node is known by this boot of ${mac}`, 'The agent says hello first.')
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

const BELIEVED_MS = 60_000
const KEPT_PROOFS = 20_000

/** From where a token may be shown. A look at the wire counts for a minute: an agent speaks many times in one. */
class ProvenPeers {
  readonly #isProven: AgentScopeDeps['isProven']
  readonly #provenAt = new Map<string, number>()

  constructor(isProven: AgentScopeDeps['isProven']) {
    this.#isProven = isProven
  }

  async mayShow({ mac, origin }: BootToken, peer: string): Promise<boolean> {
    // A directory opens sessions in the name of machines, which then come by themselves.
    if (origin.kind === 'credential' || origin.peerDigest === peerDigestOf(peer)) return true
    // Who introduced itself is behind some router: nothing but the address tells it from others.
    if (origin.kind === 'introduced') return false
    const key = `${mac} ${peer}`
    const provenAt = this.#provenAt.get(key)
    if (provenAt !== undefined && performance.now() - provenAt < BELIEVED_MS) return true
    this.#provenAt.delete(key)
    if (!(await this.#isProven(mac, peer))) return false
    if (this.#provenAt.size >= KEPT_PROOFS) this.#provenAt.delete(this.#provenAt.keys().next().value!)
    this.#provenAt.set(key, performance.now())
    return true
  }
}

/** The one call that the token of the boot script is good for, where the agent knows it. */
const EXCHANGE = 'exchangeToken'

function contested(token: BootToken, peer: string, { access, onContest }: AgentScopeDeps): AppError {
  onContest(token.mac, access.exchanges.noteContest(token, peer))
  return new AppError(
    'AGENT_TOKEN_CONTESTED',
    `somebody else has come with the boot token of ${token.mac} in this boot`,
    'Boot the machine again: it gets another token. `platen doctor` tells who came second.',
  )
}

function tokenRefused(message: string): AppError {
  return new AppError('AGENT_TOKEN_REFUSED', message, 'Boot the machine again over the network: it gets a new token.')
}
