// The scope of the operator API: prefix, operator token, error answers, and the routes inside.
import type { FastifyPluginAsync } from 'fastify'
import { AppError } from '../../contract/errors.ts'
import { OPERATOR_API_PREFIX, type SshKeyView } from '../../contract/operator-api.ts'
import type { Clock } from '../clock.ts'
import type { AgentCredentials } from '../directory/agent-credentials.ts'
import type { AppliancesListed } from '../directory/appliance-list.ts'
import type { Events } from '../events.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import type { StoreWatch } from '../image/store-watch.ts'
import type { VersionChecks } from '../image/version-checks.ts'
import type { ClassDeploys } from '../job/class-deploys.ts'
import type { JobFiles } from '../job/job-files.ts'
import type { Jobs } from '../job/jobs.ts'
import type { JobLogs } from '../job/log-files.ts'
import type { NodeClasses } from '../node/classes.ts'
import type { DriftWatch } from '../node/drift.ts'
import type { NodeLife } from '../node/life.ts'
import type { NodeMerges } from '../node/merges.ts'
import type { Nodes } from '../node/nodes.ts'
import type { Notices } from '../notices/notices.ts'
import type { Profiles } from '../profile/profiles.ts'
import type { NodeRestarts } from '../remote/node-restarts.ts'
import type { Schedules } from '../schedule/schedules.ts'
import { bearerOf, isToken } from './bearer.ts'
import { installErrorReply } from './error-reply.ts'
import { eventStreamRoutes } from './event-stream.ts'
import { operatorApplianceRoutes } from './operator-appliance-routes.ts'
import { operatorClassRoutes } from './operator-class-routes.ts'
import { operatorHookRoutes } from './operator-hook-routes.ts'
import { operatorImageRoutes } from './operator-image-routes.ts'
import { operatorJobRoutes } from './operator-job-routes.ts'
import { operatorJobWatchRoutes } from './operator-job-watch-routes.ts'
import { operatorNodeRoutes } from './operator-node-routes.ts'
import { operatorProfileRoutes } from './operator-profile-routes.ts'
import { operatorScheduleRoutes } from './operator-schedule-routes.ts'
import { operatorStoreRoutes } from './operator-store-routes.ts'
import { operatorTransferRoutes } from './operator-transfer-routes.ts'
import { installSchemas } from './schemas.ts'
import { xmlRoutes } from './xml-routes.ts'

export interface OperatorApiDeps {
  readonly operatorToken: string
  readonly clock: Clock
  readonly nodes: Nodes
  readonly nodeLife: NodeLife
  readonly nodeRestarts: NodeRestarts
  readonly sshKey: SshKeyView
  readonly nodeMerges: NodeMerges
  readonly classes: NodeClasses
  readonly classDeploy: ClassDeploys
  readonly drift: DriftWatch
  readonly jobs: Jobs
  readonly logs: JobLogs
  readonly jobFiles: JobFiles
  readonly profiles: Profiles
  readonly images: ImageStoreService
  readonly versionChecks: VersionChecks
  readonly storeWatch: StoreWatch
  readonly notices: Notices
  readonly schedules: Schedules
  readonly credentials: AgentCredentials
  readonly appliances: AppliancesListed
  readonly events: Events
  /** Served with the same token and the same manners. */
  readonly more: FastifyPluginAsync | undefined
  /** Aborted when the room stops: open streams end. */
  readonly stopping: AbortSignal
}

export function operatorApi(deps: OperatorApiDeps): FastifyPluginAsync {
  const plugin: FastifyPluginAsync = async (app) => {
    installErrorReply(app)
    installSchemas(app)
    app.addHook('onRequest', async (request) => {
      if (isToken(bearerOf(request), deps.operatorToken)) return
      const hint =
        'Send `Authorization: Bearer TOKEN`; the token lies in secrets/operator-token in the data folder of the appliance.'
      throw new AppError('REQUEST_NOT_AUTHORISED', 'the operator token is missing or wrong', hint)
    })
    app.addHook('onRoute', (route) => {
      route.schema = { security: [{ token: [] }], ...route.schema }
    })
    // Routes that agents and operators share ask which node it is: none.
    app.decorateRequest('agentNodeId', '')
    await app.register(operatorNodeRoutes, deps)
    await app.register(operatorClassRoutes, deps)
    await app.register(operatorJobRoutes, deps)
    await app.register(operatorJobWatchRoutes, deps)
    await app.register(operatorProfileRoutes, deps)
    await app.register(operatorImageRoutes, deps)
    await app.register(operatorTransferRoutes, deps)
    await app.register(operatorStoreRoutes, deps)
    await app.register(operatorScheduleRoutes, deps)
    await app.register(operatorHookRoutes, deps)
    await app.register(operatorApplianceRoutes, deps)
    await app.register(eventStreamRoutes, deps)
    if (deps.more !== undefined) await app.register(deps.more)
  }
  return async (app) => {
    await app.register(plugin, { prefix: OPERATOR_API_PREFIX })
    await app.register(xmlRoutes, deps)
  }
}
