// Hooks that are told of notices. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Hook, HookList, HookView } from '../../contract/notices.ts'
import { Name } from '../../contract/values.ts'
import type { Notices } from '../notices/notices.ts'

export interface OperatorHookRoutesDeps {
  readonly notices: Notices
}

const HookParams = Type.Object({ name: Name })
const tags = ['notices']

export const operatorHookRoutes: FastifyPluginAsyncTypebox<OperatorHookRoutesDeps> = async (app, { notices }) => {
  app.get('/hooks', { schema: { tags, summary: 'Who is told of what', response: { 200: HookList } } }, async () => ({
    hooks: [...notices.list()],
  }))

  app.put(
    '/hooks/:name',
    { schema: { tags, summary: 'Make or replace a hook', params: HookParams, body: Hook, response: { 200: HookView } } },
    async ({ params, body }) => notices.set(params.name, body),
  )

  app.delete(
    '/hooks/:name',
    { schema: { tags, summary: 'Remove a hook', params: HookParams, response: { 204: Type.Null() } } },
    async (request, reply) => {
      await notices.remove(request.params.name)
      return reply.code(204).send(null)
    },
  )
}
