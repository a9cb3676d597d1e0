// Jobs by the clock. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Schedule, ScheduleList, ScheduleView } from '../../contract/schedules.ts'
import { Name } from '../../contract/values.ts'
import type { Schedules } from '../schedule/schedules.ts'

export interface OperatorScheduleRoutesDeps {
  readonly schedules: Schedules
}

const ScheduleParams = Type.Object({ name: Name })
const tags = ['jobs']

export const operatorScheduleRoutes: FastifyPluginAsyncTypebox<OperatorScheduleRoutesDeps> = async (app, { schedules }) => {
  app.get(
    '/schedules',
    { schema: { tags, summary: 'Jobs that are posted by the clock', response: { 200: ScheduleList } } },
    async () => ({
      schedules: [...schedules.list()],
    }),
  )

  app.get(
    '/schedules/:name',
    { schema: { tags, summary: 'One schedule', params: ScheduleParams, response: { 200: ScheduleView } } },
    async ({ params }) => schedules.show(params.name),
  )

  app.put(
    '/schedules/:name',
    {
      schema: {
        tags,
        summary: 'Make or replace a schedule',
        params: ScheduleParams,
        body: Schedule,
        response: { 200: ScheduleView },
      },
    },
    async ({ params, body }) => schedules.set(params.name, body),
  )

  app.delete(
    '/schedules/:name',
    {
      schema: {
        tags,
        summary: 'Remove a schedule; jobs that it posted stay',
        params: ScheduleParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await schedules.remove(request.params.name)
      return reply.code(204).send(null)
    },
  )
}
