// The job list and the status of a job in the older XML, at the addresses where older tools look.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { JobView } from '../../contract/job.ts'
import { writeJobList, type XmlJob } from '../../contract/xml/job-list.ts'
import { writeJobStatus } from '../../contract/xml/job-status.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import type { Jobs } from '../job/jobs.ts'

interface XmlRoutesDeps {
  readonly jobs: Jobs
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

export const xmlRoutes: FastifyPluginAsyncTypebox<XmlRoutesDeps> = async (app, { jobs, clock }) => {
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
    async ({ params }, reply) => {
      const { nodeName, nodeId, state, status } = await findJob(jobs, params.jobId)
      const { completedAt, majorState, minorState } = status
      // One that was put back has no client, and has not been started by the next.
      const startedAt = state === 'queued' ? undefined : status.startedAt
      const text = writeJobStatus({ clientId: nodeName ?? nodeId, startedAt, completedAt, majorState, minorState })
      return reply.type('application/xml; charset=utf-8').send(text)
    },
  )
}

/** What all of them say; undefined when they do not agree, or there are none. */
function inCommon(listed: readonly JobView[], of: (job: JobView) => string | undefined): string | undefined {
  const said = new Set(listed.map(of))
  return said.size === 1 ? [...said][0] : undefined
}

/** By its own id, else the newest that another system knows by this one. */
async function findJob(jobs: Jobs, id: string): Promise<JobView> {
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
