// What an agent says and asks about itself and its job. Mounted inside the agent API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  Assignment,
  Claim,
  Heartbeat,
  HeartbeatAnswer,
  Hello,
  HelloAnswer,
  LogLines,
  StepReport,
  StepReportAnswer,
} from '../../contract/agent-api.ts'
import type { Claims, HandedOut } from '../job/claims.ts'
import type { Reports } from '../job/reports.ts'
import type { NodeHello } from '../node-hello.ts'
import { goneSignal } from './gone-signal.ts'

interface AgentJobRoutesDeps {
  readonly hello: NodeHello
  readonly claims: Claims
  readonly reports: Reports
  readonly heartbeatSeconds: number
  readonly leaseSeconds: number
}

const JobParams = Type.Object({ jobId: Type.String() })
const Nothing = Type.Null()
/** A thousand lines of eight thousand characters fit, escaped. */
const LOG_BODY_BYTES = 32 * 1024 * 1024

export const agentJobRoutes: FastifyPluginAsyncTypebox<AgentJobRoutesDeps> = async (
  app,
  { hello, claims, reports, heartbeatSeconds, leaseSeconds },
) => {
  app.post(
    '/hello',
    {
      schema: {
        summary: 'Say which machine this is; enrolls one that was never seen',
        body: Hello,
        response: { 200: HelloAnswer },
      },
    },
    async (request) => {
      const node = await hello.hello(request.agentBootMac, request.body)
      return { nodeId: node.id, nodeName: node.name, nodeState: node.state, heartbeatSeconds }
    },
  )

  app.post(
    '/claim',
    { schema: { summary: 'Wait for a job; 204 when none came', body: Claim, response: { 200: Assignment, 204: Nothing } } },
    async (request, reply) => {
      const handedOut = await claims.claim(request.agentNodeId, request.body.waitSeconds, () => goneSignal(reply))
      return handedOut === undefined ? reply.code(204).send(null) : assignmentOf(handedOut, leaseSeconds)
    },
  )

  app.post(
    '/jobs/:jobId/heartbeat',
    {
      schema: {
        summary: 'Renew the lease and tell the progress',
        params: JobParams,
        body: Heartbeat,
        response: { 200: HeartbeatAnswer },
      },
    },
    async (request) => reports.heartbeat(request.agentNodeId, request.params.jobId, request.body),
  )

  app.post(
    '/jobs/:jobId/log',
    {
      schema: {
        summary: 'Add lines to the job log; lines that are there are ignored',
        params: JobParams,
        body: LogLines,
        response: { 204: Nothing },
      },
      bodyLimit: LOG_BODY_BYTES,
    },
    async (request, reply) => {
      await reports.addLog(request.agentNodeId, request.params.jobId, request.body)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/jobs/:jobId/reports',
    {
      schema: {
        summary: 'Report the end of a step; may be repeated',
        params: JobParams,
        body: StepReport,
        response: { 200: StepReportAnswer },
      },
    },
    async (request) => reports.report(request.agentNodeId, request.params.jobId, request.body),
  )
}

function assignmentOf({ job, life, steps, logLineCount }: HandedOut, leaseSeconds: number): Assignment {
  const { profile } = job.request
  const { profileRevision } = job.pins
  return {
    jobId: job.id,
    leaseId: life.leaseId,
    leaseSeconds,
    attempt: life.attempt,
    kind: job.request.kind,
    steps: [...steps],
    stepIndex: life.stepIndex,
    logLineCount,
    ...(profile === undefined || profileRevision === undefined ? {} : { profile: { name: profile, revision: profileRevision } }),
    whenDone: job.request.whenDone,
  }
}
