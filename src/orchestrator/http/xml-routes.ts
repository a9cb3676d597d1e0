// The job list and the status of a job in the older XML, at the addresses where older tools look.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AppError } from '../../contract/errors.ts'
import type { JobView } from '../../contract/job.ts'
import { writeJobList, type XmlJob } from '../../contract/xml/job-list.ts'
import { writeJobStatus } from '../../contract/xml/job-status.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import type { Jobs } from '../job/jobs.ts'
import { workerNameOf } from '../worker/worker-name.ts'
import type { Workers } from '../worker/workers.ts'

interface XmlRoutesDeps {
  readonly jobs: Jobs
  readonly workers: Workers
  readonly clock: Clock
}

const ListQuery = Type.Object({
  batch: Type.Optional(Type.String({ description: 'Only the jobs of this batch (BUILDNUMBER), ended ones included.' })),
})
const JobParams = Type.Object({ jobId: Type.String() })
const tags = ['jobs']
const security = [{ token: [] }]
/** How far back jobs are known by the id of another system. */
const LOOKED_BACK = 10_000

export const xmlRoutes: FastifyPluginAsyncTypebox<XmlRoutesDeps> = async (app, { jobs, workers, clock }) => {
  app.get(
    '/relbuild.xml',
    { schema: { tags, security, summary: 'Builds that wait or run, as a job list in XML', querystring: ListQuery } },
    async ({ query }, reply) => {
      const all = await jobs.list(query.batch === undefined ? 0 : LOOKED_BACK)
      const listed = all.filter(
        ({ request, status }) =>
          request.kind === 'build' &&
          (query.batch === undefined ? status.completedAt === undefined : request.batch === query.batch),
      )
      const text = writeJobList({
        buildTime: inCommon(listed, ({ request }) => request.importedFrom?.builtAt) ?? instantOf(clock.now()),
        buildNumber: inCommon(listed, ({ request }) => request.batch),
        logFile: inCommon(listed, ({ request }) => request.importedFrom?.logFile),
        title: inCommon(listed, ({ request }) => request.importedFrom?.title) ?? 'Platen',
        jobs: xmlJobsOf(listed),
      })
      return reply.type('application/xml; charset=utf-8').send(text)
    },
  )

  app.get(
    '/jobs/:jobId.xml',
    { schema: { tags, security, summary: 'The status of a job in XML', params: JobParams } },
    async ({ params, worker }, reply) => {
      const job = await findJob(jobs, params.jobId)
      if (worker !== '' && workers.isAvailable(job.id)) throw notTaken(job.id)
      return reply.type(XML).send(statusTextOf(job))
    },
  )
}

export const XML = 'application/xml; charset=utf-8'

export function statusTextOf({ nodeName, nodeId, state, stepKinds, stepIndex, status }: JobView): string {
  const { completedAt, minorState, percent, secondsLeft } = status
  const isRunning = state === 'running'
  const ofNode = isRunning && workerNameOf(nodeId) === undefined
  return writeJobStatus({
    clientId: nodeName ?? nodeId,
    // One that was put back has no client, and has not been started by the next.
    startedAt: state === 'queued' ? undefined : status.startedAt,
    completedAt,
    state,
    minorState: ofNode ? `${stepKinds[stepIndex]}: ${minorState}` : minorState,
    ...(isRunning ? { percent, secondsLeft } : {}),
  })
}

function notTaken(jobId: string): AppError {
  return new AppError(
    'JOB_NOT_TAKEN',
    `nobody has taken the job ${jobId}`,
    'A worker takes it by PUT to this address with If-None-Match: *.',
  )
}

/** What all of them say; undefined when they do not agree, or there are none. */
function inCommon(listed: readonly JobView[], of: (job: JobView) => string | undefined): string | undefined {
  const said = new Set(listed.map(of))
  return said.size === 1 ? [...said][0] : undefined
}

/** By its own id, else the newest that another system knows by this one. */
export async function findJob(jobs: Jobs, id: string): Promise<JobView> {
  try {
    return await jobs.show(id)
  } catch (error) {
    const known = (await jobs.list(LOOKED_BACK)).filter(({ request }) => request.externalId === id)
    const [newest] = known.sort((a, b) => (a.queuedAt < b.queuedAt ? 1 : -1))
    if (newest === undefined) throw error
    return newest
  }
}

/** An id of another system that two of them have would make a list that nobody can read. */
function xmlJobsOf(listed: readonly JobView[]): readonly XmlJob[] {
  const counts = new Map<string | undefined, number>()
  for (const { request } of listed) counts.set(request.externalId, (counts.get(request.externalId) ?? 0) + 1)
  return listed.map((job) => xmlJobOf(job, counts.get(job.request.externalId) === 1))
}

function xmlJobOf({ id, request, imageName }: JobView, isOnly: boolean): XmlJob {
  const { externalId, title, needs, profile, completeTimeoutSeconds } = request
  return {
    id: externalId !== undefined && isOnly ? externalId : id,
    title,
    configType: needs?.configType,
    installScript: profile,
    imageScript: imageName,
    timeoutSeconds: completeTimeoutSeconds,
  }
}
