// Runs one step: its time limit, its stop order, its failure in words. Touches nothing itself; the performer does.
import { AppError } from '../contract/errors.ts'
import type { Failure } from '../contract/job.ts'
import type { OnFailureStep, Step } from '../contract/steps.ts'
import type { StepContext, StepOutcome } from './performer.ts'
import type { Performers } from './performers.ts'

export type StepEnd =
  | { readonly kind: 'done'; readonly outcome: StepOutcome }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** The job is not ours any more: nothing is reported. */
  | { readonly kind: 'stopped' }

export function runStep(step: Step, context: StepContext, performers: Performers): Promise<StepEnd> {
  return runLimited(step, context, async (limited) => performerOf(step, performers)(step, limited))
}

type Limited = Pick<Step | OnFailureStep, 'kind' | 'timeoutSeconds'>

/** Waits for the work even after an abort: two steps must never write to one disk. */
export async function runLimited(
  step: Limited,
  context: StepContext,
  perform: (limited: StepContext) => Promise<StepOutcome>,
): Promise<StepEnd> {
  const timeLimit = new AbortController()
  const timer = setTimeout(() => timeLimit.abort(timedOut(step)), step.timeoutSeconds * 1000)
  const signal = AbortSignal.any([context.signal, timeLimit.signal])
  try {
    return { kind: 'done', outcome: await perform({ ...context, signal }) }
  } catch (error) {
    if (context.signal.aborted) return { kind: 'stopped' }
    return { kind: 'failed', failure: failureOf(step, timeLimit.signal.aborted ? timeLimit.signal.reason : error, context.log) }
  } finally {
    clearTimeout(timer)
  }
}

type AnyPerformer = (step: Step, context: StepContext) => Promise<StepOutcome>

function performerOf(step: Step, performers: Performers): AnyPerformer {
  const performer = Object.hasOwn(performers, step.kind) ? performers[step.kind] : undefined
  if (performer === undefined) {
    throw new AppError(
      'AGENT_STEP_UNKNOWN',
      `this agent does not know the step "${step.kind}"`,
      'The boot OS is older than the appliance: run `platen boot build`, then restart the machine.',
    )
  }
  // Each performer takes its own kind of step, and step.kind chose it: the compiler cannot follow that.
  return performer as AnyPerformer
}

function timedOut(step: Limited): AppError {
  return new AppError(
    'AGENT_STEP_TIMED_OUT',
    `the step ${step.kind} did not end within ${step.timeoutSeconds} s`,
    'See what it was doing in the log above; raise timeoutSeconds of the step in profile.yaml when it only needs longer.',
  )
}

function failureOf(step: Limited, error: unknown, log: (line: string) => void): Failure {
  if (error instanceof AppError) return { code: error.code, message: error.message, hint: error.hint }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  for (const line of detail.split('\n')) log(line)
  return {
    code: 'AGENT_STEP_FAILED',
    message: `the step ${step.kind} failed: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'This is a failure that the agent did not foresee: keep the log of the job, it has the place where it happened.',
  }
}
