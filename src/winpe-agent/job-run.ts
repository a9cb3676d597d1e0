// Runs one job from where it stands to its end: step, log, report, next step. Everything that it touches comes in through deps.
import {
  type Assignment,
  type Heartbeat,
  HeartbeatAnswer,
  type HelloAnswer,
  type StepReport,
  StepReportAnswer,
} from '../contract/agent-api.ts'
import { AppError } from '../contract/errors.ts'
import type { Inventory } from '../contract/inventory.ts'
import type { Failure } from '../contract/job.ts'
import { beat, type HeartbeatDeps } from './heartbeat.ts'
import { createLogShipper, type LogShipper } from './log-shipper.ts'
import { JOB_NOT_OURS } from './lost-job.ts'
import type { OrchestratorClient } from './orchestrator-client.ts'
import type { Progress, StepContext } from './performer.ts'
import type { Performers } from './performers.ts'
import type { StatusFile } from './status-file.ts'
import { runLimited, runStep, type StepEnd } from './step-run.ts'
import { leavesUnfinished } from './unfinished.ts'

/** What became of the job here. ended: the appliance recorded the end. dropped: the job is not ours any more, or its plan is not the one that we hold. */
export type JobEnd =
  /** isUnfinished: it failed, and nothing can start from the disk now. startsKernel: it loaded a kernel that is to run now. */
  | { readonly kind: 'ended'; readonly isUnfinished: boolean; readonly startsKernel?: boolean }
  /** mustRestart: the node was reclaimed, the machine is to boot again. */
  | { readonly kind: 'dropped'; readonly reason: string; readonly mustRestart: boolean }
  /** The machine goes down in the middle; the appliance has recorded it and goes on with the job when it is back. */
  | { readonly kind: 'leaves'; readonly by: 'firmware' | 'kexec' }

export interface JobDeps {
  readonly client: OrchestratorClient
  readonly performers: Performers
  readonly inventory: Inventory
  readonly identity: HelloAnswer
  readonly status: StatusFile
  pause(ms: number, signal: AbortSignal): Promise<void>
  /** Monotonic. */
  nowMs(): number
  print(line: string): void
  helloIfDue(signal: AbortSignal): Promise<void>
}

const HEARTBEATS_A_LEASE = 6
const NOTHING_YET: Progress = { minorState: 'starting', percent: 0, transfer: {} }

type Reported = Exclude<StepEnd, { kind: 'stopped' }>

/** Fails with the signal's reason when the agent itself is stopped. */
export function runJob(assignment: Assignment, deps: JobDeps, agentSignal: AbortSignal): Promise<JobEnd> {
  return new JobRun(assignment, deps, agentSignal).run()
}

class JobRun {
  readonly #assignment: Assignment
  readonly #deps: JobDeps
  readonly #agentSignal: AbortSignal
  /** Aborted when the job is not ours any more. */
  readonly #stop = new AbortController()
  /** For all that is done for the job. */
  readonly #signal: AbortSignal
  readonly #shipper: LogShipper
  #mustRestart = false
  /** A report is on its way. */
  #isReporting = false
  /** What a beat was told meanwhile. */
  #stopHeard: string | undefined
  /** Where it is now, for the heartbeats. */
  #step: number
  #progress = NOTHING_YET

  constructor(assignment: Assignment, deps: JobDeps, agentSignal: AbortSignal) {
    const { jobId, leaseId, logLineCount: firstLine = 0 } = assignment
    const { client, print } = deps
    this.#assignment = assignment
    this.#deps = deps
    this.#agentSignal = agentSignal
    this.#signal = AbortSignal.any([agentSignal, this.#stop.signal])
    this.#step = assignment.stepIndex
    const refused = (error: unknown, count: number) =>
      print(`the appliance took no more log lines (${count} waiting): ${messageOf(error)}`)
    this.#shipper = createLogShipper({ jobId, leaseId, firstLine }, { client, signal: this.#signal, refused })
  }

  async run(): Promise<JobEnd> {
    const over = new AbortController()
    const heart = this.#beat(AbortSignal.any([this.#agentSignal, over.signal]))
    try {
      return await this.#walk()
    } catch (error) {
      return await this.#dropped(error)
    } finally {
      over.abort()
      await heart
    }
  }

  async #walk(): Promise<JobEnd> {
    const { steps, stepIndex, hasFailed } = this.#assignment
    if (hasFailed) return this.#finishFailed(stepIndex, undefined)
    let startsKernel = false
    for (let index = stepIndex; index < steps.length; ) {
      const { end, seconds } = await this.#timed(index, () =>
        runStep(steps[index]!, this.#contextOf(index, steps[index]!.kind), this.#deps.performers),
      )
      if (end.kind === 'done' && end.outcome.leaves !== undefined) {
        await this.#shipper.flush()
        return { kind: 'leaves', by: end.outcome.leaves }
      }
      const order = await this.#report(index, end, seconds)
      startsKernel = end.kind === 'done' && end.outcome.startsKernel === true
      const failure = end.kind === 'failed' ? end.failure : undefined
      if (order === 'ended')
        return { kind: 'ended', isUnfinished: failure !== undefined && this.#isUnfinished(index, failure.code), startsKernel }
      if (order === 'on-failure') return this.#finishFailed(index, failure)
      if (order === 'next-step') index++
    }
    return { kind: 'ended', isUnfinished: false, startsKernel }
  }

  /** The job has failed, which is recorded; what is done about it changes nothing of that. */
  async #finishFailed(index: number, failure: Failure | undefined): Promise<JobEnd> {
    const ended: JobEnd = { kind: 'ended', isUnfinished: this.#isUnfinished(index, failure?.code ?? '') }
    const { leaseId, onFailure: step } = this.#assignment
    const perform = this.#deps.performers.onFailure
    const over = { leaseId, step: index, outcome: 'on-failure-over', transfer: {} } as const
    if (step === undefined || perform === undefined) {
      await this.#post({ ...over, seconds: 0 })
      return ended
    }
    const { end, seconds } = await this.#timed(index, () =>
      runLimited(step, this.#contextOf(index, step.kind), (context) => perform(step, { index, failure }, context)),
    )
    await this.#post({ ...over, seconds, ...(end.kind === 'failed' ? { failure: end.failure } : {}) })
    return ended
  }

  /** Throws when it was stopped: then nothing more is said of it. */
  async #timed(index: number, work: () => Promise<StepEnd>): Promise<{ end: Reported; seconds: number }> {
    this.#step = index
    this.#progress = NOTHING_YET
    const startedMs = this.#deps.nowMs()
    const end = await work()
    if (end.kind === 'stopped') throw new Error('stopped')
    return { end, seconds: (this.#deps.nowMs() - startedMs) / 1000 }
  }

  #isUnfinished(index: number, code: string): boolean {
    return leavesUnfinished(this.#assignment.steps, { index, code, transfer: this.#progress.transfer })
  }

  #contextOf(index: number, kind: string): StepContext {
    const { jobId, leaseId, steps, profile, attempt } = this.#assignment
    const { inventory, client, status } = this.#deps
    this.#log(`step ${index + 1} of ${steps.length}: ${kind}`)
    const phase = { jobId, attempt, majorState: kind, step: index + 1, steps: steps.length }
    status.update({ ...phase, minorState: NOTHING_YET.minorState, percent: 0, secondsLeft: undefined })
    return {
      jobId,
      leaseId,
      steps,
      profile,
      inventory,
      client,
      signal: this.#signal,
      log: (line) => this.#log(line),
      progress: (update) => {
        this.#progress = update
        const { minorState, percent, secondsLeft } = update
        status.update({ ...phase, minorState, percent, secondsLeft })
      },
    }
  }

  #log(line: string): void {
    this.#deps.print(line)
    this.#shipper.add(line)
  }

  #report(index: number, end: Reported, seconds: number): Promise<StepReportAnswer['order']> {
    const { leaseId, steps } = this.#assignment
    if (end.kind === 'failed') {
      const { failure } = end
      this.#log(`failed: ${failure.message} [${failure.code}]`)
      if (failure.hint !== '') this.#log(`what to do: ${failure.hint}`)
      return this.#post({ leaseId, step: index, outcome: 'failed', seconds, transfer: this.#progress.transfer, failure })
    }
    this.#log(`step ${index + 1} of ${steps.length} done in ${seconds.toFixed(1)} s`)
    const { leaves: _leaves, startsKernel: _startsKernel, configuration, ...outcome } = end.outcome
    return this.#post({
      leaseId,
      step: index,
      outcome: 'done',
      seconds,
      ...outcome,
      ...(configuration && { configuration: [...configuration] }),
    })
  }

  /** The log first: when the end of a step is known, all that it said is there. */
  async #post(report: StepReport): Promise<StepReportAnswer['order']> {
    await this.#shipper.flush()
    this.#signal.throwIfAborted()
    const path = `/jobs/${this.#assignment.jobId}/reports`
    this.#isReporting = true
    try {
      const { order } = await this.#deps.client.post(path, report, StepReportAnswer, this.#signal)
      if (this.#stopHeard !== undefined && order !== 'ended') this.#stop.abort(new Error(this.#stopHeard))
      this.#signal.throwIfAborted()
      return order
    } finally {
      this.#isReporting = false
    }
  }

  /** A job that ends with a report is over for the next beat before the report's answer is here: that answer decides. */
  #heardStop(reason: string): void {
    if (this.#isReporting) this.#stopHeard = reason
    else this.#stop.abort(new Error(reason))
  }

  #beat(signal: AbortSignal): Promise<void> {
    const { jobId, leaseSeconds } = this.#assignment
    const { client, identity, helloIfDue, pause, print } = this.#deps
    const deps: HeartbeatDeps = {
      client,
      // The job may be one of another appliance, with a shorter lease than those of the one that was greeted.
      intervalMs: Math.min(identity.heartbeatSeconds, leaseSeconds / HEARTBEATS_A_LEASE) * 1000,
      current: () => this.#heartbeat(),
      beforeBeat: (beatSignal) => helloIfDue(beatSignal),
      onStop: (reason) => this.#heardStop(reason),
      onRestart: (reason) => {
        this.#mustRestart = true
        this.#stop.abort(new Error(reason))
      },
      pause,
      log: print,
    }
    return beat(jobId, deps, signal)
  }

  #heartbeat(): Heartbeat {
    return { leaseId: this.#assignment.leaseId, step: this.#step, ...wireProgress(this.#progress) }
  }

  /** What was thrown, when it says no more than that the job went elsewhere. */
  async #dropped(error: unknown): Promise<JobEnd> {
    const { signal } = this.#stop
    if (signal.aborted) return { kind: 'dropped', reason: messageOf(signal.reason), mustRestart: this.#mustRestart }
    if (!(error instanceof AppError) || !JOB_NOT_OURS.includes(error.code)) throw error
    return { kind: 'dropped', reason: error.message, mustRestart: await this.#isWantedBack() }
  }

  /** Something that the step sent was refused before the next beat was due: whether the job alone went elsewhere, a beat tells. */
  async #isWantedBack(): Promise<boolean> {
    try {
      const path = `/jobs/${this.#assignment.jobId}/heartbeat`
      const { order } = await this.#deps.client.post(path, this.#heartbeat(), HeartbeatAnswer, this.#agentSignal)
      return order === 'restart'
    } catch (error) {
      if (error instanceof AppError) return false
      throw error
    }
  }
}

/** Within the limits of the wire, whatever a performer says. */
function wireProgress({ minorState, percent, secondsLeft, transfer, flow }: Progress) {
  return {
    minorState: minorState.slice(0, 200),
    percent: Number.isFinite(percent) ? Math.min(100, Math.max(0, percent)) : 0,
    ...(secondsLeft !== undefined && Number.isFinite(secondsLeft) && { secondsLeft: Math.max(0, Math.round(secondsLeft)) }),
    transfer,
    ...(flow !== undefined && { flow }),
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
