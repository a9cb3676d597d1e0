// Files that an agent adds to its job. Mounted inside the agent API, which authenticates and sets request.agentNodeId.
import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { JobFileName } from '../../contract/agent-api.ts'
import type { JobFiles } from '../job/job-files.ts'
import type { Reports } from '../job/reports.ts'

export interface AgentFileRoutesDeps {
  readonly reports: Reports
  readonly jobFiles: JobFiles
}

const FileParams = Type.Object({ jobId: Type.String(), name: JobFileName })
const FileQuery = Type.Object({ leaseId: Type.String() })

export const agentFileRoutes: FastifyPluginAsyncTypebox<AgentFileRoutesDeps> = async (app, { reports, jobFiles }) => {
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))

  app.post(
    '/jobs/:jobId/files/:name',
    {
      schema: {
        summary: 'Add a file to the job; one of the same name is replaced',
        params: FileParams,
        querystring: FileQuery,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { jobId, name } = request.params
      reports.refuseOthers(request.agentNodeId, jobId, request.query.leaseId)
      await jobFiles.keep(jobId, name, request.body as Readable)
      return reply.code(204).send(null)
    },
  )
}
