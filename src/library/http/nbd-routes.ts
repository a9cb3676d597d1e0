// Names of NBD exports: for a person's tools, mounted inside the operator API; for the machine of a job, inside the agent API. Both authenticate.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { VersionParams } from '../../contract/image-transfer.ts'
import { NbdExportView, NbdRequest } from '../../contract/nbd.ts'
import { type ContentDesk, notOfThisJob } from '../image/job-content.ts'
import type { NbdDesk } from '../nbd/nbd-desk.ts'

interface NbdRoutesDeps {
  readonly nbd: NbdDesk
}

/** An agent connects at once. */
const AGENT_SECONDS = 60

export const nbdRoutes: FastifyPluginAsyncTypebox<NbdRoutesDeps> = async (app, { nbd }) => {
  app.post(
    '/images/:imageName/versions/:version/nbd',
    { schema: { params: VersionParams, body: NbdRequest, response: { 201: NbdExportView } } },
    async (request, reply) => {
      const { disk = 1, address = request.ip, minutes } = request.body
      const to = { host: request.hostname, address, seconds: minutes * 60, isOnce: false }
      const view = await nbd.offer({ ...request.params, disk }, to)
      return reply.code(201).send(view)
    },
  )
}

interface AgentNbdRoutesDeps extends NbdRoutesDeps {
  readonly contents: ContentDesk
}

const JobParams = Type.Object({ jobId: Type.String() })

/** The first disk of the version that the job is pinned to, for one connection from the machine's own address. */
export const agentNbdRoutes: FastifyPluginAsyncTypebox<AgentNbdRoutesDeps> = async (app, { nbd, contents }) => {
  app.post('/jobs/:jobId/nbd', { schema: { params: JobParams, response: { 201: NbdExportView } } }, async (request, reply) => {
    const content = contents.contentOf(request.agentNodeId)
    if (content === undefined || content === 'everything' || content.jobId !== request.params.jobId) throw notOfThisJob()
    const { imageName, version } = content
    if (version === undefined) throw notOfThisJob()
    const to = { host: request.hostname, address: request.ip, seconds: AGENT_SECONDS, isOnce: true }
    return reply.code(201).send(await nbd.offer({ imageName, version, disk: 1 }, to))
  })
}
