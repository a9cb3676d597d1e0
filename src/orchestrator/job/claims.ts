// Who gets which job. A node that has a running job gets that one again, with a new lease: its machine booted in the middle, or the
// answer to its claim was lost; whoever still speaks under the old lease is stopped. Else it gets the first in the queue that fits.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { type Away, hasReturned } from './away.ts'
import type { Change, JobChanges } from './changes.ts'
import { bootsTooOften, failureOf, planChanged } from './failures.ts'
import type { JobBook } from './job-book.ts'
import type { Leases } from './leases.ts'
import type { JobLogs } from './log-files.ts'
import type { Plan } from './plan.ts'
import { isWriting, type JobRecord } from './record.ts'
import type { Running } from './transition.ts'
import type { Waiters } from './waiters.ts'
import { leavesSystemAlone } from './wipe-reach.ts'

interface ClaimsDeps {
  readonly book: JobBook
  readonly changes: JobChanges
  readonly nodes: Nodes
  readonly leases: Leases
  readonly waiters: Waiters
  readonly logs: JobLogs
  readonly clock: Clock
  /** False: no job may be handed to this node now. */
  readonly mayEnter: (node: NodeRecord) => Promise<boolean>
  /** Counts the boot. False: this machine booted too often for this step, and does not get the job. */
  readonly mayTake: (job: JobRecord, node: NodeRecord, boot: string) => Promise<boolean>
  /** Posts what the node should run and does not, when that is due. */
  readonly look: (nodeId: string) => Promise<void>
  /** Throws an AppError when the job can no longer be planned: its revision or its image is gone. */
  readonly plan: (job: JobRecord, node: NodeRecord) => Promise<Plan>
}

export interface HandedOut {
  readonly job: JobRecord
  readonly life: Running
  readonly plan: Plan
  /** Lines of the agent that its log has already. */
  readonly logLineCount: number
}

export interface Claimant {
  readonly nodeId: string
  /** Names the boot that its token was made for. */
  readonly boot: string
}

export class Claims {
  readonly #deps: ClaimsDeps
  #isStopped = false

  constructor(deps: ClaimsDeps) {
    this.#deps = deps
  }

  /** Waits until there is a job or the time is over; gone is asked only when it waits. On disk when it answers. */
  async claim(agent: Claimant, waitSeconds: number, gone: () => AbortSignal): Promise<HandedOut | undefined> {
    this.#deps.nodes.touch(agent.nodeId)
    return (await this.#handOut(agent)) ?? (waitSeconds > 0 ? this.#wait(agent, waitSeconds, gone()) : undefined)
  }

  async #wait(agent: Claimant, waitSeconds: number, signal: AbortSignal): Promise<HandedOut | undefined> {
    const { nodeId } = agent
    const { nodes, waiters, clock } = this.#deps
    const until = clock.elapsed() + waitSeconds * 1000
    for (;;) {
      nodes.touch(nodeId)
      const handedOut = signal.aborted ? undefined : await this.#handOut(agent)
      if (handedOut !== undefined) return handedOut
      const left = until - clock.elapsed()
      if (left <= 0 || signal.aborted || this.#isStopped) break
      await waiters.wait(nodeId, left, signal)
    }
    // It may have been woken for a job that it does not take any more: somebody else shall.
    if (signal.aborted) this.#deps.changes.offerNext()
    return undefined
  }

  /** The job for which the next boot of this node should end in the boot OS. */
  nextJobFor(node: NodeRecord): JobRecord | undefined {
    const { book, leases } = this.#deps
    return book.get(leases.jobOf(node.id) ?? '') ?? book.queue.firstFor(node)
  }

  /**
   * The packages job that waits for the node or runs on it, for its own running system: that takes no boot, so none is counted, and the machine
   * stays where it is, so no hook is asked. undefined: there is none, or something else comes first.
   */
  async claimPackages(nodeId: string): Promise<HandedOut | undefined> {
    const node = this.#deps.nodes.get(nodeId)
    if (node === undefined || this.nextJobFor(node)?.request.kind !== 'packages') return undefined
    const change = this.#decide(node, '')
    return change === undefined ? undefined : this.#deliver(change, node)
  }

  /** Ends all waiting: the appliance goes down. */
  stop(): void {
    this.#isStopped = true
    this.#deps.waiters.wakeAll()
  }

  async #handOut({ nodeId, boot }: Claimant): Promise<HandedOut | undefined> {
    for (;;) {
      const node = await this.#entered(nodeId, boot)
      const change = node === undefined ? undefined : this.#decide(node, boot)
      if (node === undefined || change === undefined) return undefined
      const handedOut = await this.#deliver(change, node)
      if (handedOut !== undefined) return handedOut
    }
  }

  /** The node, when something may be handed to it; as it is after everybody agreed. */
  async #entered(nodeId: string, boot: string): Promise<NodeRecord | undefined> {
    const { nodes, mayEnter, mayTake } = this.#deps
    if (this.#mayBeAnother(nodeId)) await this.#deps.look(nodeId)
    const node = nodes.get(nodeId)
    const job = node === undefined ? undefined : this.nextJobFor(node)
    if (node === undefined || job === undefined) return undefined
    // A step that sends its machine somewhere bounds its boots itself.
    const isAway = job.life.phase === 'running' && job.life.away !== undefined
    if (!isAway && !(await mayTake(job, node, boot))) return undefined
    return (await mayEnter(nodes.get(nodeId) ?? node)) ? nodes.get(nodeId) : undefined
  }

  /** Nobody gave this node a job of its own: what it should run may ask for one, or no longer for the one that is there. */
  #mayBeAnother(nodeId: string): boolean {
    const node = this.#deps.nodes.get(nodeId)
    const job = node === undefined ? undefined : this.nextJobFor(node)
    return job === undefined || (job.life.phase === 'queued' && (job.pins.nodeId === undefined || job.by !== undefined))
  }

  #decide(node: NodeRecord, boot: string): Change | undefined {
    const { book, leases, changes, clock } = this.#deps
    const leaseId = randomUUID()
    const running = book.get(leases.jobOf(node.id) ?? '')
    if (running?.life.phase === 'running') {
      const { away } = running.life
      if (away !== undefined && hasReturned(away, boot)) return this.#takeBack(running, away, node, leaseId)
      const failure = bootsTooOften(node.name, running.stepKinds[running.life.stepIndex]!)
      const change = changes.reclaim(running, { type: 'handed-again', nodeId: node.id, leaseId, at: clock.now() }, failure)
      leases.renew(running.id)
      return change
    }
    const job = book.queue.firstFor(node)
    if (job === undefined) return undefined
    const at = clock.now()
    const note = `attempt ${job.life.attempt + 1} of ${job.request.maxAttempts} on ${node.name}`
    const also = { nodeId: node.id, startedAt: job.startedAt ?? instantOf(at) }
    const change = changes.apply(job, { type: 'claimed', nodeId: node.id, leaseId, at }, { note, also })
    leases.begin(job.id, node.id)
    return change
  }

  /** The reboot step is done: its machine went, and its agent is here. */
  #takeBack(job: JobRecord, away: Away, node: NodeRecord, leaseId: string): Change {
    const { changes, leases, clock } = this.#deps
    const seconds = (clock.now() - away.at) / 1000
    const step = (job.life as Running).stepIndex
    const result = { step, kind: job.stepKinds[step]!, seconds, transfer: {} }
    const note = `step ${step + 1} of ${job.stepKinds.length}, ${result.kind}: ${node.name} is back after ${seconds.toFixed(1)} s`
    leases.renew(job.id)
    leases.beginStep(job.id)
    return changes.apply(
      job,
      { type: 'returned', nodeId: node.id, leaseId },
      { note, also: { results: [...job.results, result] } },
    )
  }

  /** undefined: it cannot be handed out after all; the next one may. */
  async #deliver({ job, written }: Change, node: NodeRecord): Promise<HandedOut | undefined> {
    const { life } = job
    if (life.phase !== 'running') {
      await written
      return undefined
    }
    const table = job.request.kind === 'build' || job.request.newGuids ? job.id : undefined
    const noted =
      isWriting(job) && !leavesSystemAlone(job.request, node) ? this.#deps.nodes.willBeWritten(node.id, table) : undefined
    // No agent wrote to the log of a job that was never handed out: a rack that starts at once need not read a thousand files.
    const isFirst = life.stepIndex === 0 && life.handedAgain === 0 && job.startedAt === instantOf(life.attemptAt)
    const lineCount = isFirst ? 0 : this.#deps.logs.agentLineCount(job.id)
    const [plan, logLineCount] = await Promise.all([this.#plan(job, node), lineCount, written, noted])
    if (!(plan instanceof AppError)) return { job, life, plan, logLineCount }
    const current = this.#deps.book.get(job.id)
    if (current !== undefined) await this.#deps.changes.fail(current, { type: 'broken' }, failureOf(plan)).written
    return undefined
  }

  async #plan(job: JobRecord, node: NodeRecord): Promise<Plan | AppError> {
    try {
      const plan = await this.#deps.plan(job, node)
      const kinds = plan.steps.map(({ kind }) => kind)
      return kinds.join() === job.stepKinds.join() ? plan : planChanged(job.stepKinds, kinds)
    } catch (error) {
      if (error instanceof AppError) return error
      throw error
    }
  }
}
