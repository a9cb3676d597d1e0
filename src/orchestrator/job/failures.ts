// Why a job ended badly, as code, message and hint. Pure. What the agent itself found is passed on as it said it.
import { AppError } from '../../contract/errors.ts'
import type { Failure } from '../../contract/job.ts'

/** Failures that another try can mend: a damaged transfer, a wire that was cut. A wrong disk or a script's mistake stays what it is. */
const WORTH_REPEATING: ReadonlySet<string> = new Set(['IMAGE_DIGEST_MISMATCH', 'AGENT_FILE_CORRUPT'])

export function isWorthRepeating(code: string | undefined): boolean {
  return code !== undefined && WORTH_REPEATING.has(code)
}

export function failureOf({ code, message, hint }: AppError): Failure {
  return { code, message, hint }
}

export function agentLost(nodeName: string, silentSeconds: number): Failure {
  return {
    code: 'JOB_AGENT_LOST',
    message: `${nodeName} was silent for ${silentSeconds} s`,
    hint: 'Look at its console: it is off, hangs, or lost its network. Boot it again and post the job again.',
  }
}

export function bootsTooOften(nodeName: string, stepKind: string): Failure {
  return {
    code: 'JOB_BOOTS_TOO_OFTEN',
    message: `${nodeName} came back again and again without finishing the step ${stepKind}`,
    hint: 'The step takes the machine down each time: see its last lines in the job log and on its console.',
  }
}

export function awayTooLong(nodeName: string, seconds: number): Failure {
  return {
    code: 'JOB_REBOOT_TIMED_OUT',
    message: `${nodeName} did not come back within ${Math.round(seconds)} s after it was restarted for a step`,
    hint: 'Look at its console: what it was sent to has to end with a restart over the network, or needs a longer waitSeconds.',
  }
}

export function rebootRefused(message: string, hint: string): AppError {
  return new AppError('JOB_REBOOT_REFUSED', message, hint)
}

export function notAccepted(seconds: number): Failure {
  return {
    code: 'JOB_NOT_ACCEPTED',
    message: `nobody took the job within ${seconds} s`,
    hint: 'See with `platen node list` whether a node that fits is approved and has booted.',
  }
}

export function notCompleted(seconds: number): Failure {
  return {
    code: 'JOB_NOT_COMPLETED',
    message: `the job was not complete after ${seconds} s`,
    hint: 'See in its log which step takes so long, or post it with a longer completeTimeoutSeconds.',
  }
}

/** An agent that names no reason, which none should do. */
export function unnamed(stepKind: string): Failure {
  return {
    code: 'AGENT_STEP_FAILED',
    message: `the step ${stepKind} failed without a reason`,
    hint: 'The job log has what it said before.',
  }
}

export function leaseLost(jobId: string): AppError {
  return new AppError(
    'JOB_LEASE_LOST',
    `job ${jobId} does not belong to this lease any more`,
    'The agent drops the job and claims again.',
  )
}

export function outOfOrder(reported: number, current: number): AppError {
  return new AppError(
    'JOB_STEP_OUT_OF_ORDER',
    `step ${reported} was reported while step ${current} runs`,
    'The agent holds another plan: it drops the job and claims again.',
  )
}

export function alreadyEnded(jobId: string, state: string): AppError {
  return new AppError(
    'JOB_ALREADY_ENDED',
    `job ${jobId} is ${state} already`,
    'Nothing is left to do. See it with `platen job show`.',
  )
}

export function notFound(jobId: string): AppError {
  return new AppError('JOB_NOT_FOUND', `there is no job ${jobId}`, 'List the jobs with `platen job list`.')
}

export function dependencyFailed(id: string, state: string): Failure {
  return {
    code: 'JOB_DEPENDENCY_FAILED',
    message: `job ${id}, which has to succeed before, is ${state}`,
    hint: 'Mend what that one names, post it again, and then this one.',
  }
}

export function notQueued(jobId: string, state: string): AppError {
  return new AppError('JOB_NOT_QUEUED', `job ${jobId} is ${state}, not queued`, 'Only a job that waits can be moved or resumed.')
}

export function planChanged(before: readonly string[], now: readonly string[]): AppError {
  return new AppError(
    'JOB_PLAN_CHANGED',
    `the job was posted with the steps ${before.join(', ')} and would now have ${now.join(', ')}`,
    'The appliance was replaced by another version meanwhile: post the job again.',
  )
}
