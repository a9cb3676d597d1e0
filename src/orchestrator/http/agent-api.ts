// The scope of the agent API: prefix, boot token, error answers, and the routes inside.
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { AGENT_API_PREFIX } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'
import { BootTokenReader } from '../boot/tokens.ts'
import type { Clock } from '../clock.ts'
import type { AgentCredentials } from '../directory/agent-credentials.ts'
import type { DirectoryDesk } from '../directory/directory-desk.ts'
import type { CaptureDesk, ImageStoreService } from '../image/image-service.ts'
import type { Claims } from '../job/claims.ts'
import type { Departures } from '../job/departures.ts'
import type { JobFiles } from '../job/job-files.ts'
import type { Reports } from '../job/reports.ts'
import type { NodeHello } from '../node/hello.ts'
import type { Nodes } from '../node/nodes.ts'
import type { Provisioning } from '../node/provisioning.ts'
import type { Profiles } from '../profile/profiles.ts'
import type { NodeRestarts } from '../remote/node-restarts.ts'
import { agentChunkRoutes } from './agent-chunk-routes.ts'
import { agentElsewhereRoutes } from './agent-elsewhere-routes.ts'
import { agentFileRoutes } from './agent-file-routes.ts'
import { agentImageRoutes } from './agent-image-routes.ts'
import { agentJobRoutes } from './agent-job-routes.ts'
import { agentProfileRoutes } from './agent-profile-routes.ts'
import './agent-request.ts'
import { agentSessionRoutes } from './agent-session-routes.ts'
import { bearerOf } from './bearer.ts'
import { bootFileRoutes } from './boot-file-routes.ts'
import { installErrorReply } from './error-reply.ts'
import { installSchemas } from './schemas.ts'

export interface AgentApiDeps {
  readonly bootTokenKey: Uint8Array
  readonly clock: Clock
  readonly nodes: Nodes
  readonly credentials: AgentCredentials
  readonly directory: DirectoryDesk
  readonly provisioning: Provisioning
  readonly takesIntroductions: boolean
  readonly hello: NodeHello
  readonly claims: Claims
  readonly reports: Reports
  readonly nodeRestarts: NodeRestarts
  readonly departures: Departures
  readonly jobFiles: JobFiles
  readonly captures: CaptureDesk
  readonly profiles: Profiles
  readonly images: ImageStoreService
  readonly heartbeatSeconds: number
  readonly leaseSeconds: number
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The address that the machine booted from, as its token says. */
    agentBootMac: string
    /** Which boot of it. */
    agentBoot: string
    /** It came by an agent credential: another appliance booted its machine. */
    agentIsGuest: boolean
  }
}

export function agentApi(deps: AgentApiDeps): FastifyPluginAsync {
  const tokens = new BootTokenReader(deps.bootTokenKey)
  const plugin: FastifyPluginAsync = async (app) => {
    installErrorReply(app)
    installSchemas(app)
    app.decorateRequest('agentBootMac', '')
    app.decorateRequest('agentBoot', '')
    app.decorateRequest('agentIsGuest', false)
    app.decorateRequest('agentNodeId', '')
    app.addHook('onRequest', (request, _reply, done) => {
      authenticate(request, tokens, deps)
      done()
    })
    app.addHook('onRoute', (route) => {
      route.schema = { tags: ['agent'], security: [{ token: [] }], ...route.schema }
    })
    await app.register(agentJobRoutes, deps)
    await app.register(agentElsewhereRoutes, deps)
    await app.register(agentProfileRoutes, deps)
    await app.register(agentChunkRoutes, deps)
    await app.register(agentImageRoutes, deps)
    await app.register(agentFileRoutes, deps)
  }
  return async (app) => {
    await app.register(plugin, { prefix: AGENT_API_PREFIX })
    await app.register(agentSessionRoutes, { ...deps, prefix: AGENT_API_PREFIX })
    await app.register(bootFileRoutes, { ...deps, tokens, prefix: AGENT_API_PREFIX })
  }
}

/** Everything but hello needs a node that said hello before: its record outlives restarts, so this is asked once in its life. */
function authenticate(request: FastifyRequest, tokens: BootTokenReader, { clock, nodes, credentials }: AgentApiDeps): void {
  const verdict = tokens.read(bearerOf(request), clock.now())
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
  request.agentNodeId = nodes.byMac(verdict.token.mac)?.id ?? ''
  if (request.agentNodeId === '' && request.routeOptions.url !== `${AGENT_API_PREFIX}/hello`) {
    throw new AppError('NODE_NOT_FOUND', `no node boots from ${verdict.token.mac}`, 'The agent says hello first.')
  }
}
