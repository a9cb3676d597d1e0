// Agent credentials of this appliance. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AddedAgentCredential, AgentCredentialList, NewAgentCredential } from '../../contract/appliances.ts'
import { Name } from '../../contract/values.ts'
import type { AgentCredentials } from '../agent-credentials.ts'

interface CredentialRoutesDeps {
  readonly credentials: AgentCredentials
}

const ByName = Type.Object({ name: Name })
const Nothing = Type.Null()
const tags = ['appliances']

export const credentialRoutes: FastifyPluginAsyncTypebox<CredentialRoutesDeps> = async (app, { credentials }) => {
  app.get(
    '/agent-credentials',
    { schema: { tags, summary: 'Credentials by which other agents come here', response: { 200: AgentCredentialList } } },
    async () => ({ credentials: [...credentials.list()] }),
  )

  app.post(
    '/agent-credentials',
    {
      schema: {
        tags,
        summary: 'Make an agent credential; its secret is told this once',
        body: NewAgentCredential,
        response: { 201: AddedAgentCredential },
      },
    },
    async ({ body }, reply) => reply.code(201).send(await credentials.add(body.name)),
  )

  app.delete(
    '/agent-credentials/:name',
    { schema: { tags, summary: 'Refuse a credential from now on', params: ByName, response: { 204: Nothing } } },
    async ({ params }, reply) => {
      await credentials.remove(params.name)
      return reply.code(204).send(null)
    },
  )
}
