// Secrets of a step: asked for when it runs, in the environment of its scripts, and in nothing that the step says. Touches the appliance.
import { AppError } from '../../contract/errors.ts'
import { maskOf, StepSecrets } from '../../contract/secrets.ts'
import type { SetupStep } from '../../contract/steps.ts'
import type { StepContext } from '../performer.ts'
import { shellWord } from './script-environment.ts'

export interface WithSecrets {
  /** Takes them out of every line, every word of progress. */
  readonly context: StepContext
  readonly environment: Readonly<Record<string, string>>
}

/** What it throws says no secret either. */
export async function withSecrets<T>(
  step: SetupStep,
  context: StepContext,
  perform: (given: WithSecrets) => Promise<T>,
): Promise<T> {
  if (step.secrets === undefined || step.secrets.length === 0) return perform({ context, environment: {} })
  const { jobId, leaseId, steps, client, signal } = context
  const wish = { leaseId, step: steps.indexOf(step) }
  const { secrets } = await client.post(`/jobs/${encodeURIComponent(jobId)}/secrets`, wish, StepSecrets, signal)
  const mask = maskOf(Object.values(secrets))
  const environment = Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [`PLATEN_SECRET_${shellWord(name)}`, value]),
  )
  try {
    return await perform({ context: masked(context, mask), environment })
  } catch (error) {
    throw maskedError(error, mask)
  }
}

function masked(context: StepContext, mask: (text: string) => string): StepContext {
  return {
    ...context,
    log: (line) => context.log(mask(line)),
    progress: (update) => context.progress({ ...update, minorState: mask(update.minorState) }),
  }
}

function maskedError(error: unknown, mask: (text: string) => string): Error {
  // Without its cause: that is a text, too.
  if (error instanceof AppError) return new AppError(error.code, mask(error.message), mask(error.hint))
  if (!(error instanceof Error)) return new Error(mask(String(error)))
  const said = new Error(mask(error.message))
  said.stack = mask(error.stack ?? error.message)
  return said
}
