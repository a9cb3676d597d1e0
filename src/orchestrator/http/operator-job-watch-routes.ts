// How one job stands, once or as it changes, and the files that it left. Mounted inside the operator API.
import { createReadStream } from 'node:fs'
import { PassThrough } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { JobFileName } from '../../contract/agent-api.ts'
import { JobStanding, type JobView } from '../../contract/job.ts'
import { JobFileList } from '../../contract/operator-api.ts'
import type { Events } from '../../store/index.ts'
import type { JobFiles } from '../job/job-files.ts'
import type { Jobs } from '../job/jobs.ts'

export interface OperatorJobWatchRoutesDeps {
  readonly jobs: Jobs
  readonly jobFiles: JobFiles
  readonly events: Events
  readonly stopping: AbortSignal
}

const JobParams = Type.Object({ jobId: Type.String() })
const FileParams = Type.Object({ jobId: Type.String(), name: JobFileName })
const tags = ['jobs']

export const operatorJobWatchRoutes: FastifyPluginAsyncTypebox<OperatorJobWatchRoutesDeps> = async (
  app,
  { jobs, jobFiles, events, stopping },
) => {
  app.get(
    '/jobs/:jobId/status',
    { schema: { tags, summary: 'How a job stands', params: JobParams, response: { 200: JobStanding } } },
    async (request) => standingOf(await jobs.show(request.params.jobId)),
  )

  app.get(
    '/jobs/:jobId/status/stream',
    { schema: { tags, summary: 'How a job stands, as it changes, to its end (text/event-stream)', params: JobParams } },
    async (request, reply) => {
      const { jobId } = request.params
      const stream = new PassThrough()
      const tell = (job: JobView): void => {
        if (stream.writableEnded) return
        stream.write(`event: status\ndata: ${JSON.stringify(standingOf(job))}\n\n`)
        if (job.status.completedAt !== undefined) stream.end()
      }
      const unsubscribe = events.subscribe(
        (event) => {
          if ('job' in event && event.job.id === jobId) tell(event.job)
        },
        ['job.changed', 'job.progressed'],
      )
      stream.once('close', unsubscribe)
      AbortSignal.any([reply.goneSignal(), stopping]).addEventListener('abort', () => stream.end(), { once: true })
      try {
        tell(await jobs.show(jobId))
      } catch (error) {
        stream.destroy()
        throw error
      }
      return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream)
    },
  )

  app.get(
    '/jobs/:jobId/files',
    { schema: { tags, summary: 'The files that a job left', params: JobParams, response: { 200: JobFileList } } },
    async (request) => {
      const { id } = await jobs.show(request.params.jobId)
      return { files: [...(await jobFiles.list(id))] }
    },
  )

  app.get(
    '/jobs/:jobId/files/:name',
    { schema: { tags, summary: 'One of them', params: FileParams } },
    async (request, reply) => {
      const { id } = await jobs.show(request.params.jobId)
      const { path, sizeBytes } = await jobFiles.find(id, request.params.name)
      return reply.type('application/octet-stream').header('content-length', sizeBytes).send(createReadStream(path))
    },
  )
}

function standingOf({ id, state, attempt, stepIndex, stepKinds, nodeName, status, failure }: JobView): JobStanding {
  return {
    id,
    state,
    attempt,
    step: Math.min(stepIndex + 1, stepKinds.length),
    steps: stepKinds.length,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...status,
    ...(failure === undefined ? {} : { failure }),
  }
}
