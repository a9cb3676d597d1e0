// setup and activate: mounts the partitions, carries out the profile's actions in order, unmounts whatever happened. Touches the disk.
import { chooseDisk } from '../../imaging/choose-disk.ts'
import type { Machine } from '../machine.ts'
import type { Performer } from '../performer.ts'
import { describeAction, performAction } from './actions.ts'
import { formatStepOf, mountsOf, partitionNames } from './mount-plan.ts'
import { scriptEnvironment } from './script-environment.ts'
import { setupPercent } from './setup-progress.ts'
import { unmountAfter } from './unmount-after.ts'

export function setupPerformer(machine: Machine): Performer<'setup' | 'activate'> {
  return async (step, context) => {
    const format = formatStepOf(context.steps)
    const disk = chooseDisk(format.disk, context.inventory.disks)
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
      await machine.target.mount(mountsOf(format, disk, machine), context)
      for (const [index, action] of step.actions.entries()) {
        const minorState = describeAction(action)
        context.log(`${index + 1}/${step.actions.length} ${minorState}`)
        let arrivedBytes = 0
        const tell = (bytes: number) => {
          arrivedBytes = bytes
          const transfer = bytes === 0 ? {} : { bytesReceived: receivedBytes + bytes }
          context.progress({ minorState, percent: setupPercent(step.actions, index, bytes), transfer })
        }
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
