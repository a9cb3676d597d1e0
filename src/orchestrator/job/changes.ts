// Puts an event through transition.ts and does its effects: at once in memory, with a promise for the disk.
// Whatever decides something about a job does it here, between two awaits, so that no two agents ever hold the same job.
import type { Failure, JobView } from '../../contract/job.ts'
import type { Events, Log } from '../../store/index.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import type { Nodes } from '../node/nodes.ts'
import { dependencyFailed } from './failures.ts'
import type { JobBook } from './job-book.ts'
import type { Leases } from './leases.ts'
import type { JobLogs } from './log-files.ts'
import type { JobRecord } from './record.ts'
import type { StepTimes } from './step-times.ts'
import { type JobEvent, type JobNotice, type JobRules, transition } from './transition.ts'
import type { Waiters } from './waiters.ts'

interface ChangesDeps {
  readonly book: JobBook
  readonly nodes: Nodes
  readonly leases: Leases
  readonly waiters: Waiters
  readonly logs: JobLogs
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
  readonly view: (job: JobRecord) => JobView
  readonly stepTimes: StepTimes
  /** The job holds nothing in the image store any more, and nobody sends it anything under this lease. */
  readonly releaseImages: (jobId: string, leaseId: string) => void
}

export interface Change {
  readonly job: JobRecord
  /** Kept when the change is on disk. */
  readonly written: Promise<void>
  /** Kept when its line stands in the job's log; never fails. */
  readonly noted: Promise<void>
}

export class JobChanges {
  readonly #deps: ChangesDeps

  constructor(deps: ChangesDeps) {
    this.#deps = deps
  }

  /** also: what else changes with the event. note: what the job's log says of it. */
  apply(
    job: JobRecord,
    event: JobEvent,
    { note, also = {} }: { readonly note: string; readonly also?: Partial<JobRecord> },
  ): Change {
    const { book, leases, clock, log } = this.#deps
    const [life, effects] = transition(job.life, event, rulesOf(job))
    const hasEnded = effects.some((effect) => effect.do === 'end')
    const reached = job.life.phase === 'running' && life.phase !== 'succeeded' ? this.#deps.view(job).status.percent : undefined
    const completed = hasEnded
      ? { completedAt: instantOf(clock.now()), ...(reached === undefined ? {} : { reachedPercent: reached }) }
      : {}
    // A new attempt begins at the first step: what the one before it did does not count.
    const results = life.phase === 'queued' ? { results: [] } : {}
    const offered = effects.some((effect) => effect.do === 'offer') ? { offeredAt: instantOf(clock.now()) } : {}
    const changed: JobRecord = { ...job, ...results, ...offered, ...also, ...completed, life }
    const written = book.put(changed)
    for (const effect of effects) {
      switch (effect.do) {
        case 'release':
          leases.end(job.id, effect.nodeId)
          if (job.life.phase === 'running') this.#deps.releaseImages(job.id, job.life.leaseId)
          this.#deps.waiters.wake(effect.nodeId)
          this.offerNext()
          break
        case 'offer':
          this.offer(changed)
          break
        case 'tell':
          this.#tell(changed, effect.notice, note)
          break
        case 'end':
          this.#deps.stepTimes.note(changed)
          log.info({ job: job.id, state: life.phase, code: changed.failure?.code }, 'job ended')
          for (const dependent of book.dependentsOf(job.id)) this.settleDependency(dependent, changed)
          break
      }
    }
    return { job: changed, written, noted: this.#note(job.id, note, event.type === 'claimed') }
  }

  /** An event after which the job runs on, stays or is again in the queue, or is over with this failure. */
  reclaim(job: JobRecord, event: JobEvent, failure: Failure): Change {
    const [life] = transition(job.life, event, rulesOf(job))
    const attempt = `attempt ${job.life.attempt} of ${job.request.maxAttempts}`
    if (life.phase === 'running')
      return this.apply(job, event, { note: `handed out again at step ${life.stepIndex} (${attempt})` })
    if (job.life.phase === 'queued' && life.phase === 'queued') return this.apply(job, event, { note: failure.message })
    if (life.phase === 'queued') return this.apply(job, event, { note: `${failure.message}; queued again (${attempt})` })
    return this.fail(job, event, failure)
  }

  /** What made it fail first is what it failed of. */
  fail(job: JobRecord, event: JobEvent, failure: Failure): Change {
    const note = `${failure.code}: ${failure.message}\n${failure.hint}`
    return this.apply(job, event, { note, also: { failure: job.failure ?? failure } })
  }

  /** The job may be taken: the first waiting agent that it fits is woken. */
  offer(job: JobRecord): void {
    const { waiters, nodes, book } = this.#deps
    waiters.wakeFirst((nodeId) => {
      const node = nodes.get(nodeId)
      return node !== undefined && book.queue.mayTake(job, node)
    })
  }

  /** There is room for one more: the first waiting agent that something fits is woken. */
  offerNext(): void {
    const { waiters, nodes, book } = this.#deps
    waiters.wakeFirst((nodeId) => {
      const node = nodes.get(nodeId)
      return node !== undefined && book.queue.firstFor(node) !== undefined
    })
  }

  /** What it waits for has ended: it waits for one less, or it is over, too. */
  settleDependency(job: JobRecord, ended: Pick<JobRecord, 'id' | 'life'>): void {
    if (ended.life.phase !== 'succeeded') {
      void this.fail(job, { type: 'broken' }, dependencyFailed(ended.id, ended.life.phase)).written.catch(() => undefined)
      return
    }
    const { waitsFor = [], ...rest } = job
    const left = waitsFor.filter((id) => id !== ended.id)
    const changed: JobRecord =
      left.length > 0 ? { ...rest, waitsFor: left } : { ...rest, offeredAt: instantOf(this.#deps.clock.now()) }
    // Not waited for: when it is lost in a crash, the start looks at every job that is waited for.
    void this.#deps.book.put(changed).catch(() => undefined)
    if (left.length === 0) this.offer(changed)
  }

  #tell(job: JobRecord, notice: JobNotice, reason: string): void {
    const { events, view } = this.#deps
    const type = `job.${notice}` as const
    events.tell(type, () => ({ type, job: view(job), reason }))
  }

  async #note(jobId: string, text: string, isHurried: boolean): Promise<void> {
    if (isHurried) return this.#deps.logs.noteSoon(jobId, text)
    // A log that cannot be written must not stop the job: its state is kept elsewhere.
    await this.#deps.logs
      .note(jobId, text)
      .catch((error: unknown) => this.#deps.log.error({ err: error, job: jobId }, 'a job log could not be written'))
  }
}

export function rulesOf({ stepKinds, request, life, stepRetries = [], hasOnFailure }: JobRecord): JobRules {
  return {
    stepCount: stepKinds.length,
    maxAttempts: request.maxAttempts,
    stepRetries: request.stepRetries ?? stepRetries[life.phase === 'queued' ? 0 : life.stepIndex] ?? 0,
    backOffSeconds: request.backOffSeconds ?? 0,
    leavesWhenNotAccepted: request.whenNotAccepted === 'remove',
    retriesWhenNotCompleted: request.whenNotCompleted !== 'remove',
    hasOnFailure: hasOnFailure === true,
  }
}
