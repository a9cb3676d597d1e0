// reboot: has the departure recorded at the appliance, then says that the machine goes down. Touches the firmware's boot order, or loads a kernel.
import { Type } from 'typebox'
import type { Departure } from '../../contract/agent-api.ts'
import type { RebootStep } from '../../contract/steps.ts'
import type { Machine } from '../machine.ts'
import type { Performer, StepContext } from '../performer.ts'
import { fetchToFile } from './profile-files.ts'

export function rebootPerformer(machine: Machine): Performer<'reboot'> {
  return async (step, context) => {
    context.progress({ minorState: `restarts into ${describe(step)}`, percent: 0, transfer: {} })
    // What an installer put first would start instead of the network, now and when the machine comes back.
    await machine.keepNetworkFirst(context)
    if (step.how === 'kexec') await load(step, machine, context)
    const index = context.steps.indexOf(step)
    context.log(`this machine ${step.how === 'kexec' ? 'starts' : 'restarts into'} ${describe(step)}`)
    await context.client.post(`/jobs/${context.jobId}/departure`, departureOf(context, index), Type.Unknown(), context.signal)
    return { transfer: {}, leaves: step.how }
  }
}

async function load(
  { kernel, initrd, arguments: commandLine }: RebootStep,
  machine: Machine,
  context: StepContext,
): Promise<void> {
  const { filesDirectory } = machine.target
  const kernelPath = await fetchToFile(kernel!, filesDirectory, context)
  const initrdPath = initrd === undefined ? undefined : await fetchToFile(initrd, filesDirectory, context)
  await machine.loadKernel({ kernelPath, initrdPath, commandLine }, context)
}

const departureOf = ({ leaseId }: StepContext, step: number): Departure => ({ leaseId, step })

function describe({ into, kernel }: RebootStep): string {
  switch (into) {
    case 'boot-os':
      return 'the boot OS'
    case 'local-disk':
      return 'its own disk'
    case 'kernel':
      return `the kernel ${kernel?.path}`
  }
}
