// Secrets for the steps of profiles: set, listed by name, removed. Their values go out to agents alone. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { NewSecret, SecretList, SecretView } from '../../contract/secrets.ts'
import { Name } from '../../contract/values.ts'
import type { ProfileSecrets } from '../profile-secrets.ts'

const BySecret = Type.Object({ secret: Name })

export const secretRoutes: FastifyPluginAsyncTypebox<{ readonly secrets: ProfileSecrets }> = async (app, { secrets }) => {
  app.get('/secrets', { schema: { response: { 200: SecretList } } }, async () => ({ secrets: [...secrets.list()] }))

  app.put(
    '/secrets/:secret',
    { schema: { params: BySecret, body: NewSecret, response: { 200: SecretView } } },
    async ({ params, body, caller }) => await secrets.set(params.secret, body.value, caller.name),
  )

  app.delete('/secrets/:secret', { schema: { params: BySecret, response: { 204: Type.Null() } } }, async ({ params }, reply) => {
    await secrets.remove(params.secret)
    return reply.code(204).send(null)
  })
}
