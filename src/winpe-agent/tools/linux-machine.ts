// The machine as the boot OS's Linux gives it to the agent.
import type { Machine } from '../machine.ts'
import { keepNetworkFirst, startFromDiskNext } from './linux-boot-order.ts'
import { linuxDisks } from './linux-disks.ts'
import { readInventory } from './linux-inventory.ts'
import { loadKernel, powerOff, restart, startKernel } from './linux-power.ts'
import { linuxTarget } from './linux-target.ts'
import { openSysfs } from './sysfs.ts'
import { readTpmKey } from './tpm-key.ts'

const BASE_DIRECTORY = '/run/platen'

export function linuxMachine(): Machine {
  return {
    disks: linuxDisks,
    target: linuxTarget(BASE_DIRECTORY),
    inventory: async () => {
      const tpmKey = await readTpmKey()
      return {
        ...readInventory(openSysfs('/'), process.arch === 'arm64' ? 'arm64' : 'x64'),
        ...(tpmKey === undefined ? {} : { tpmKey }),
      }
    },
    keepNetworkFirst: (run) => keepNetworkFirst(run, openSysfs('/')),
    startFromDiskNext: (run) => startFromDiskNext(run, openSysfs('/')),
    restart,
    powerOff,
    loadKernel,
    startKernel,
  }
}
