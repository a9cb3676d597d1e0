// What this room answers agents. Mounted inside the agent API, which authenticates.
import type { FastifyPluginAsync } from 'fastify'
import { type AgentElsewhereRoutesDeps, agentElsewhereRoutes } from './agent-elsewhere-routes.ts'
import { type AgentFileRoutesDeps, agentFileRoutes } from './agent-file-routes.ts'
import { type AgentJobRoutesDeps, agentJobRoutes } from './agent-job-routes.ts'
import { type AgentOutcomeRoutesDeps, agentOutcomeRoutes } from './agent-outcome-routes.ts'
import { type AgentRecordRoutesDeps, agentRecordRoutes } from './agent-record-routes.ts'

type AgentRoutesDeps = AgentJobRoutesDeps &
  AgentElsewhereRoutesDeps &
  AgentFileRoutesDeps &
  AgentOutcomeRoutesDeps &
  AgentRecordRoutesDeps

export function agentRoutes(deps: AgentRoutesDeps): FastifyPluginAsync {
  return async (app) => {
    await app.register(agentJobRoutes, deps)
    await app.register(agentElsewhereRoutes, deps)
    await app.register(agentFileRoutes, deps)
    await app.register(agentOutcomeRoutes, deps)
    await app.register(agentRecordRoutes, deps)
  }
}
