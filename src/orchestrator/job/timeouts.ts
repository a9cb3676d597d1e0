// Ends what has lasted too long: leases, attempts, waiting for somebody to take the job.
import { type Clock, deadlineOf, type Log } from '../../store/index.ts'
import type { Nodes } from '../node/nodes.ts'
import { workerNameOf } from '../worker/worker-name.ts'
import type { Change, JobChanges } from './changes.ts'
import { agentLost, awayTooLong, notAccepted, notCompleted } from './failures.ts'
import type { JobBook } from './job-book.ts'
import type { Leases } from './leases.ts'

interface TimeoutsDeps {
  readonly book: JobBook
  readonly changes: JobChanges
  readonly nodes: Nodes
  readonly leases: Leases
  readonly clock: Clock
  readonly log: Log
  readonly leaseSeconds: number
}

const TICK_MS = 1000

export class Timeouts {
  readonly #deps: TimeoutsDeps
  #callOff: (() => void) | undefined
  /** By the clock's elapsed(), for what is running: "<job id> attempt <when it began>". */
  readonly #deadlines = new Map<string, number>()

  constructor(deps: TimeoutsDeps) {
    this.#deps = deps
    // Nobody could renew while the appliance was down: every running job begins a whole lease.
    for (const { id, life } of deps.book.unended()) if (life.phase === 'running') deps.leases.begin(id, life.nodeId)
  }

  /** until: by now(), as it was kept. Whoever sets the machine's clock, or starts the appliance with a wrong one, burns no attempt. */
  #isOver(what: string, until: number, lastsMs: number): boolean {
    const { clock, leaseSeconds } = this.#deps
    const known = this.#deadlines.get(what)
    const deadline = known ?? deadlineOf(clock, until, { atLeastMs: Math.min(lastsMs, leaseSeconds * 1000), atMostMs: lastsMs })
    if (known === undefined) this.#deadlines.set(what, deadline)
    return clock.elapsed() >= deadline
  }

  #forgetEnded(): void {
    const running = new Set(this.#deps.leases.runningIds())
    for (const what of this.#deadlines.keys()) if (!running.has(what.split(' ')[0]!)) this.#deadlines.delete(what)
  }

  start(): void {
    this.#callOff = this.#deps.clock.after(TICK_MS, () => {
      this.tick().catch((error: unknown) => this.#deps.log.error({ err: error }, 'a timeout could not be written down'))
      this.start()
    })
  }

  stop(): void {
    this.#callOff?.()
  }

  async tick(): Promise<void> {
    const { book, leases, clock, changes } = this.#deps
    this.#forgetEnded()
    const now = clock.now()
    const written = leases.runningIds().map((jobId) => this.#lookAt(jobId, now))
    for (const job of book.notAccepted()) {
      written.push(all(changes.reclaim(job, { type: 'accept-timeout' }, notAccepted(job.request.acceptTimeoutSeconds!))))
    }
    for (const job of book.backAgain()) changes.offer(job)
    await Promise.all(written)
  }

  #lookAt(jobId: string, now: number): Promise<void> | undefined {
    const { book, leases, changes, nodes, leaseSeconds } = this.#deps
    const job = book.get(jobId)
    if (job?.life.phase !== 'running') return undefined
    const { nodeId, attemptAt } = job.life
    const { completeTimeoutSeconds } = job.request
    if (job.life.away !== undefined) {
      const { at, until } = job.life.away
      if (this.#isOver(`${jobId} away ${at}`, until, until - at)) {
        const failure = awayTooLong(nodes.get(nodeId)?.name ?? nodeId, (until - at) / 1000)
        return all(changes.reclaim(job, { type: 'away-too-long', at: now }, failure))
      }
      // It is not there to be heard.
      leases.renew(jobId)
    }
    // Between two words of a worker it builds: nothing but its time ends that.
    if (workerNameOf(nodeId) !== undefined) leases.renew(jobId)
    if (leases.hasEnded(jobId)) {
      return all(
        changes.reclaim(job, { type: 'lease-ended', at: now }, agentLost(nodes.get(nodeId)?.name ?? nodeId, leaseSeconds)),
      )
    }
    const completeMs = completeTimeoutSeconds * 1000
    if (!this.#isOver(`${jobId} attempt ${attemptAt}`, attemptAt + completeMs, completeMs)) return undefined
    return all(changes.reclaim(job, { type: 'complete-timeout', at: now }, notCompleted(completeTimeoutSeconds)))
  }
}

async function all({ written, noted }: Change): Promise<void> {
  await Promise.all([written, noted])
}
