// A script of the profile: fetched, then run in the boot OS or inside the image, within a time of its own. Touches what the script touches.
import { AppError } from '../../contract/errors.ts'
import type { ScriptAction } from '../../contract/steps.ts'
import type { Machine } from '../machine.ts'
import type { StepContext } from '../performer.ts'
import { fetchToFile } from './profile-files.ts'

export interface ScriptScene {
  readonly machine: Machine
  readonly context: StepContext
  readonly environment: Readonly<Record<string, string>>
}

/** Throws AGENT_SCRIPT_FAILED, also when its time is over. */
export async function runScript(action: ScriptAction, { machine, context, environment }: ScriptScene): Promise<void> {
  const { target } = machine
  const path = await fetchToFile(action.script, target.filesDirectory, context)
  const root = action.chroot ? target.directory : undefined
  const limit = action.timeoutSeconds === undefined ? undefined : AbortSignal.timeout(action.timeoutSeconds * 1000)
  const signal = limit === undefined ? context.signal : AbortSignal.any([context.signal, limit])
  try {
    await target.runScript({ path, environment, root, signal, log: context.log })
  } catch (error) {
    throw limit?.aborted && !context.signal.aborted ? tookTooLong(action, error) : error
  }
}

function tookTooLong({ script, timeoutSeconds }: ScriptAction, cause: unknown): AppError {
  return new AppError(
    'AGENT_SCRIPT_FAILED',
    `the script ${script.path} did not end within ${timeoutSeconds} s`,
    'See what it printed last in the log above; raise timeoutSeconds of the action when it only needs longer.',
    { cause },
  )
}
