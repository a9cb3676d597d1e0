// on-failure: runs the profile's scripts after a step has failed for good, and adds what they collect to the job. Touches the disk and the appliance.
// Whatever goes wrong here is a line in the log: the next script runs, the files that are there are sent.
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { Failure } from '../../contract/job.ts'
import type { OnFailureStep } from '../../contract/steps.ts'
import { chooseDisk } from '../../imaging/choose-disk.ts'
import type { Machine } from '../machine.ts'
import type { StepContext, StepOutcome } from '../performer.ts'
import { formatStepOf, mountsOf, partitionNames } from './mount-plan.ts'
import { runScript } from './run-script.ts'
import { scriptEnvironment } from './script-environment.ts'
import { sendJobFile } from './send-job-file.ts'
import { unmountAfter } from './unmount-after.ts'

export interface FailedStep {
  readonly index: number
  /** undefined: it failed in an earlier boot. */
  readonly failure: Failure | undefined
}

export type OnFailurePerformer = (step: OnFailureStep, failed: FailedStep, context: StepContext) => Promise<StepOutcome>

/** Fails with the first thing that went wrong, after everything has been tried. */
export function onFailurePerformer(machine: Machine): OnFailurePerformer {
  return async (step, failed, context) => {
    const problems: unknown[] = []
    const attempt = async (what: string, run: () => Promise<void>) => {
      try {
        context.signal.throwIfAborted()
        await run()
      } catch (error) {
        problems.push(error)
        context.log(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    const output = join(machine.target.filesDirectory, 'output')
    let isMounted = false
    await attempt('the image cannot be unmounted', () => machine.target.unmount(context))
    await attempt('the image cannot be mounted', async () => {
      isMounted = await mountImage(machine, failed, context)
    })
    await rm(output, { recursive: true, force: true })
    await mkdir(output, { recursive: true })
    const environment = { ...environmentOf(step, failed, machine, context), PLATEN_OUTPUT: output }
    for (const [index, action] of step.actions.entries()) {
      context.progress({ minorState: `runs ${action.script.path}`, percent: (100 * index) / step.actions.length, transfer: {} })
      if (action.chroot && !isMounted) context.log(`${action.script.path} is left out: there is no image to run it in`)
      else await attempt(action.script.path, () => runScript(action, { machine, context, environment }))
    }
    for (const name of await readdir(output))
      await attempt(name, async () => void (await sendJobFile(join(output, name), name, context)))
    await unmountAfter(machine, context)
    if (problems.length > 0) throw problems[0]
    return { transfer: {} }
  }
}

/** A disk that the job has not formatted is not ours to mount: that alone writes to it. */
async function mountImage(machine: Machine, { index }: FailedStep, context: StepContext): Promise<boolean> {
  if (!context.steps.slice(0, index).some(({ kind }) => kind === 'format')) return false
  const format = formatStepOf(context.steps)
  const disk = chooseDisk(format.disk, context.inventory.disks)
  await machine.target.mount(mountsOf(format, disk, machine), context)
  return true
}

function environmentOf(
  { variables }: OnFailureStep,
  { index, failure }: FailedStep,
  machine: Machine,
  context: StepContext,
): Record<string, string> {
  const failed = {
    PLATEN_FAILED_STEP: context.steps[index]?.kind ?? '',
    PLATEN_FAILURE_CODE: failure?.code ?? '',
    PLATEN_FAILURE: failure?.message ?? '',
  }
  const format = formatStepOf(context.steps)
  try {
    const disk = chooseDisk(format.disk, context.inventory.disks)
    return { ...scriptEnvironment({ context, machine, disk, partitionNames: partitionNames(format), variables }), ...failed }
  } catch (error) {
    // That there is no such disk may be why the job failed.
    if (!(error instanceof AppError)) throw error
    return { ...scriptEnvironment({ context, machine, disk: undefined, variables }), ...failed }
  }
}
