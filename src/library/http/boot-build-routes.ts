// Builds of the boot OS as a person's tools see them. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { BootBuildList, BootBuildView } from '../../contract/boot-build.ts'
import { Architecture } from '../../contract/values.ts'
import type { BootBuilds } from '../boot-build/boot-builds.ts'

interface BootBuildRoutesDeps {
  readonly bootBuilds: BootBuilds
}

/** Without its name: the description of the API knows no names in a path. */
const { $id: _name, ...architecture } = Architecture as typeof Architecture & { $id?: string }
const Params = Type.Object({ architecture, number: Type.Integer({ minimum: 1 }) })

export const bootBuildRoutes: FastifyPluginAsyncTypebox<BootBuildRoutesDeps> = async (app, { bootBuilds }) => {
  app.get('/boot-builds', { schema: { response: { 200: BootBuildList } } }, async () => {
    // What `platen boot build` just made is there at once.
    await bootBuilds.look()
    return { builds: bootBuilds.list().map((each) => bootBuilds.summary(each)) }
  })

  app.get(
    '/boot-builds/:architecture/:number',
    { schema: { params: Params, response: { 200: BootBuildView } } },
    async ({ params }) => {
      await bootBuilds.look()
      return bootBuilds.view(bootBuilds.find(params.architecture, params.number))
    },
  )

  app.post(
    '/boot-builds/:architecture/:number/use',
    { schema: { params: Params, response: { 200: BootBuildView } } },
    async ({ params }) => {
      await bootBuilds.look()
      return bootBuilds.view(await bootBuilds.use(params.architecture, params.number))
    },
  )

  app.delete(
    '/boot-builds/:architecture/:number',
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params }, reply) => {
      await bootBuilds.look()
      await bootBuilds.remove(params.architecture, params.number)
      return reply.code(204).send(null)
    },
  )
}
