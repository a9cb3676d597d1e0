// What each site needs, as a person's tools see it. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { SiteClosure, SitePlan } from '../../contract/central/closure.ts'
import { Name } from '../../contract/values.ts'
import type { Closures } from '../closures.ts'
import { noSite, type SitePlans } from '../site-plans.ts'

interface SiteRoutesDeps {
  readonly closures: Closures
  readonly plans: SitePlans
}

const NameParams = Type.Object({ name: Name })

export const siteRoutes: FastifyPluginAsyncTypebox<SiteRoutesDeps> = async (app, { closures, plans }) => {
  app.get(
    '/site-definitions/:name/closure',
    { schema: { params: NameParams, response: { 200: SiteClosure } } },
    async ({ params: { name } }) => {
      const closure = closures.of(name)
      if (closure === undefined) throw noSite(name)
      return closure
    },
  )

  app.get(
    '/site-definitions/:name/plan',
    { schema: { params: NameParams, response: { 200: SitePlan } } },
    async ({ params: { name } }) => plans.of(name),
  )
}
