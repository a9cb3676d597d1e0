// The central of this appliance as people here see it. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { CentralView, Join } from '../../../contract/central/follow-api.ts'
import type { Follower } from './follower.ts'

const Nothing = Type.Null()

export const centralRoutes: FastifyPluginAsyncTypebox<{ readonly follower: Follower }> = async (app, { follower }) => {
  app.get('/central', { schema: { response: { 200: CentralView } } }, async () => follower.view())

  app.post('/central/join', { schema: { body: Join, response: { 200: CentralView } } }, async ({ body }) =>
    follower.join(body.url, body.code),
  )

  app.delete('/central', { schema: { response: { 204: Nothing } } }, async (_request, reply) => {
    await follower.leave()
    return reply.code(204).send(null)
  })
}
