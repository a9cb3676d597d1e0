// What an agent shows of the records on its disks, and the signature under the one that its deploy leaves. Mounted inside the agent API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { FoundRecords, RecordAnswer, RecordRequest } from '../../contract/disk-record.ts'
import { RunningNodeFiles, RunningNodeRequest } from '../../contract/node-words.ts'
import { Present } from '../../contract/present.ts'
import type { Reports } from '../job/reports.ts'
import type { RecordDesk } from '../present/record-desk.ts'
import { runningNodeFiles } from '../running/node-files.ts'

export interface AgentRecordRoutesDeps {
  readonly recordDesk: RecordDesk
  readonly reports: Reports
  /** What a roll-out that has come to the node wants to know of its system. */
  readonly wanted: { readonly rollOuts: { healthProgramFor(nodeId: string): string | undefined } }
  readonly nodeCredentials: { issue(nodeId: string): Promise<string> }
  /** Left out: this appliance speaks no HTTPS. */
  readonly ca?: (() => string) | undefined
}

const JobParams = Type.Object({ jobId: Type.String() })

export const agentRecordRoutes: FastifyPluginAsyncTypebox<AgentRecordRoutesDeps> = async (app, deps) => {
  const { recordDesk, reports, nodeCredentials } = deps
  app.post(
    '/present',
    {
      schema: {
        summary: 'Show the records that stand on the disks of this machine',
        body: FoundRecords,
        response: { 200: Present },
      },
    },
    async (request) => recordDesk.prove(request.agentNodeId, request.body),
  )

  app.post(
    '/jobs/:jobId/record',
    {
      schema: {
        summary: 'Have the record of a deploy signed, one for each of its disks',
        params: JobParams,
        body: RecordRequest,
        response: { 200: RecordAnswer },
      },
    },
    async (request) => ({ records: [...(await recordDesk.sign(request.agentNodeId, request.params.jobId, request.body))] }),
  )

  app.post(
    '/jobs/:jobId/running-node',
    {
      schema: {
        summary: 'What a deployed system needs to speak for itself; makes a new secret',
        params: JobParams,
        body: RunningNodeRequest,
        response: { 200: RunningNodeFiles },
      },
    },
    async (request) => {
      reports.atStep(request.agentNodeId, request.params.jobId, request.body.leaseId, 'personalise')
      // As this machine reaches the appliance now, so will its system.
      const applianceUrl = `${request.protocol}://${request.host}`
      const healthProgram = deps.wanted.rollOuts.healthProgramFor(request.agentNodeId)
      const secret = await nodeCredentials.issue(request.agentNodeId)
      const ca = request.protocol === 'https' ? deps.ca?.() : undefined
      return runningNodeFiles({
        applianceUrl,
        ...(ca === undefined ? {} : { ca }),
        secret,
        ...(healthProgram === undefined ? {} : { healthProgram }),
      })
    },
  )
}
