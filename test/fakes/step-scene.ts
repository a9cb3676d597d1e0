// What a performer sees, for tests: its log and progress are kept.
import type { Disk, Inventory } from '../../src/contract/inventory.ts'
import type { Step } from '../../src/contract/steps.ts'
import type { Progress, StepContext } from '../../src/winpe-agent/performer.ts'
import { ProfileFilesClient } from './profile-files-client.ts'

export interface StepScene {
  readonly context: StepContext
  readonly client: ProfileFilesClient
  readonly lines: string[]
  readonly updates: Progress[]
}

export function stepScene(disks: readonly Disk[], steps: readonly Step[], signal = new AbortController().signal): StepScene {
  const client = new ProfileFilesClient()
  const lines: string[] = []
  const updates: Progress[] = []
  const context: StepContext = {
    jobId: '7d1f4a52-0c9e-4b7a-9a55-8f3c2f1d6e01',
    leaseId: 'lease-1',
    steps,
    profile: { name: 'tiny', revision: 'revision-1' },
    inventory: inventoryWith(disks),
    client,
    log: (line) => lines.push(line),
    progress: (update) => updates.push(update),
    signal,
  }
  return { context, client, lines, updates }
}

export function inventoryWith(disks: readonly Disk[]): Inventory {
  return {
    architecture: 'x64',
    firmware: 'bios',
    secureBoot: 'unsupported',
    smbios: { systemUuid: '4c4c4544-0051-3610-8052-b4c04f4e5931' },
    cpuCount: 2,
    memoryBytes: 1024 ** 3,
    nics: [{ name: 'eth0', mac: '52:54:00:12:34:56', linkUp: true }],
    disks: [...disks],
  }
}

export function diskAt(devicePath: string, sizeBytes: number): Disk {
  return {
    devicePath,
    serial: 'platen-test',
    sizeBytes,
    logicalSectorBytes: 512,
    physicalSectorBytes: 512,
    isRotational: false,
    isRemovable: false,
    isReadOnly: false,
  }
}
