// What an agent tells about the job that it holds: heartbeats, log lines, ends of steps. All of it may come twice.
import { createHash } from 'node:crypto'
import type { Heartbeat, HeartbeatAnswer, LogLines, StepReport, StepReportAnswer } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'
import type { StepKind } from '../../contract/steps.ts'
import {
  type CaptureAct,
  type CaptureDesk,
  type CaptureOrigin,
  type ContentDesk,
  type ImageService,
  type JobContent,
  notOfThisJob,
} from '../../library/index.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import { withConfiguration } from '../node/node-texts.ts'
import type { Nodes } from '../node/nodes.ts'
import { type JobChanges, rulesOf } from './changes.ts'
import { type Evidence, type HeldVersion, isOfThisTry, unproven } from './evidence.ts'
import { isWorthRepeating, leaseLost, outOfOrder, unnamed } from './failures.ts'
import type { JobBook } from './job-book.ts'
import type { Leases } from './leases.ts'
import type { JobLogs } from './log-files.ts'
import { packagesAfter } from './pin-packages.ts'
import type { JobRecord } from './record.ts'
import { describeReport, type Order, resultOf } from './report-words.ts'
import { maskedReport, maskFor, type StepSecretsPort } from './step-secrets.ts'
import { type JobEvent, type JobLife, type Running, transition } from './transition.ts'

interface ReportsDeps {
  readonly book: JobBook
  readonly changes: JobChanges
  readonly nodes: Nodes
  readonly leases: Leases
  readonly logs: JobLogs
  readonly clock: Clock
  readonly images: Pick<ImageService, 'find' | 'lacking'>
  readonly secrets: StepSecretsPort
}

/** What the agent said, and what of it counts. */
interface Judged {
  readonly said: StepReport
  readonly judged: StepReport
}

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
    const { book, leases, nodes, secrets } = this.#deps
    nodes.touch(nodeId)
    const job = book.get(jobId)
    if (job === undefined || !holdsLease(job.life, nodeId, leaseId))
      return { order: nodes.isToRestart(nodeId) ? 'restart' : 'stop' }
    leases.renew(jobId, { ...progress, minorState: maskFor(job, secrets)(progress.minorState) })
    book.tellProgress(job)
    return { order: 'continue' }
  }

  async addLog(nodeId: string, jobId: string, { leaseId, firstLine, lines }: LogLines): Promise<void> {
    const { job } = this.#leased(nodeId, jobId, leaseId)
    const { logs, secrets } = this.#deps
    await logs.addAgentLines(jobId, job.life.attempt, firstLine, lines.map(maskFor(job, secrets)))
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
    const past = orderOfPast(life, report)
    if (past !== undefined) return this.#again(jobId, past)
    const judged =
      report.outcome === 'done' ? await this.#judge(job, life, report) : maskedReport(report, job, this.#deps.secrets)
    // Before the job says that it is over: from then on the node boots from its disk.
    if (judged.outcome === 'done' && job.stepKinds[report.step] === 'verify') {
      const { imageName, imageVersion } = job.pins
      await nodes.recordInstalled(nodeId, { imageName: imageName!, version: imageVersion!, by: job.by ?? 'a person', jobId })
    }
    if (judged.outcome === 'done' && job.stepKinds[report.step] === 'packages') await this.#notePackages(nodeId, job)
    if (judged.outcome === 'done' && ['personalise', 'packages'].includes(job.stepKinds[report.step] ?? ''))
      await this.#noteConfiguration(nodeId, job)
    return this.#take(nodeId, jobId, { said: report, judged })
  }

  async #noteConfiguration(nodeId: string, { id: jobId, pins }: JobRecord): Promise<void> {
    const { nodes, clock } = this.#deps
    const node = nodes.get(nodeId)
    const changed = node && withConfiguration(node, pins.configuration ?? [], { jobId, at: instantOf(clock.now()) })
    if (changed !== undefined && changed !== node) await nodes.change(changed)
  }

  /** Of the step that runs, when it is this one under this lease: what it names, and nothing else. */
  secretsFor(nodeId: string, jobId: string, { leaseId, step }: { leaseId: string; step: number }): Record<string, string> {
    const { job, life } = this.#leased(nodeId, jobId, leaseId)
    if (step !== life.stepIndex || life.isFailing !== undefined) throw notOfThisJob()
    return this.#deps.secrets.valuesOf(job.stepSecrets?.[step] ?? [])
  }

  async #notePackages(nodeId: string, { id, by = 'a person', request, pins }: JobRecord): Promise<void> {
    const { nodes } = this.#deps
    const has = nodes.get(nodeId)?.installed?.packages ?? []
    const after = packagesAfter(has, request.removePackages ?? [], pins.packages ?? [])
    await nodes.recordPackages(nodeId, after, { by, jobId: id })
  }

  /** A lease that carries a capture; moving its bytes keeps it alive. */
  originOf(nodeId: string, jobId: string, leaseId: string, act: CaptureAct): CaptureOrigin {
    const { job, life } = this.#leased(nodeId, jobId, leaseId)
    const steps = STEPS_OF_ACT[act]
    if (steps?.includes(job.stepKinds[life.stepIndex] ?? '') === false) throw notOfThisJob()
    const { profile } = job.request
    const { imageName, profileRevision, personalise, features } = job.pins
    if (imageName === undefined) throw notOfThisJob()
    const node = this.#deps.nodes.get(nodeId)
    const architecture = job.pins.architecture ?? node?.inventory.architecture
    const runs = node?.installed && { imageName: node.installed.imageName, version: node.installed.version }
    const facts = { ...(architecture && { architecture }), ...(features && { features }), ...(runs && { runs }) }
    const made = profile === undefined || profileRevision === undefined ? {} : { profile, profileRevision }
    return { jobId, nodeId, imageName, ...made, ...facts, ...(personalise === undefined ? {} : { personalise }) }
  }

  /** From memory: asked for each batch of chunks. */
  contentOf(nodeId: string): JobContent | undefined {
    const { book, leases } = this.#deps
    const job = book.get(leases.jobOf(nodeId) ?? '')
    if (job?.life.phase !== 'running' || job.life.nodeId !== nodeId) return undefined
    const { request, pins } = job
    const { imageName, imageVersion, profileRevision, packages = [] } = pins
    if (imageName === undefined) return undefined
    const has = this.#deps.nodes.get(nodeId)?.installed?.packages ?? []
    return {
      packages: [...packages, ...has],
      jobId: job.id,
      imageName,
      ...(imageVersion === undefined ? {} : { version: imageVersion }),
      ...(request.profile === undefined || profileRevision === undefined
        ? {}
        : { profile: { name: request.profile, revision: profileRevision } }),
    }
  }

  async notePublished(nodeId: string, jobId: string, leaseId: string, imageVersion: number): Promise<void> {
    const { job, life } = this.#leased(nodeId, jobId, leaseId)
    const { attempt, stepIndex, stepTries } = life
    await this.#deps.book.put({ ...job, publication: { leaseId, attempt, stepIndex, stepTries, imageVersion } })
  }

  noteDisks(nodeId: string, disks: readonly string[]): Promise<void> {
    return this.#deps.nodes.noteDisks(nodeId, disks)
  }

  /** Throws JOB_LEASE_LOST unless the lease is that of the job now. */
  refuseOthers(nodeId: string, jobId: string, leaseId: string): void {
    this.#leased(nodeId, jobId, leaseId)
  }

  /** The job and the step that it is at, when this is its lease; undefined: it is not. */
  holds(nodeId: string, jobId: string, leaseId: string): { readonly job: JobRecord; readonly step: number } | undefined {
    const job = this.#deps.book.get(jobId)
    return job !== undefined && holdsLease(job.life, nodeId, leaseId) ? { job, step: job.life.stepIndex } : undefined
  }

  /** The job, when it is at a step of this kind under this lease. */
  atStep(nodeId: string, jobId: string, leaseId: string, kind: StepKind): JobRecord {
    const { job, life } = this.#leased(nodeId, jobId, leaseId)
    if (job.stepKinds[life.stepIndex] !== kind) throw notOfThisJob()
    return job
  }

  async #again(jobId: string, order: Order): Promise<StepReportAnswer> {
    await this.#deps.book.settled(jobId)
    return { order }
  }

  /** The report as it counts: with what the appliance holds, or as a failure when it holds nothing. */
  async #judge(job: JobRecord, life: Running, report: StepReport): Promise<StepReport> {
    const kind = job.stepKinds[report.step] as StepKind
    const evidence = await this.#evidenceOf(job, life, kind)
    const failure = unproven(kind, report, evidence)
    if (failure !== undefined) return { ...report, outcome: 'failed', failure }
    if (kind !== 'capture' || evidence.version === undefined) return report
    return { ...report, imageVersion: evidence.version.version, contentDigest: evidence.version.contentDigest }
  }

  async #evidenceOf(job: JobRecord, life: Running, kind: StepKind): Promise<Evidence> {
    const { images } = this.#deps
    const version = this.#versionOf(job, life, kind)
    const asksStore = kind === 'heal' && version !== undefined
    const isShownProven = isOfThisTry(job.shown, life) ? job.shown.isProven : undefined
    const { configuration } = job.pins
    return {
      version,
      isShownProven,
      configuration,
      lackingChunks: asksStore ? await images.lacking(version.imageName, version.version) : 0,
    }
  }

  #versionOf({ pins, publication, id }: JobRecord, life: Running, kind: StepKind): HeldVersion | undefined {
    const isCapture = kind === 'capture'
    const number = isCapture && isOfThisTry(publication, life) ? publication.imageVersion : pins.imageVersion
    if (number === undefined || pins.imageName === undefined) return undefined
    try {
      const found = this.#deps.images.find(pins.imageName, number)
      const isIt = isCapture ? found.jobId === id : found.manifestDigest === pins.manifestDigest
      return isIt ? found : undefined
    } catch (error) {
      if (error instanceof AppError) return undefined
      throw error
    }
  }

  async #take(nodeId: string, jobId: string, { said, judged: report }: Judged): Promise<StepReportAnswer> {
    // Looked up again: the same report may have been taken while the node was being recorded.
    const known = await this.#deps.book.find(jobId)
    const answered = answeredBefore(known, nodeId, said)
    if (answered !== undefined) return this.#again(jobId, answered)
    const { job, life } = this.#leased(nodeId, jobId, report.leaseId)
    const past = orderOfPast(life, report)
    if (past !== undefined) return this.#again(jobId, past)
    const event = eventOf(report)
    const [next] = transition(life, event, rulesOf(job))
    const order = orderAfter(life, next)
    const failure = report.failure ?? unnamed(job.stepKinds[report.step]!)
    const hasFailed = order !== 'repeat-step' && report.outcome === 'failed'
    if (next.phase === 'running') this.#deps.leases.beginStep(jobId)
    const { written, noted } = this.#deps.changes.apply(job, event, {
      note: describeReport(job, report, order),
      also: {
        lastReport: { mark: markOf(said), order },
        ...(report.outcome === 'done' ? { results: [...job.results, resultOf(job, report)] } : {}),
        ...(hasFailed ? { failure } : {}),
      },
    })
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

/** A report of what is over: it changes nothing, whatever it says. While a job is failing only the end of that is news. */
function orderOfPast(life: Running, { step, outcome }: StepReport): Order | undefined {
  if (step < life.stepIndex) return 'next-step'
  return life.isFailing && outcome !== 'on-failure-over' ? 'on-failure' : undefined
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
