// A disk that the agent's own format step laid out, and what a step on it sees. Needs root.
import type { FormatStep, Step } from '../../src/contract/steps.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import { formatPerformer } from '../../src/winpe-agent/steps/format.ts'
import { linuxDisks } from '../../src/winpe-agent/tools/linux-disks.ts'
import { linuxTarget } from '../../src/winpe-agent/tools/linux-target.ts'
import type { PartitionedDisk } from './partitioned-disk.ts'
import { diskAt, inventoryWith, type StepScene, stepScene } from './step-scene.ts'

export const TABLE_ID = '5b3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11'

export const formatStep = (change: Partial<FormatStep> = {}): FormatStep => ({
  kind: 'format',
  timeoutSeconds: 60,
  disk: { serial: 'platen-test' },
  eraseForeignData: false,
  knownTableIds: [],
  tableId: TABLE_ID,
  layout: {
    table: 'gpt',
    partitions: [
      { name: 'bios', type: 'bios-boot', sizeMiB: 1 },
      { name: 'esp', type: 'esp', sizeMiB: 40, label: 'esp' },
      { name: 'swap', type: 'swap', sizeMiB: 8 },
      { name: 'root-fs', type: 'linux', filesystem: 'ext4', label: 'tiny-root', mount: '/' },
    ],
  },
  ...change,
})

const capture: Step = {
  kind: 'capture',
  timeoutSeconds: 60,
  disk: { serial: 'platen-test' },
  imageName: 'tiny',
  includeUnknown: false,
}

export async function format(disk: PartitionedDisk, step = formatStep()): Promise<StepScene> {
  const scene = sceneOn(disk, { step })
  await formatPerformer(machineOn(disk))(step, scene.context)
  return scene
}

/** `step`: what the job has in front of its capture. */
export function sceneOn(
  disk: PartitionedDisk,
  { step = formatStep(), signal }: { readonly step?: FormatStep; readonly signal?: AbortSignal } = {},
): StepScene {
  return stepScene([diskAt(disk.devicePath, disk.sizeBytes)], [step, capture], signal)
}

export function machineOn(disk: PartitionedDisk): Machine {
  return {
    disks: linuxDisks,
    target: linuxTarget(disk.directory),
    inventory: async () => inventoryWith([]),
    keepNetworkFirst: async () => undefined,
    startFromDiskNext: async () => undefined,
    restart: async () => undefined,
    powerOff: async () => undefined,
    loadKernel: async () => undefined,
    startKernel: async () => undefined,
  }
}
