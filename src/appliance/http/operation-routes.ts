// Long work of the appliance: watched and called off. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Operation, OperationList } from '../../contract/operations.ts'
import type { Operations } from '../../store/index.ts'

const Params = Type.Object({ operation: Type.String({ maxLength: 100 }) })

export const operationRoutes: FastifyPluginAsyncTypebox<{ readonly operations: Operations }> = async (app, { operations }) => {
  app.get('/operations', { schema: { response: { 200: OperationList } } }, async () => ({ operations: [...operations.list()] }))

  app.get('/operations/:operation', { schema: { params: Params, response: { 200: Operation } } }, async ({ params }) =>
    operations.show(params.operation),
  )

  app.post(
    '/operations/:operation/cancel',
    { schema: { params: Params, response: { 202: Operation } } },
    async ({ params }, reply) => reply.code(202).send(operations.cancel(params.operation)),
  )
}
