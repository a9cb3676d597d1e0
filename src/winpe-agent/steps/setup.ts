// setup and activate: mounts the partitions, carries out the profile's actions in order, unmounts whatever happened. Touches the disk.
import type { Transfer } from '../../contract/job.ts'
import type { SetupStep } from '../../contract/steps.ts'
import { chooseDisk } from '../../imaging/choose-disk.ts'
import type { Machine } from '../machine.ts'
import type { Performer, StepContext } from '../performer.ts'
import { describeAction, performAction } from './actions.ts'
import { formatStepOf, mountsOf, partitionNames } from './mount-plan.ts'
import { scriptEnvironment } from './script-environment.ts'
import { withSecrets } from './secrets.ts'
import { setupPercent } from './setup-progress.ts'
import { unmountAfter } from './unmount-after.ts'

export function setupPerformer(machine: Machine): Performer<'setup' | 'activate'> {
  return (step, context) =>
    withSecrets(step, context, async (given) => {
      const format = formatStepOf(context.steps)
      const disk = chooseDisk(format.disk, context.inventory.disks)
      const facts = { context, machine, disk, partitionNames: partitionNames(format), variables: step.variables }
      const environment = { ...scriptEnvironment(facts), ...given.environment }
      await machine.target.unmount(context)
      try {
        await machine.target.mount(mountsOf(format, disk, machine), context)
        return { transfer: await performAll(step, { machine, context: given.context, environment }) }
      } finally {
        await unmountAfter(machine, given.context)
      }
    })
}

interface Scene {
  readonly machine: Machine
  readonly context: StepContext
  readonly environment: Readonly<Record<string, string>>
}

/** In order. Gives what arrived for them. */
async function performAll({ actions, variables }: SetupStep, { machine, context, environment }: Scene): Promise<Transfer> {
  let receivedBytes = 0
  for (const [index, action] of actions.entries()) {
    const minorState = describeAction(action)
    context.log(`${index + 1}/${actions.length} ${minorState}`)
    let arrivedBytes = 0
    const tell = (bytes: number) => {
      arrivedBytes = bytes
      const transfer = bytes === 0 ? {} : { bytesReceived: receivedBytes + bytes }
      context.progress({ minorState, percent: setupPercent(actions, index, bytes), transfer })
    }
    tell(0)
    await performAction(action, { machine, context, environment, variables, onArrived: tell })
    receivedBytes += arrivedBytes
  }
  return receivedBytes === 0 ? {} : { bytesReceived: receivedBytes }
}
