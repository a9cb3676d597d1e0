// Which secrets a job may be given, and what of them is taken out of what its agent says. Pure but for the port.
import type { StepReport } from '../../contract/agent-api.ts'
import { maskOf } from '../../contract/secrets.ts'
import type { Step } from '../../contract/steps.ts'
import type { JobRecord } from './record.ts'

/** Answered by whoever keeps them. */
export interface StepSecretsPort {
  /** Throws SECRET_NOT_FOUND for the first that is not set. */
  valuesOf(names: readonly string[]): Record<string, string>
  /** All that are kept. */
  known(): Iterable<string>
}

export const secretsOf = (step: Step): readonly string[] =>
  step.kind === 'setup' || step.kind === 'activate' ? (step.secrets ?? []) : []

/** The agent masks what it says; an older one, or one that lies, does not. All that are kept: a job may have been given one that was set anew since. */
export function maskFor({ stepSecrets }: Pick<JobRecord, 'stepSecrets'>, secrets: StepSecretsPort): (text: string) => string {
  return stepSecrets === undefined ? (text) => text : maskOf(secrets.known())
}

export function maskedReport(report: StepReport, job: Pick<JobRecord, 'stepSecrets'>, secrets: StepSecretsPort): StepReport {
  const { failure } = report
  if (failure === undefined || job.stepSecrets === undefined) return report
  const mask = maskFor(job, secrets)
  return { ...report, failure: { ...failure, message: mask(failure.message), hint: mask(failure.hint) } }
}
