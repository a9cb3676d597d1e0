// Nodes as a person's tools see them. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { NodeChange, NodeList, NodeView } from '../../contract/operator-api.ts'
import type { Nodes } from '../nodes.ts'

interface OperatorNodeRoutesDeps {
  readonly nodes: Nodes
}

const NodeParams = Type.Object({ node: Type.String({ description: 'Id or name.' }) })
const tags = ['nodes']

export const operatorNodeRoutes: FastifyPluginAsyncTypebox<OperatorNodeRoutesDeps> = async (app, { nodes }) => {
  app.get('/nodes', { schema: { tags, summary: 'All nodes', response: { 200: NodeList } } }, async () => ({
    nodes: nodes.list().map((node) => nodes.view(node)),
  }))

  app.get(
    '/nodes/:node',
    { schema: { tags, summary: 'One node', params: NodeParams, response: { 200: NodeView } } },
    async (request) => nodes.view(nodes.find(request.params.node)),
  )

  app.patch(
    '/nodes/:node',
    { schema: { tags, summary: 'Rename a node', params: NodeParams, body: NodeChange, response: { 200: NodeView } } },
    async ({ params, body }) =>
      nodes.view(body.name === undefined ? nodes.find(params.node) : await nodes.rename(params.node, body.name)),
  )

  app.post(
    '/nodes/:node/approve',
    {
      schema: {
        tags,
        summary: 'Allow jobs on a node, and name it',
        params: NodeParams,
        body: NodeChange,
        response: { 200: NodeView },
      },
    },
    async ({ params, body }) => nodes.view(await nodes.approve(params.node, body.name)),
  )
}
