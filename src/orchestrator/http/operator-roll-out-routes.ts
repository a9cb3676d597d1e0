// Roll-outs as a person's tools see them. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { NewRollOut, RollOutList, RollOutView } from '../../contract/roll-out.ts'
import { Name } from '../../contract/values.ts'
import { MovePlan } from '../../contract/wanted.ts'
import type { RollOuts } from '../roll-out/roll-outs.ts'

export interface OperatorRollOutRoutesDeps {
  readonly wanted: { readonly rollOuts: RollOuts }
}

const ClassParams = Type.Object({ name: Name })
const RollOutParams = Type.Object({ id: Type.String() })
const tags = ['nodes']

export const operatorRollOutRoutes: FastifyPluginAsyncTypebox<OperatorRollOutRoutesDeps> = async (
  app,
  { wanted: { rollOuts } },
) => {
  app.post(
    '/classes/:name/roll-outs',
    {
      schema: {
        tags,
        summary: 'Bring a version to the nodes of a class, ring by ring',
        params: ClassParams,
        body: NewRollOut,
        response: { 201: RollOutView },
      },
    },
    async ({ params, body }, reply) => reply.code(201).send(await rollOuts.begin(params.name, body)),
  )

  app.post(
    '/classes/:name/roll-out-plans',
    {
      schema: { tags, summary: 'What a roll-out would move', params: ClassParams, body: NewRollOut, response: { 200: MovePlan } },
    },
    async ({ params, body }) => rollOuts.plan(params.name, body),
  )

  app.get(
    '/roll-outs',
    { schema: { tags, summary: 'All roll-outs, newest first', response: { 200: RollOutList } } },
    async () => ({
      rollOuts: [...rollOuts.list()],
    }),
  )

  const one = { tags, params: RollOutParams, response: { 200: RollOutView } }
  app.get('/roll-outs/:id', { schema: { ...one, summary: 'One roll-out, and how its nodes are' } }, async ({ params }) =>
    rollOuts.show(params.id),
  )
  app.post('/roll-outs/:id/pause', { schema: { ...one, summary: 'Let no further node begin' } }, async ({ params }) =>
    rollOuts.pause(params.id),
  )
  app.post('/roll-outs/:id/resume', { schema: { ...one, summary: 'Go on, also after too many failures' } }, async ({ params }) =>
    rollOuts.resume(params.id),
  )
  app.post('/roll-outs/:id/abort', { schema: { ...one, summary: 'Put back all nodes that moved' } }, async ({ params }) =>
    rollOuts.abort(params.id),
  )
}
