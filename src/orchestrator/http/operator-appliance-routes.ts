// The list of other appliances that its agents are told. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AgentConfigView, ApplianceEntry, ApplianceList, ApplianceView } from '../../contract/appliances.ts'
import { Name } from '../../contract/values.ts'
import type { AppliancesListed } from '../directory/appliance-list.ts'
import type { Nodes } from '../node/nodes.ts'

export interface OperatorApplianceRoutesDeps {
  readonly appliances: AppliancesListed
  readonly nodes: Nodes
}

const ByName = Type.Object({ name: Name })
const ByNode = Type.Object({ node: Type.String() })
const Nothing = Type.Null()
const tags = ['appliances']

export const operatorApplianceRoutes: FastifyPluginAsyncTypebox<OperatorApplianceRoutesDeps> = async (
  app,
  { appliances, nodes },
) => {
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
