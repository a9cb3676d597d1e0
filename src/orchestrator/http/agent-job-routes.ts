// What an agent says and asks about itself and its job. Mounted inside the agent API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  Assignment,
  Claim,
  Departure,
  Heartbeat,
  HeartbeatAnswer,
  Hello,
  HelloAnswer,
  LeaveAnswer,
  LogLines,
  StepReport,
  StepReportAnswer,
} from '../../contract/agent-api.ts'
import { SecretsWish, StepSecrets } from '../../contract/secrets.ts'
import { mayUseBootNext } from '../boot/local-boot.ts'
import type { DirectoryDesk } from '../directory/directory-desk.ts'
import type { Claims, HandedOut } from '../job/claims.ts'
import type { Departures } from '../job/departures.ts'
import type { Reports } from '../job/reports.ts'
import type { NodeHello } from '../node/hello.ts'
import type { Provisioning } from '../node/provisioning.ts'
import { hasRecordInFile } from '../present/judge.ts'
import type { NodeRestarts } from '../remote/node-restarts.ts'
import type { RunningNodes } from '../running/running-nodes.ts'

export interface AgentJobRoutesDeps {
  readonly hello: NodeHello
  readonly claims: Claims
  readonly reports: Reports
  readonly departures: Departures
  readonly nodeRestarts: NodeRestarts
  readonly runningNodes: RunningNodes
  readonly directory: DirectoryDesk
  readonly provisioning: Provisioning
  readonly heartbeatSeconds: number
  readonly leaseSeconds: number
}

const JobParams = Type.Object({ jobId: Type.String() })
const Nothing = Type.Null()

export const agentJobRoutes: FastifyPluginAsyncTypebox<AgentJobRoutesDeps> = async (
  app,
  { hello, claims, reports, departures, nodeRestarts, runningNodes, directory, provisioning, heartbeatSeconds, leaseSeconds },
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
      const speaker = { mac: request.agentBootMac, boot: request.agentBoot, origin: request.agentOrigin }
      const node = await hello.hello(speaker, request.body)
      await nodeRestarts.heardFrom(node.id, request.peer())
      runningNodes.hasStarted(node.id)
      return {
        nodeId: node.id,
        nodeName: node.name,
        nodeState: node.state,
        heartbeatSeconds,
        usesBootNext: mayUseBootNext(node.localBoot ?? {}),
        ...(hasRecordInFile(node) ? { hasRecordInFile: true } : {}),
        ...directory.helloWords(node, request.agentOrigin !== 'booted'),
      }
    },
  )

  app.post(
    '/leave',
    {
      schema: {
        summary: 'Say that the machine goes to its disk; answered when it may',
        body: Type.Object({}),
        response: { 200: LeaveAnswer },
      },
    },
    async (request) => {
      await provisioning.leave(request.agentNodeId)
      return { mayLeave: true as const }
    },
  )

  app.post(
    '/claim',
    { schema: { summary: 'Wait for a job; 204 when none came', body: Claim, response: { 200: Assignment, 204: Nothing } } },
    async (request, reply) => {
      const agent = { nodeId: request.agentNodeId, boot: request.agentBoot }
      const given = await directory.claim({
        ...agent,
        mac: request.agentBootMac,
        waitSeconds: request.body.waitSeconds,
        gone: () => reply.goneSignal(),
        ownClaim: (waitSeconds, gone) => claims.claim(agent, waitSeconds, gone),
      })
      if (given === undefined) return reply.code(204).send(null)
      return 'own' in given ? assignmentOf(given.own, leaseSeconds) : given.theirs
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
    '/jobs/:jobId/departure',
    {
      schema: {
        summary: 'The machine goes down now for a reboot step; may be repeated',
        params: JobParams,
        body: Departure,
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const agent = { nodeId: request.agentNodeId, boot: request.agentBoot }
      await departures.depart(agent, request.params.jobId, request.body)
      return reply.code(204).send(null)
    },
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
    },
    async (request, reply) => {
      await reports.addLog(request.agentNodeId, request.params.jobId, request.body)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/jobs/:jobId/secrets',
    { schema: { params: JobParams, body: SecretsWish, response: { 200: StepSecrets } } },
    async (request) => ({ secrets: reports.secretsFor(request.agentNodeId, request.params.jobId, request.body) }),
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

function assignmentOf({ job, life, plan, logLineCount }: HandedOut, leaseSeconds: number): Assignment {
  const { profile } = job.request
  const { profileRevision } = job.pins
  return {
    jobId: job.id,
    leaseId: life.leaseId,
    leaseSeconds,
    attempt: life.attempt,
    kind: job.request.kind,
    steps: [...plan.steps],
    stepIndex: life.stepIndex,
    ...(plan.onFailure === undefined ? {} : { onFailure: plan.onFailure }),
    ...(life.isFailing === undefined ? {} : { hasFailed: true }),
    logLineCount,
    ...(profile === undefined || profileRevision === undefined ? {} : { profile: { name: profile, revision: profileRevision } }),
    whenDone: job.request.whenDone,
  }
}
