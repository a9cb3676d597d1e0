// Workers: whatever takes builds over HTTP without our agent, by the older XML. One takes a job that nobody has, says how far it is, sends the
// image and ends it. How it builds is its own business: it is at the capture from the beginning. It is held to what the appliance has:
// a job is finished when a version was published under its lease. Its time is TIMEOUT: between two words of a worker it may be silent.
import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { AppError } from '../../contract/errors.ts'
import type { WorkerStatus } from '../../contract/xml/job-status.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import type { JobChanges } from '../job/changes.ts'
import { isOfThisTry } from '../job/evidence.ts'
import { leaseLost } from '../job/failures.ts'
import type { JobBook } from '../job/job-book.ts'
import type { Leases } from '../job/leases.ts'
import { notOfferedBecause } from '../job/readiness.ts'
import type { JobRecord } from '../job/record.ts'
import type { Reports } from '../job/reports.ts'
import type { Running } from '../job/transition.ts'
import type { Piece, UploadLease, Uploads } from './uploads.ts'
import { isOfCredential, workerIdOf, workerNameOf } from './worker-name.ts'

interface WorkersDeps {
  readonly book: JobBook
  readonly changes: JobChanges
  readonly leases: Leases
  readonly reports: Reports
  readonly uploads: Uploads
  readonly clock: Clock
}

/** A job as its worker holds it. */
interface Held {
  readonly job: JobRecord
  readonly life: Running
}

export class Workers {
  readonly #deps: WorkersDeps

  constructor(deps: WorkersDeps) {
    this.#deps = deps
  }

  /** Whether a worker may take it now. */
  isAvailable(jobId: string): boolean {
    const job = this.#deps.book.get(jobId)
    return job !== undefined && this.#reasonAgainst(job) === undefined
  }

  /** On disk when it answers, with the lease. Throws JOB_NOT_AVAILABLE when another was faster, or it is none for workers. */
  async take(credential: string, { clientId }: WorkerStatus, jobId: string): Promise<string> {
    const { book, changes, leases, clock } = this.#deps
    const nodeId = workerIdOf(credential, clientId)
    const job = await book.find(jobId)
    const other = leases.jobOf(nodeId)
    const reason = other === undefined ? this.#reasonAgainst(job) : `${clientId} works on ${other}, and on one job at a time`
    if (reason !== undefined) throw notAvailable(jobId, reason)
    const at = clock.now()
    const leaseId = randomUUID()
    const step = job.stepKinds.indexOf('capture')
    const { written, noted } = changes.apply(
      job,
      { type: 'claimed', nodeId, leaseId, at, step },
      {
        note: `attempt ${job.life.attempt + 1} of ${job.request.maxAttempts} by the worker ${clientId} (${credential})`,
        also: { nodeId, startedAt: job.startedAt ?? instantOf(at) },
      },
    )
    leases.begin(job.id, nodeId)
    await Promise.all([written, noted])
    return leaseId
  }

  /** How far it is, or that it ended. Throws JOB_LEASE_LOST, and JOB_OUTCOME_UNPROVEN for a job that is said to be finished and left nothing. */
  async tell(credential: string, status: WorkerStatus, jobId: string, leaseId?: string): Promise<void> {
    const held = this.#heldBy(credential, jobId, leaseId)
    if (workerNameOf(held.life.nodeId) !== status.clientId) throw leaseLost(jobId)
    switch (status.majorState) {
      case 'INPROGRESS':
        return this.#progress(held, status)
      case 'FINISHED':
        return this.#finish(credential, held)
      case 'FAILED':
        return this.#fail(held, status)
    }
  }

  receivedBytes(credential: string, jobId: string): Promise<number> {
    return this.#deps.uploads.receivedBytes(uploadOf(this.#heldBy(credential, jobId)))
  }

  /** Gives the number of the version, or how many bytes are here when more are to come. */
  async upload(credential: string, jobId: string, piece: Piece, body: Readable) {
    const lease = uploadOf(this.#heldBy(credential, jobId))
    if ((await this.#deps.uploads.receive(lease, piece, body)) === 'more')
      return { kind: 'more', receivedBytes: await this.#deps.uploads.receivedBytes(lease) } as const
    const { job, life } = this.#heldBy(credential, jobId, lease.leaseId)
    if (!isOfThisTry(job.publication, life)) throw leaseLost(jobId)
    return { kind: 'published', imageName: lease.imageName, version: job.publication.imageVersion } as const
  }

  #progress({ job, life }: Held, { minorState, percent = 0, secondsLeft }: WorkerStatus): void {
    const { nodeId, leaseId, stepIndex: step } = life
    const left = secondsLeft === undefined ? {} : { secondsLeft }
    this.#deps.reports.heartbeat(nodeId, job.id, { leaseId, step, minorState, percent, transfer: {}, ...left })
  }

  async #finish(credential: string, { job: { id }, life: { leaseId } }: Held): Promise<void> {
    await this.#deps.uploads.settled(leaseId)
    const { job, life } = this.#heldBy(credential, id, leaseId)
    if (!isOfThisTry(job.publication, life)) {
      const hint = `Upload it first: curl --user any:SECRET -T disk.img http://APPLIANCE:8080/jobs/${id}/image`
      throw new AppError('JOB_OUTCOME_UNPROVEN', `job ${id} is said to be finished, but no image was uploaded for it`, hint)
    }
    await this.#report(job, life, { outcome: 'done' })
  }

  async #fail({ job, life }: Held, { clientId, minorState }: WorkerStatus): Promise<void> {
    const message = `${clientId} says that the job failed${minorState === '' ? '' : `: ${minorState}`}`
    const hint = 'It was built by a worker of your own: look there for the reason.'
    const failure = { code: 'AGENT_STEP_FAILED', message, hint }
    if ((await this.#report(job, life, { outcome: 'failed', failure })) !== 'on-failure') return
    // What the profile says for that case is for our agent.
    await this.#report(job, life, { outcome: 'on-failure-over' })
  }

  async #report(job: JobRecord, life: Running, said: Pick<Parameters<Reports['report']>[2], 'outcome' | 'failure'>) {
    const { nodeId, leaseId, stepIndex: step, attemptAt } = life
    const seconds = Math.max(0, this.#deps.clock.now() - attemptAt) / 1000
    const { order } = await this.#deps.reports.report(nodeId, job.id, { leaseId, step, seconds, transfer: {}, ...said })
    return order
  }

  #heldBy(credential: string, jobId: string, leaseId?: string): Held {
    const job = this.#deps.book.get(jobId)
    if (job?.life.phase !== 'running' || !isOfCredential(job.life.nodeId, credential)) throw leaseLost(jobId)
    if (leaseId !== undefined && job.life.leaseId !== leaseId) throw leaseLost(jobId)
    return { job, life: job.life }
  }

  /** Why no worker may take it; undefined: one may. */
  #reasonAgainst(job: JobRecord): string | undefined {
    const { request, life, pins } = job
    if (request.kind !== 'build') return `it is a ${request.kind}, and workers take builds`
    if (life.phase === 'running') return `${workerNameOf(life.nodeId) ?? 'a node'} has it already`
    if (life.phase !== 'queued') return `it is ${life.phase}`
    if (pins.nodeId !== undefined) return 'it names a node'
    const { configType: _type, ...more } = request.needs ?? {}
    const [need] = Object.entries(more).flatMap(([name, value]) => (value === undefined ? [] : [name]))
    if (need !== undefined) return `it needs more of its machine than a worker can show (${need})`
    return notOfferedBecause(job, this.#deps.clock.now())
  }
}

function uploadOf({ job, life }: Held): UploadLease {
  return { nodeId: life.nodeId, jobId: job.id, leaseId: life.leaseId, imageName: job.pins.imageName! }
}

function notAvailable(jobId: string, reason: string): AppError {
  return new AppError(
    'JOB_NOT_AVAILABLE',
    `job ${jobId} cannot be taken: ${reason}`,
    'Take another one of /relbuild.xml whose status is not there yet.',
  )
}
