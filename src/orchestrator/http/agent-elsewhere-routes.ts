// An agent tells the appliance that booted its machine that it works for another one now. Mounted inside the agent API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ElsewhereReport } from '../../contract/appliances.ts'
import type { Clock } from '../../store/index.ts'
import { withWorkElsewhere } from '../directory/elsewhere.ts'
import type { Nodes } from '../node/nodes.ts'

export interface AgentElsewhereRoutesDeps {
  readonly nodes: Nodes
  readonly clock: Clock
}

export const agentElsewhereRoutes: FastifyPluginAsyncTypebox<AgentElsewhereRoutesDeps> = async (app, { nodes, clock }) => {
  app.post(
    '/elsewhere',
    {
      schema: {
        summary: 'Say that this machine works for another appliance, or no longer',
        body: ElsewhereReport,
        response: { 204: Type.Null() },
      },
    },
    async ({ agentNodeId, body }, reply) => {
      nodes.touch(agentNodeId)
      const node = nodes.get(agentNodeId)
      const isNews = node !== undefined && (body.work !== null || node.elsewhere !== undefined)
      if (isNews) await nodes.change(withWorkElsewhere(node, body.work, clock.now() + body.forSeconds * 1000))
      return reply.code(204).send(null)
    },
  )
}
