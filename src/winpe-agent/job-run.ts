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
import { beat } from './heartbeat.ts'
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
  /** isUnfinished: it failed, and nothing can start from the disk now. */
  | { readonly kind: 'ended'; readonly isUnfinished: boolean }
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

export async function runJob(assignment: Assignment, deps: JobDeps, agentSignal: AbortSignal): Promise<JobEnd> {
  const { jobId, leaseId, steps } = assignment
  const stop = new AbortController()
  const over = new AbortController()
  let mustRestart = false
  const signal = AbortSignal.any([agentSignal, stop.signal])
  const shipper = createLogShipper(
    { jobId, leaseId, firstLine: assignment.logLineCount ?? 0 },
    {
      client: deps.client,
      signal,
      refused: (error, count) => deps.print(`the appliance took no more log lines (${count} waiting): ${messageOf(error)}`),
    },
  )
  const now = { step: assignment.stepIndex, progress: NOTHING_YET }
  const heart = beat(
    jobId,
    {
      client: deps.client,
      // The job may be one of another appliance, with a shorter lease than those of the one that was greeted.
      intervalMs: Math.min(deps.identity.heartbeatSeconds, assignment.leaseSeconds / HEARTBEATS_A_LEASE) * 1000,
      current: currentBeat,
      beforeBeat: (beatSignal) => deps.helloIfDue(beatSignal),
      onStop: (reason) => stop.abort(new Error(reason)),
      onRestart(reason) {
        mustRestart = true
        stop.abort(new Error(reason))
      },
      pause: deps.pause,
      log: deps.print,
    },
    AbortSignal.any([agentSignal, over.signal]),
  )
  try {
    return await walk()
  } catch (error) {
    if (stop.signal.aborted) return { kind: 'dropped', reason: messageOf(stop.signal.reason), mustRestart }
    if (error instanceof AppError && JOB_NOT_OURS.includes(error.code))
      return { kind: 'dropped', reason: error.message, mustRestart: await isWantedBack() }
    throw error
  } finally {
    over.abort()
    await heart
  }

  function currentBeat(): Heartbeat {
    return { leaseId, step: now.step, ...wireProgress(now.progress) }
  }

  /** Something that the step sent was refused before the next beat was due: whether the job alone went elsewhere, a beat tells. */
  async function isWantedBack(): Promise<boolean> {
    try {
      const { order } = await deps.client.post(`/jobs/${jobId}/heartbeat`, currentBeat(), HeartbeatAnswer, agentSignal)
      return order === 'restart'
    } catch (error) {
      if (error instanceof AppError) return false
      throw error
    }
  }

  async function walk(): Promise<JobEnd> {
    if (assignment.hasFailed) return finishFailed(assignment.stepIndex, undefined)
    for (let index = assignment.stepIndex; index < steps.length; ) {
      now.step = index
      now.progress = NOTHING_YET
      const startedMs = deps.nowMs()
      const end = await runStep(steps[index]!, contextOf(index), deps.performers)
      if (end.kind === 'stopped') throw new Error('stopped')
      const seconds = (deps.nowMs() - startedMs) / 1000
      if (end.kind === 'done' && end.outcome.leaves !== undefined) {
        await shipper.flush()
        return { kind: 'leaves', by: end.outcome.leaves }
      }
      const order = await report(index, end, seconds)
      const failure = end.kind === 'failed' ? end.failure : undefined
      if (order === 'ended') return { kind: 'ended', isUnfinished: failure !== undefined && isUnfinished(index, failure.code) }
      if (order === 'on-failure') return finishFailed(index, failure)
      if (order === 'next-step') index++
    }
    return { kind: 'ended', isUnfinished: false }
  }

  /** The job has failed, which is recorded; what is done about it changes nothing of that. */
  async function finishFailed(index: number, failure: Failure | undefined): Promise<JobEnd> {
    const ended: JobEnd = { kind: 'ended', isUnfinished: isUnfinished(index, failure?.code ?? '') }
    const [step, perform] = [assignment.onFailure, deps.performers.onFailure]
    now.step = index
    now.progress = NOTHING_YET
    const startedMs = deps.nowMs()
    if (step === undefined || perform === undefined) {
      await postReport({ leaseId, step: index, outcome: 'on-failure-over', seconds: 0, transfer: {} })
      return ended
    }
    const end = await runLimited(step, contextOf(index, step.kind), (context) => perform(step, { index, failure }, context))
    if (end.kind === 'stopped') throw new Error('stopped')
    const seconds = (deps.nowMs() - startedMs) / 1000
    const problem = end.kind === 'failed' ? { failure: end.failure } : {}
    await postReport({ leaseId, step: index, outcome: 'on-failure-over', seconds, transfer: {}, ...problem })
    return ended
  }

  function isUnfinished(index: number, code: string): boolean {
    return leavesUnfinished(steps, { index, code, transfer: now.progress.transfer })
  }

  function contextOf(index: number, kind: string = steps[index]!.kind): StepContext {
    const log = lineLogger(shipper, deps)
    log(`step ${index + 1} of ${steps.length}: ${kind}`)
    const phase = { jobId, attempt: assignment.attempt, majorState: kind, step: index + 1, steps: steps.length }
    deps.status.update({ ...phase, minorState: NOTHING_YET.minorState, percent: 0, secondsLeft: undefined })
    return {
      jobId,
      leaseId,
      steps,
      profile: assignment.profile,
      inventory: deps.inventory,
      client: deps.client,
      signal,
      log,
      progress(update) {
        now.progress = update
        const { minorState, percent, secondsLeft } = update
        deps.status.update({ ...phase, minorState, percent, secondsLeft })
      },
    }
  }

  /** The log first: when the end of a step is known, all that it said is there. */
  async function report(
    index: number,
    end: Exclude<StepEnd, { kind: 'stopped' }>,
    seconds: number,
  ): Promise<StepReportAnswer['order']> {
    const log = lineLogger(shipper, deps)
    if (end.kind === 'failed') {
      log(`failed: ${end.failure.message} [${end.failure.code}]`)
      if (end.failure.hint !== '') log(`what to do: ${end.failure.hint}`)
    } else {
      log(`step ${index + 1} of ${steps.length} done in ${seconds.toFixed(1)} s`)
    }
    return postReport(reportOf(index, end, seconds))
  }

  async function postReport(body: StepReport): Promise<StepReportAnswer['order']> {
    await shipper.flush()
    signal.throwIfAborted()
    const { order } = await deps.client.post(`/jobs/${jobId}/reports`, body, StepReportAnswer, signal)
    return order
  }

  function reportOf(step: number, end: Exclude<StepEnd, { kind: 'stopped' }>, seconds: number): StepReport {
    if (end.kind === 'failed') {
      return { leaseId, step, outcome: 'failed', seconds, transfer: now.progress.transfer, failure: end.failure }
    }
    const { leaves: _leaves, ...outcome } = end.outcome
    return { leaseId, step, outcome: 'done', seconds, ...outcome }
  }
}

function lineLogger(shipper: LogShipper, { print }: JobDeps): (line: string) => void {
  return (line) => {
    print(line)
    shipper.add(line)
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
