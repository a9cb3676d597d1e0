// What differs between the operating systems that the agent runs in: the port. tools/ has the implementations; main.ts chooses.
import type { Inventory } from '../contract/inventory.ts'
import type { DiskFindings } from '../imaging/foreign-disk.ts'
import type { FilesystemPlan, TablePlan } from './steps/disk-layout.ts'

export type LogLine = (line: string) => void

/** How long a piece of work may go on, and where its output goes. */
export interface Run {
  readonly signal: AbortSignal
  readonly log: LogLine
}

export interface Machine {
  readonly disks: DiskTools
  readonly target: TargetTools
  inventory(): Promise<Inventory>
  /** Undoes what an installer did to the firmware's boot order: the network comes first again. Never fails. */
  keepNetworkFirst(run: Run): Promise<void>
  /** The next start goes to the disk and past the network, once, where the firmware has such a word. Never fails. */
  startFromDiskNext(run: Run): Promise<void>
  /** Both flush all disks first. They return although the machine goes down soon after. */
  restart(): Promise<void>
  powerOff(): Promise<void>
  /** Makes a kernel ready to be started without the firmware; nothing happens yet. */
  loadKernel(kernel: KernelFiles, run: Run): Promise<void>
  /** Flushes all disks and starts the kernel that was loaded. Returns as restart does. */
  startKernel(): Promise<void>
}

export interface KernelFiles {
  readonly kernelPath: string
  readonly initrdPath: string | undefined
  readonly commandLine: string
}

export interface DiskTools {
  /** What is on it now: nothing is written. */
  findings(devicePath: string, run: Run): Promise<DiskFindings>
  /** /dev/vda, 1 -> /dev/vda1 */
  partitionPath(devicePath: string, number: number): string
  /** Erases old signatures, writes the table, and returns when the partitions' devices are there. */
  writeTable(devicePath: string, plan: TablePlan, run: Run): Promise<void>
  makeFilesystem(partitionPath: string, plan: FilesystemPlan, run: Run): Promise<void>
  /** Gives a table that a script wrote the id by which the disk is known later. */
  setTableId(devicePath: string, tableId: string, run: Run): Promise<void>
}

export interface Mount {
  readonly partitionPath: string
  /** Inside the image: '/' or '/boot/efi'. Parents come before children. */
  readonly at: string
}

export interface ScriptRun extends Run {
  readonly path: string
  readonly environment: Readonly<Record<string, string>>
  /** Inside the image at this directory; undefined: in the boot OS. */
  readonly root: string | undefined
}

/** The image under construction: its partitions mounted below one directory. */
export interface TargetTools {
  /** Where partitions are mounted, and where this job's files are kept; both in memory. */
  readonly directory: string
  readonly filesDirectory: string
  mount(mounts: readonly Mount[], run: Run): Promise<void>
  /** Leaves clean filesystems behind. May be called when nothing is mounted. */
  unmount(run: Run): Promise<void>
  /** Unpacks an archive whose name tells its compression; returns when all of it is on the target. */
  extract(archive: ReadableStream<Uint8Array>, name: string, directory: string, run: Run): Promise<void>
  /** Runs a script line by line into the log; one that exits non-zero fails with AGENT_SCRIPT_FAILED. */
  runScript(script: ScriptRun): Promise<void>
}
