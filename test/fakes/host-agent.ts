// The agent as a process on this machine, for one disk that the test made: everything real but the inventory and the power switch.
// node test/fakes/host-agent.ts '{"commandLine": …, "directory": …, "inventory": …}'
import { join } from 'node:path'
import type { Inventory } from '../../src/contract/inventory.ts'
import { startAgent } from '../../src/winpe-agent/start.ts'
import { linuxImaging } from '../../src/winpe-agent/tools/block-device.ts'
import { linuxDisks } from '../../src/winpe-agent/tools/linux-disks.ts'
import { linuxTarget } from '../../src/winpe-agent/tools/linux-target.ts'

export interface HostAgentOptions {
  readonly commandLine: string
  readonly directory: string
  readonly inventory: Inventory
}

const { commandLine, directory, inventory } = JSON.parse(process.argv[2]!) as HostAgentOptions
const say = (line: string) => process.stdout.write(`${line}\n`)

await startAgent(
  {
    commandLine,
    agentVersion: 'test',
    machine: {
      disks: linuxDisks,
      target: linuxTarget(directory),
      inventory: async () => inventory,
      keepNetworkFirst: async () => undefined,
      startFromDiskNext: async () => undefined,
      restart: async () => void say('MACHINE RESTARTS'),
      powerOff: async () => void say('MACHINE OFF'),
      loadKernel: async () => undefined,
      startKernel: async () => void say('KERNEL STARTS'),
    },
    imaging: linuxImaging,
    statusPath: join(directory, 'status.json'),
    print: say,
  },
  new AbortController().signal,
)
