// All jobs: those that have not ended in the store and in the queue, the ended ones in the history. Knows nothing of how a job goes on.
import type { JobView } from '../../contract/job.ts'
import { type Clock, deadlineOf, type Events, type History, type Log, type RecordStore } from '../../store/index.ts'
import { notFound } from './failures.ts'
import { JobQueue, type QueueDesk } from './queue.ts'
import { compareInQueue } from './queue-order.ts'
import { notOfferedBecause } from './readiness.ts'
import { isEnded, type JobRecord } from './record.ts'
import { MAX_BACK_OFF_SECONDS } from './transition.ts'

interface JobBookDeps {
  readonly store: RecordStore<JobRecord>
  readonly history: History<JobRecord>
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
  readonly view: (job: JobRecord) => JobView
  readonly queueDesk: Omit<QueueDesk, 'isOffered'>
}

export class JobBook {
  readonly queue: JobQueue
  readonly #deps: JobBookDeps
  /** Both until when, by the clock's elapsed(). */
  readonly #acceptUntil = new Map<string, number>()
  readonly #backingOff = new Map<string, number>()
  /** By the job that is waited for. */
  readonly #dependents = new Map<string, Set<string>>()
  readonly #archiving = new Set<Promise<void>>()
  #nextSequence = 1

  constructor(deps: JobBookDeps) {
    this.#deps = deps
    this.queue = new JobQueue({ ...deps.queueDesk, isOffered: (job) => this.#isOffered(job) })
    for (const job of [...deps.store.values()]) {
      this.#nextSequence = Math.max(this.#nextSequence, job.sequence + 1)
      this.#enter(job)
      // The process died between the two halves of archiving it.
      if (isEnded(job)) this.#archive(job)
    }
  }

  takeSequence(): number {
    return this.#nextSequence++
  }

  /** Of those that are not in the history yet. */
  get(id: string): JobRecord | undefined {
    return this.#deps.store.get(id)
  }

  async find(id: string): Promise<JobRecord> {
    const job = this.#deps.store.get(id) ?? (await this.#deps.history.find(id))
    if (job === undefined) throw notFound(id)
    return job
  }

  /** Ended, or never there. */
  isOver(id: string): boolean {
    const job = this.#deps.store.get(id)
    return job === undefined || isEnded(job)
  }

  unended(): readonly JobRecord[] {
    return [...this.#deps.store.values()].filter((job) => !isEnded(job))
  }

  /** Ids of those that name the node or run on it. */
  unendedOf(nodeId: string): readonly string[] {
    const isOfNode = ({ pins, life }: JobRecord) => pins.nodeId === nodeId || (life.phase === 'running' && life.nodeId === nodeId)
    return this.unended().flatMap((job) => (isOfNode(job) ? [job.id] : []))
  }

  /** Those that run, then the queue in its order, then the ended ones, newest first. */
  async list(endedLimit: number): Promise<readonly JobRecord[]> {
    const unended = this.unended()
    const running = unended.filter(({ life }) => life.phase === 'running').sort((a, b) => a.sequence - b.sequence)
    const queued = unended.filter(({ life }) => life.phase === 'queued').sort(compareInQueue)
    const leaving = [...this.#deps.store.values()].filter(isEnded).sort((a, b) => b.sequence - a.sequence)
    const ended = [...leaving, ...(await this.#deps.history.latest(endedLimit))]
    return [...running, ...queued, ...[...new Map(ended.map((job) => [job.id, job])).values()].slice(0, endedLimit)]
  }

  /** Seen by the next reader at once; the promise is kept when it is on disk. */
  put(job: JobRecord): Promise<void> {
    const before = this.#deps.store.get(job.id)
    if (before !== undefined) this.#leave(before)
    this.#enter(job)
    const written = this.#deps.store.put(job)
    if (isEnded(job))
      void written.then(
        () => this.#archive(job),
        () => undefined,
      )
    this.#deps.events.tell('job.changed', () => ({ type: 'job.changed', job: this.#deps.view(job) }))
    return written
  }

  /** What is known of the job is on disk when the promise is kept: for an answer that is given a second time. */
  settled(id: string): Promise<void> {
    const job = this.#deps.store.get(id)
    return job === undefined ? Promise.resolve() : this.#deps.store.put(job)
  }

  tellProgress(job: JobRecord): void {
    this.#deps.events.tell('job.progressed', () => ({ type: 'job.progressed', job: this.#deps.view(job) }))
  }

  /** Queued jobs whose accept timeout is over. */
  notAccepted(): readonly JobRecord[] {
    const now = this.#deps.clock.elapsed()
    const late = [...this.#acceptUntil].filter(([, until]) => until <= now)
    return late.flatMap(([id]) => this.#deps.store.get(id) ?? [])
  }

  /** Queued jobs whose back-off is over; each is named once. */
  backAgain(): readonly JobRecord[] {
    const now = this.#deps.clock.elapsed()
    const due = [...this.#backingOff].filter(([, until]) => until <= now).map(([id]) => id)
    for (const id of due) this.#backingOff.delete(id)
    return due.flatMap((id) => this.#deps.store.get(id) ?? [])
  }

  dependentsOf(id: string): readonly JobRecord[] {
    return [...(this.#dependents.get(id) ?? [])].flatMap((each) => this.#deps.store.get(each) ?? [])
  }

  /** Jobs that others wait for. */
  awaited(): readonly string[] {
    return [...this.#dependents.keys()]
  }

  async close(): Promise<void> {
    await Promise.all(this.#archiving)
  }

  #enter(job: JobRecord): void {
    if (job.life.phase !== 'queued') return
    this.queue.add(job)
    const { hold, notBefore, attempt, isLateTold } = job.life
    if (notBefore !== undefined)
      this.#backingOff.set(job.id, deadlineOf(this.#deps.clock, notBefore, { atMostMs: MAX_BACK_OFF_SECONDS * 1000 }))
    for (const id of job.waitsFor ?? []) this.#dependents.set(id, (this.#dependents.get(id) ?? new Set()).add(job.id))
    const { acceptTimeoutSeconds } = job.request
    // Counts for the first taker only, and while it is offered: a job that was taken once was accepted.
    if (acceptTimeoutSeconds === undefined || attempt > 0 || isLateTold || hold !== undefined || job.waitsFor !== undefined)
      return
    const acceptMs = acceptTimeoutSeconds * 1000
    const until = Date.parse(job.offeredAt ?? job.queuedAt) + acceptMs
    this.#acceptUntil.set(job.id, deadlineOf(this.#deps.clock, until, { atMostMs: acceptMs }))
  }

  #isOffered(job: JobRecord): boolean {
    const until = this.#backingOff.get(job.id)
    return notOfferedBecause(job) === undefined && (until === undefined || until <= this.#deps.clock.elapsed())
  }

  #leave(job: JobRecord): void {
    if (job.life.phase !== 'queued') return
    this.queue.remove(job)
    this.#acceptUntil.delete(job.id)
    this.#backingOff.delete(job.id)
    for (const id of job.waitsFor ?? []) {
      const dependents = this.#dependents.get(id)
      dependents?.delete(job.id)
      if (dependents?.size === 0) this.#dependents.delete(id)
    }
  }

  /** First into the history, then out of the store: a crash in between leaves it in both, never in none. */
  #archive(job: JobRecord): void {
    const { history, store, log } = this.#deps
    const done = (async () => {
      await history.add(job)
      await store.remove(job.id)
    })().catch((error: unknown) =>
      log.error({ err: error, job: job.id }, 'an ended job could not be archived; it is tried again at the next start'),
    )
    const tracked = done.finally(() => this.#archiving.delete(tracked))
    this.#archiving.add(tracked)
  }
}
