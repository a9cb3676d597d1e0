// Who runs what until when, and how far it is: all that heartbeats tell. In memory; after a restart every running job gets a whole lease.
import type { Heartbeat } from '../../contract/agent-api.ts'
import type { Clock } from '../../store/index.ts'

export type Progress = Pick<Heartbeat, 'step' | 'minorState' | 'percent' | 'secondsLeft' | 'transfer' | 'flow'>

interface Lease {
  /** By the clock's elapsed(): whoever sets the machine's clock ends no lease. */
  endsAt: number
  /** When its agent spoke of it last, as far as this process knows. */
  renewedAt: number
  progress: Progress | undefined
  /** Since when its step runs, as far as this process knows. */
  stepSince: number
  shown: Shown | undefined
}

/** What people were told of one attempt. */
export interface Shown {
  readonly attempt: number
  /** What its steps took the last time, as it was known when the attempt began: the weights stay while it runs. */
  readonly lastSeconds: readonly (number | undefined)[]
  /** The furthest that it was ever said to be. */
  percent: number
}

export class Leases {
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #byJob = new Map<string, Lease>()
  readonly #jobOfNode = new Map<string, string>()

  constructor(clock: Clock, leaseSeconds: number) {
    this.#clock = clock
    this.#leaseMs = leaseSeconds * 1000
  }

  begin(jobId: string, nodeId: string): void {
    const elapsed = this.#clock.elapsed()
    const fresh = { progress: undefined, stepSince: this.#clock.now(), shown: undefined }
    this.#byJob.set(jobId, { endsAt: elapsed + this.#leaseMs, renewedAt: elapsed, ...fresh })
    this.#jobOfNode.set(nodeId, jobId)
  }

  renew(jobId: string, progress?: Progress): void {
    const lease = this.#byJob.get(jobId)
    if (lease === undefined) return
    lease.renewedAt = this.#clock.elapsed()
    lease.endsAt = lease.renewedAt + this.#leaseMs
    lease.progress = progress ?? lease.progress
  }

  /** A step begins, or begins again: what was told of the one before is over. Before the job says so itself, or one would be taken for the other. */
  beginStep(jobId: string): void {
    const lease = this.#byJob.get(jobId)
    if (lease === undefined) return
    lease.progress = undefined
    lease.stepSince = this.#clock.now()
  }

  end(jobId: string, nodeId: string): void {
    this.#byJob.delete(jobId)
    if (this.#jobOfNode.get(nodeId) === jobId) this.#jobOfNode.delete(nodeId)
  }

  jobOf(nodeId: string): string | undefined {
    return this.#jobOfNode.get(nodeId)
  }

  /** Whether the node's agent spoke of its job within this time. */
  wasRenewedWithin(nodeId: string, milliseconds: number): boolean {
    const lease = this.#byJob.get(this.#jobOfNode.get(nodeId) ?? '')
    return lease !== undefined && this.#clock.elapsed() - lease.renewedAt < milliseconds
  }

  progressOf(jobId: string): Progress | undefined {
    return this.#byJob.get(jobId)?.progress
  }

  /** undefined: nobody has it. */
  shownOf(jobId: string, attempt: number, lastSeconds: () => Shown['lastSeconds']): Shown | undefined {
    const lease = this.#byJob.get(jobId)
    if (lease === undefined) return undefined
    if (lease.shown?.attempt !== attempt) lease.shown = { attempt, lastSeconds: lastSeconds(), percent: 0 }
    return lease.shown
  }

  stepSince(jobId: string): number | undefined {
    return this.#byJob.get(jobId)?.stepSince
  }

  /** Nodes that have a running job. */
  busyNodeIds(): Iterable<string> {
    return this.#jobOfNode.keys()
  }

  get runningCount(): number {
    return this.#byJob.size
  }

  runningIds(): readonly string[] {
    return [...this.#byJob.keys()]
  }

  hasEnded(jobId: string): boolean {
    const lease = this.#byJob.get(jobId)
    return lease !== undefined && lease.endsAt <= this.#clock.elapsed()
  }
}
