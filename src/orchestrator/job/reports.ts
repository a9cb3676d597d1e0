// What an agent tells about the job that it holds: heartbeats, log lines, ends of steps. All of it may come twice.
import { createHash } from 'node:crypto'
import type { Heartbeat, HeartbeatAnswer, LogLines, StepReport, StepReportAnswer } from '../../contract/agent-api.ts'
import type { StepResult } from '../../contract/job.ts'
import {
  type CaptureAct,
  type CaptureDesk,
  type CaptureOrigin,
  type ContentDesk,
  type JobContent,
  notOfThisJob,
} from '../../library/index.ts'
import type { Nodes } from '../node/nodes.ts'
import { type JobChanges, rulesOf } from './changes.ts'
import { isWorthRepeating, leaseLost, outOfOrder, unnamed } from './failures.ts'
import type { JobBook } from './job-book.ts'
import type { Leases } from './leases.ts'
import type { JobLogs } from './log-files.ts'
import type { JobRecord } from './record.ts'
import { type JobEvent, type JobLife, type Running, transition } from './transition.ts'

interface ReportsDeps {
  readonly book: JobBook
  readonly changes: JobChanges
  readonly nodes: Nodes
  readonly leases: Leases
  readonly logs: JobLogs
}

type Order = StepReportAnswer['order']

/** During which steps an agent may do it; left out: at any time. */
const STEPS_OF_ACT: Readonly<Record<CaptureAct, readonly string[] | undefined>> = {
  note: undefined,
  store: ['capture', 'heal'],
  publish: ['capture'],
}

export class Reports implements CaptureDesk, ContentDesk {
  readonly #deps: ReportsDeps

  constructor(deps: ReportsDeps) {
    this.#deps = deps
  }

  /** From memory, into memory. */
  heartbeat(nodeId: string, jobId: string, { leaseId, ...progress }: Heartbeat): HeartbeatAnswer {
    const { book, leases, nodes } = this.#deps
    nodes.touch(nodeId)
    const job = book.get(jobId)
    if (job === undefined || !holdsLease(job.life, nodeId, leaseId))
      return { order: nodes.isToRestart(nodeId) ? 'restart' : 'stop' }
    leases.renew(jobId, progress)
    book.tellProgress(job)
    return { order: 'continue' }
  }

  async addLog(nodeId: string, jobId: string, { leaseId, firstLine, lines }: LogLines): Promise<void> {
    const { job } = this.#leased(nodeId, jobId, leaseId)
    await this.#deps.logs.addAgentLines(jobId, job.life.attempt, firstLine, lines)
  }

  /** On disk when it answers. The same report gets the same answer, even when the job is over and the appliance was restarted. */
  async report(nodeId: string, jobId: string, report: StepReport): Promise<StepReportAnswer> {
    const { book, nodes } = this.#deps
    nodes.touch(nodeId)
    const known = await book.find(jobId)
    const answered = answeredBefore(known, nodeId, report)
    if (answered !== undefined) return this.#again(jobId, answered)
    const { job, life } = this.#leased(nodeId, jobId, report.leaseId)
    if (report.step > life.stepIndex) throw outOfOrder(report.step, life.stepIndex)
    if (report.step < life.stepIndex) return this.#again(jobId, 'next-step')
    // Before the job says that it is over: from then on the node boots from its disk.
    if (report.outcome === 'done' && job.stepKinds[report.step] === 'verify') {
      await nodes.recordInstalled(nodeId, job.pins.imageName, job.pins.imageVersion!)
    }
    return this.#take(nodeId, jobId, report)
  }

  /** A lease that carries a capture; moving its bytes keeps it alive. */
  originOf(nodeId: string, jobId: string, leaseId: string, act: CaptureAct): CaptureOrigin {
    const { job, life } = this.#leased(nodeId, jobId, leaseId)
    const steps = STEPS_OF_ACT[act]
    if (steps?.includes(job.stepKinds[life.stepIndex] ?? '') === false) throw notOfThisJob()
    const { profile } = job.request
    const { imageName, profileRevision, personalise } = job.pins
    const made = profile === undefined || profileRevision === undefined ? {} : { profile, profileRevision }
    return { jobId, nodeId, imageName, ...made, ...(personalise === undefined ? {} : { personalise }) }
  }

  /** From memory: asked for each batch of chunks. */
  contentOf(nodeId: string): JobContent | undefined {
    const { book, leases } = this.#deps
    const job = book.get(leases.jobOf(nodeId) ?? '')
    if (job?.life.phase !== 'running' || job.life.nodeId !== nodeId) return undefined
    const { request, pins } = job
    const { imageName, imageVersion, profileRevision } = pins
    return {
      jobId: job.id,
      imageName,
      ...(imageVersion === undefined ? {} : { version: imageVersion }),
      ...(request.profile === undefined || profileRevision === undefined
        ? {}
        : { profile: { name: request.profile, revision: profileRevision } }),
    }
  }

  noteDisks(nodeId: string, disks: readonly string[]): Promise<void> {
    return this.#deps.nodes.noteDisks(nodeId, disks)
  }

  async #again(jobId: string, order: Order): Promise<StepReportAnswer> {
    await this.#deps.book.settled(jobId)
    return { order }
  }

  async #take(nodeId: string, jobId: string, report: StepReport): Promise<StepReportAnswer> {
    // Looked up again: the same report may have been taken while the node was being recorded.
    const known = await this.#deps.book.find(jobId)
    const answered = answeredBefore(known, nodeId, report)
    if (answered !== undefined) return this.#again(jobId, answered)
    const { job, life } = this.#leased(nodeId, jobId, report.leaseId)
    const event = eventOf(report)
    const [next] = transition(life, event, rulesOf(job))
    const order = orderAfter(life, next)
    const failure = report.failure ?? unnamed(job.stepKinds[report.step]!)
    const hasFailed = order !== 'repeat-step' && report.outcome === 'failed'
    const { written, noted } = this.#deps.changes.apply(job, event, {
      note: describeReport(job, report, order),
      also: {
        lastReport: { mark: markOf(report), order },
        ...(report.outcome === 'done' ? { results: [...job.results, resultOf(job, report)] } : {}),
        ...(hasFailed ? { failure } : {}),
      },
    })
    this.#deps.leases.forgetProgress(jobId)
    await Promise.all([written, noted])
    return { order }
  }

  #leased(nodeId: string, jobId: string, leaseId: string): { readonly job: JobRecord; readonly life: Running } {
    const job = this.#deps.book.get(jobId)
    if (job === undefined || !holdsLease(job.life, nodeId, leaseId)) throw leaseLost(jobId)
    this.#deps.leases.renew(jobId)
    return { job, life: job.life }
  }
}

function holdsLease(life: JobLife, nodeId: string, leaseId: string): life is Running {
  return life.phase === 'running' && life.nodeId === nodeId && life.leaseId === leaseId
}

function answeredBefore({ nodeId: owner, lastReport }: JobRecord, nodeId: string, report: StepReport): Order | undefined {
  return owner === nodeId && lastReport?.mark === markOf(report) ? lastReport.order : undefined
}

/** The whole report: a step that is tried again fails after other seconds, which makes that report another one. */
function markOf(report: StepReport): string {
  return createHash('sha256').update(JSON.stringify(report)).digest('base64url')
}

function eventOf({ outcome, step, failure }: StepReport): JobEvent {
  switch (outcome) {
    case 'done':
      return { type: 'step-done', step }
    case 'failed':
      return { type: 'step-failed', step, isWorthRepeating: isWorthRepeating(failure?.code) }
    case 'on-failure-over':
      return { type: 'on-failure-over', step }
  }
}

function orderAfter(before: Running, after: JobLife): Order {
  if (after.phase !== 'running') return 'ended'
  if (after.isFailing) return 'on-failure'
  return after.stepIndex > before.stepIndex ? 'next-step' : 'repeat-step'
}

function resultOf(job: JobRecord, { step, seconds, transfer, imageVersion, contentDigest }: StepReport): StepResult {
  return {
    step,
    kind: job.stepKinds[step]!,
    seconds,
    transfer,
    ...(imageVersion === undefined ? {} : { imageVersion }),
    ...(contentDigest === undefined ? {} : { contentDigest }),
  }
}

function describeReport(job: JobRecord, { step, outcome, seconds, failure }: StepReport, order: Order): string {
  const what = `step ${step + 1} of ${job.stepKinds.length}, ${job.stepKinds[step]}`
  if (outcome === 'on-failure-over')
    return `what is done after a failure took ${seconds.toFixed(1)} s${failure === undefined ? '' : `; it failed itself, ${failure.code}: ${failure.message}`}`
  if (outcome === 'done') return `${what}: done in ${seconds.toFixed(1)} s${order === 'ended' ? '; job succeeded' : ''}`
  const { code, message, hint } = failure ?? unnamed(job.stepKinds[step]!)
  return `${what}: failed, ${code}: ${message}\n${hint}${order === 'repeat-step' ? '\nthe step is tried again' : ''}`
}
