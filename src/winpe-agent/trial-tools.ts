// What a trial needs of the operating system: the port. tools/linux-trial.ts has the one of the boot OS.
import type { ContentKind } from '../contract/image.ts'
import type { Run } from './machine.ts'
import type { Memory } from './steps/trial-memory.ts'

export interface NbdAddress {
  readonly host: string
  readonly port: number
  readonly exportName: string
  /** Of the image: its table is read in these. */
  readonly sectorBytes: number
}

export interface TrialTools {
  /** Makes the export a read-only disk of this machine for the time of the work. */
  whileAttached<T>(address: NbdAddress, run: Run, work: (devicePath: string) => Promise<T>): Promise<T>
  /** Mounts it without replaying, running or believing anything of it; undefined: this system cannot. */
  whileLookedAt<T>(
    partitionPath: string,
    content: ContentKind,
    run: Run,
    work: (directory: string) => Promise<T>,
  ): Promise<T | undefined>
  memory(): Promise<Memory>
  /** How much the files of a mounted filesystem take. */
  usedBytes(directory: string): Promise<number>
  /** Modules that drive the disks of this machine. */
  diskModules(): Promise<readonly string[]>
  /** Of the kernel that runs. */
  commandLine(): Promise<string>
  /** A program without dependencies that has a shell, mount and blockdev. */
  busybox(): Promise<Uint8Array>
}
