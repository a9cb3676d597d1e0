// Jobs as a person's tools see them. Mounted inside the operator API.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { JobRequest, JobView } from '../../contract/job.ts'
import { JobWait } from '../../contract/job-wait.ts'
import { JobCancel, JobHold, JobList, JobLog, JobMove } from '../../contract/operator-api.ts'
import type { Jobs } from '../job/jobs.ts'
import type { JobLogs } from '../job/log-files.ts'
import { readLogLines, streamLog } from '../job/log-reader.ts'
import type { Waiting } from '../job/waiting.ts'

export interface OperatorJobRoutesDeps {
  readonly jobs: Jobs
  readonly waiting: Waiting
  readonly logs: JobLogs
  readonly stopping: AbortSignal
}

const JobParams = Type.Object({ jobId: Type.String() })
const ListQuery = Type.Object({
  ended: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, description: 'How many ended jobs.' })),
})
const LogQuery = Type.Object({ fromLine: Type.Integer({ minimum: 0, default: 0 }) })
const TextQuery = Type.Object({ follow: Type.Boolean({ default: false, description: 'Go on until the job has ended.' }) })
const tags = ['jobs']
const LINES_AT_ONCE = 5000

export const operatorJobRoutes: FastifyPluginAsyncTypebox<OperatorJobRoutesDeps> = async (
  app,
  { jobs, waiting, logs, stopping },
) => {
  app.get(
    '/jobs',
    {
      schema: {
        tags,
        summary: 'Jobs: running, queued in their order, the latest ended',
        querystring: ListQuery,
        response: { 200: JobList },
      },
    },
    async (request) => ({ jobs: [...(await jobs.list(request.query.ended))] }),
  )

  app.post(
    '/jobs',
    { schema: { tags, summary: 'Post a job', body: JobRequest, response: { 201: JobView } } },
    async (request, reply) => reply.code(201).send(await jobs.post(request.body)),
  )

  app.get(
    '/jobs/:jobId',
    { schema: { tags, summary: 'One job', params: JobParams, response: { 200: JobView } } },
    async (request) => jobs.show(request.params.jobId),
  )

  app.get(
    '/jobs/:jobId/wait',
    {
      schema: {
        tags,
        summary: 'Why a job waits: who would take it, and what stands against the others',
        params: JobParams,
        response: { 200: JobWait },
      },
    },
    async (request) => waiting.why(request.params.jobId),
  )

  app.post(
    '/jobs/:jobId/cancel',
    { schema: { tags, summary: 'Stop a job', params: JobParams, body: JobCancel, response: { 200: JobView } } },
    async (request) => jobs.cancel(request.params.jobId, request.body.reason ?? 'by an operator'),
  )

  app.post(
    '/jobs/:jobId/hold',
    {
      schema: {
        tags,
        summary: 'Offer a job to nobody; take it from its node',
        params: JobParams,
        body: JobHold,
        response: { 200: JobView },
      },
    },
    async (request) => jobs.hold(request.params.jobId, request.body.reason ?? 'by an operator'),
  )

  app.post(
    '/jobs/:jobId/resume',
    { schema: { tags, summary: 'Offer a held job again', params: JobParams, response: { 200: JobView } } },
    async (request) => jobs.resume(request.params.jobId),
  )

  app.post(
    '/jobs/:jobId/move',
    {
      schema: {
        tags,
        summary: 'Put a queued job before another, or first',
        params: JobParams,
        body: JobMove,
        response: { 200: JobView },
      },
    },
    async (request) => jobs.move(request.params.jobId, request.body.before),
  )

  app.get(
    '/jobs/:jobId/log',
    { schema: { tags, summary: 'Lines of the job log', params: JobParams, querystring: LogQuery, response: { 200: JobLog } } },
    async (request) => {
      const { id } = await jobs.show(request.params.jobId)
      return readLogLines(logs, id, request.query.fromLine, LINES_AT_ONCE)
    },
  )

  app.get(
    '/jobs/:jobId/log.txt',
    {
      schema: {
        tags,
        summary: 'The job log as text, as it grows when asked to follow',
        params: JobParams,
        querystring: TextQuery,
      },
    },
    async (request, reply) => {
      const { id } = await jobs.show(request.params.jobId)
      const isOver = async (): Promise<boolean> => !request.query.follow || (await jobs.show(id)).status.completedAt !== undefined
      const signal = AbortSignal.any([reply.goneSignal(), stopping])
      return reply.type('text/plain; charset=utf-8').send(Readable.from(streamLog(logs, id, isOver, signal)))
    },
  )
}
