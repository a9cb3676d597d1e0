// setup and activate: mounts the partitions, carries out the profile's actions in order, unmounts whatever happened. Touches the disk.
import { chooseDisk } from '../../imaging/choose-disk.ts'
import type { Machine } from '../machine.ts'
import type { Performer, StepContext } from '../performer.ts'
import { describeAction, performAction } from './actions.ts'
import { formatStepOf, partitionNames, planMounts } from './mount-plan.ts'
import { scriptEnvironment } from './script-environment.ts'
import { setupPercent } from './setup-progress.ts'

export function setupPerformer(machine: Machine): Performer<'setup' | 'activate'> {
  return async (step, context) => {
    const format = formatStepOf(context.steps)
    const disk = chooseDisk(format.disk, context.inventory.disks)
    const mounts = planMounts(format).map(({ number, at }) => ({
      partitionPath: machine.disks.partitionPath(disk.devicePath, number),
      at,
    }))
    const environment = scriptEnvironment({
      context,
      machine,
      disk,
      partitionNames: partitionNames(format),
      variables: step.variables,
    })

    let receivedBytes = 0
    await machine.target.unmount(context)
    try {
      await machine.target.mount(mounts, context)
      for (const [index, action] of step.actions.entries()) {
        const minorState = describeAction(action)
        context.log(`${index + 1}/${step.actions.length} ${minorState}`)
        const tell = (bytes: number) => {
          const transfer = bytes === 0 ? {} : { bytesReceived: receivedBytes + bytes }
          context.progress({ minorState, percent: setupPercent(step.actions, index, bytes), transfer })
          arrivedBytes = bytes
        }
        let arrivedBytes = 0
        tell(0)
        await performAction(action, { machine, context, environment, variables: step.variables, onArrived: tell })
        receivedBytes += arrivedBytes
      }
    } finally {
      await unmountAfter(machine, context)
    }
    return { transfer: receivedBytes === 0 ? {} : { bytesReceived: receivedBytes } }
  }
}

/** Also after an abort, when the step's own signal would stop it at once. */
async function unmountAfter({ target }: Machine, { log }: StepContext): Promise<void> {
  await target.unmount({ log, signal: AbortSignal.timeout(120_000) })
}
