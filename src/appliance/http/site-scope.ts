// The scope of sites that follow this appliance: prefix, where they join, and behind their signatures the routes inside.
import type { FastifyPluginAsync } from 'fastify'
import type { Access } from '../../access/index.ts'
import type { Follow } from '../../central/index.ts'
import { SITE_API_PREFIX } from '../../contract/central/follow.ts'
import { auditAll } from './audit-hook.ts'

interface SiteScopeDeps {
  readonly access: Pick<Access, 'audit'>
  readonly follow: Pick<Follow, 'joinRoutes' | 'siteRoutes'>
}

export function siteScope({ access, follow }: SiteScopeDeps): FastifyPluginAsync {
  return async (app) => {
    await app.register(
      async (open) => {
        auditAll(open, access.audit)
        await open.register(follow.joinRoutes)
      },
      { prefix: SITE_API_PREFIX },
    )
    await app.register(
      async (scope) => {
        auditAll(scope, access.audit)
        await scope.register(follow.siteRoutes)
      },
      { prefix: SITE_API_PREFIX },
    )
  }
}
