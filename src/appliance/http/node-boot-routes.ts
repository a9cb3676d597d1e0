// How a node booted, step by step: netboot knows the steps, the orchestrator whose they are. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { NodeBoots } from '../../contract/boot-steps.ts'

export interface NodeBootRoutesDeps {
  /** Every address that the node may boot from. Throws NODE_NOT_FOUND. */
  macsOf(idOrName: string): readonly string[]
  bootsOf(macs: readonly string[]): NodeBoots
}

const NodeParams = Type.Object({ node: Type.String({ description: 'Id or name.' }) })

export function nodeBootRoutes({ macsOf, bootsOf }: NodeBootRoutesDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/nodes/:node/boots',
      {
        schema: {
          tags: ['nodes'],
          summary: 'How a node booted lately, step by step',
          params: NodeParams,
          response: { 200: NodeBoots },
        },
      },
      async ({ params }) => bootsOf(macsOf(params.node)),
    )
  }
}
