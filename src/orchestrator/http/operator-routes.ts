// What this room answers people's tools. Mounted inside the operator API, which authenticates.
import type { FastifyPluginAsync } from 'fastify'
import { type OperatorApplianceRoutesDeps, operatorApplianceRoutes } from './operator-appliance-routes.ts'
import { type OperatorClassRoutesDeps, operatorClassRoutes } from './operator-class-routes.ts'
import { type OperatorHookRoutesDeps, operatorHookRoutes } from './operator-hook-routes.ts'
import { type OperatorJobRoutesDeps, operatorJobRoutes } from './operator-job-routes.ts'
import { type OperatorJobWatchRoutesDeps, operatorJobWatchRoutes } from './operator-job-watch-routes.ts'
import { type OperatorNodeRoutesDeps, operatorNodeRoutes } from './operator-node-routes.ts'
import { type OperatorRollOutRoutesDeps, operatorRollOutRoutes } from './operator-roll-out-routes.ts'
import { type OperatorRunRoutesDeps, operatorRunRoutes } from './operator-run-routes.ts'
import { type OperatorScheduleRoutesDeps, operatorScheduleRoutes } from './operator-schedule-routes.ts'
import { type OperatorWantedRoutesDeps, operatorWantedRoutes } from './operator-wanted-routes.ts'

type OperatorRoutesDeps = OperatorNodeRoutesDeps &
  OperatorClassRoutesDeps &
  OperatorWantedRoutesDeps &
  OperatorRollOutRoutesDeps &
  OperatorJobRoutesDeps &
  OperatorJobWatchRoutesDeps &
  OperatorRunRoutesDeps &
  OperatorScheduleRoutesDeps &
  OperatorHookRoutesDeps &
  OperatorApplianceRoutesDeps

export function operatorRoutes(deps: OperatorRoutesDeps): FastifyPluginAsync {
  return async (app) => {
    await app.register(operatorNodeRoutes, deps)
    await app.register(operatorClassRoutes, deps)
    await app.register(operatorWantedRoutes, deps)
    await app.register(operatorRollOutRoutes, deps)
    await app.register(operatorJobRoutes, deps)
    await app.register(operatorJobWatchRoutes, deps)
    await app.register(operatorRunRoutes, deps)
    await app.register(operatorScheduleRoutes, deps)
    await app.register(operatorHookRoutes, deps)
    await app.register(operatorApplianceRoutes, deps)
  }
}
