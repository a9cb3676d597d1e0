// Agent credentials of this appliance, and the list of other appliances that its agents are told. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  AddedAgentCredential,
  AgentConfigView,
  AgentCredentialList,
  ApplianceEntry,
  ApplianceList,
  ApplianceView,
  NewAgentCredential,
} from '../../contract/appliances.ts'
import { Name } from '../../contract/values.ts'
import type { AgentCredentials } from '../directory/agent-credentials.ts'
import type { AppliancesListed } from '../directory/appliance-list.ts'
import type { Nodes } from '../node/nodes.ts'

interface OperatorApplianceRoutesDeps {
  readonly credentials: AgentCredentials
  readonly appliances: AppliancesListed
  readonly nodes: Nodes
}

const ByName = Type.Object({ name: Name })
const ByNode = Type.Object({ node: Type.String() })
const Nothing = Type.Null()
const tags = ['appliances']

export const operatorApplianceRoutes: FastifyPluginAsyncTypebox<OperatorApplianceRoutesDeps> = async (
  app,
  { credentials, appliances, nodes },
) => {
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

  app.get(
    '/appliances',
    { schema: { tags, summary: 'Other appliances that agents are told of', response: { 200: ApplianceList } } },
    async () => ({ appliances: [...appliances.list()] }),
  )

  app.put(
    '/appliances/:name',
    {
      schema: {
        tags,
        summary: 'List another appliance, or change its entry',
        params: ByName,
        body: ApplianceEntry,
        response: { 200: ApplianceView },
      },
    },
    async ({ params, body }) => appliances.set(params.name, body),
  )

  app.delete(
    '/appliances/:name',
    { schema: { tags, summary: 'Take an appliance off the list', params: ByName, response: { 204: Nothing } } },
    async ({ params }, reply) => {
      await appliances.remove(params.name)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/nodes/:node/agent-config',
    {
      schema: {
        tags,
        summary: 'What an agent of this node may be started with, credentials included',
        params: ByNode,
        response: { 200: AgentConfigView },
      },
    },
    async ({ params }) => {
      const { name, configTypes = [], agentConfigTypes = [] } = nodes.find(params.node)
      return { id: name, configTypes: [...new Set([...configTypes, ...agentConfigTypes])], appliances: appliances.forAgents() }
    },
  )
}
