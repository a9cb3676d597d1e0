// What a profile's script finds in its environment. Pure.
import type { Disk } from '../../contract/inventory.ts'
import type { Machine } from '../machine.ts'
import type { StepContext } from '../performer.ts'

export interface ScriptFacts {
  readonly context: StepContext
  readonly machine: Machine
  /** undefined: there is none that fits. */
  readonly disk: Disk | undefined
  /** Names of partitions by their number; a format script's partitions have none. */
  readonly partitionNames?: ReadonlyMap<number, string>
  readonly variables?: Readonly<Record<string, string>>
}

export function scriptEnvironment({ context, machine, disk, partitionNames, variables }: ScriptFacts): Record<string, string> {
  const environment: Record<string, string> = {
    PLATEN_TARGET: machine.target.directory,
    PLATEN_FILES: machine.target.filesDirectory,
    PLATEN_DISK: disk?.devicePath ?? '',
    PLATEN_FIRMWARE: context.inventory.firmware,
    PLATEN_ARCHITECTURE: context.inventory.architecture,
    PLATEN_JOB: context.jobId,
  }
  for (const [number, name] of partitionNames ?? []) {
    if (disk === undefined) break
    environment[`PLATEN_PART_${shellWord(name)}`] = machine.disks.partitionPath(disk.devicePath, number)
  }
  for (const [name, value] of Object.entries(variables ?? {})) environment[`PLATEN_VAR_${shellWord(name)}`] = value
  return environment
}

/** root-fs -> ROOT_FS */
export function shellWord(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_')
}
