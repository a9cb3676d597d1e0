// What imaging needs of the operating system beyond reading and writing a disk: the port. tools/ has the Linux one.
import type { ContentKind } from '../../contract/image.ts'
import type { ProbedValues } from '../../contract/probed.ts'
import type { CheckDepth } from '../../contract/steps.ts'
import type { Extent } from '../../imaging/extents.ts'
import type { Volume } from '../../imaging/filesystems/volume.ts'
import type { GrowableContent } from '../../imaging/grow-plan.ts'
import type { KernelPartition, Probe } from '../../imaging/reading-disputes.ts'
import type { DeviceRecipe } from '../../imaging/spaces.ts'
import type { Run } from '../machine.ts'
import type { DiskHolder } from './open-disk.ts'

/** Kinds whose used blocks a tool of the system tells. */
export type MappedContent = Exclude<ContentKind, 'raw' | 'empty' | 'swap' | 'lvm' | 'md'>

/** Kinds that are mounted to look for a system, or to change its files. */
export type MountableContent = Extract<ContentKind, 'ext' | 'xfs' | 'btrfs' | 'fat'>

export type FilesystemCheck =
  | { readonly kind: 'whole' }
  /** Not left in order: what is on the disk is not yet what it will be. */
  | { readonly kind: 'unclean'; readonly reason: string }
  /** In the words of the program that found it. */
  | { readonly kind: 'broken'; readonly lines: readonly string[] }
  /** There was no check: no such program here, no memory, no time. Says nothing about the filesystem. */
  | { readonly kind: 'unchecked'; readonly reason: string }

export interface ProbeAnswer {
  /** Which prober: others know other things. */
  readonly by: string
  /** One for each range. */
  readonly values: readonly ProbedValues[]
}

export interface ImagingTools {
  /** /dev/vda, 1 -> /dev/vda1; number 0 is the disk itself. */
  partitionPath(devicePath: string, number: number): string
  /** Used blocks from the beginning of the partition, in order. Throws IMAGE_CONTENT_UNCLEAN or IMAGE_CONTENT_BROKEN. */
  usedExtents(partitionPath: string, content: MappedContent, run: Run): Promise<Extent[]>
  /** The same of one that is read by a function, wherever it lies; counted from its own beginning. */
  usedExtentsOf(name: string, content: MappedContent, volume: Volume, run: Run): Promise<Extent[]>
  /** A counter that grows with every write to the disk, whoever writes; undefined when the system has none. */
  writeCount(devicePath: string): Promise<number | undefined>
  /** After it, what is read comes from the disk and not from memory. */
  dropCaches(devicePath: string, run: Run): Promise<void>
  /** Tells the system what the partition table says now. */
  announcePartitions(devicePath: string, run: Run): Promise<void>
  /** Lets the filesystem fill its partition, and leaves it clean and unmounted. May be repeated. */
  growFilesystem(partitionPath: string, content: GrowableContent, run: Run): Promise<void>
  /** Makes an ext filesystem in a file smaller, and the file with it. Throws IMAGE_DOES_NOT_FIT when it cannot be so small. */
  shrinkFilesystem(path: string, toBytes: number, run: Run): Promise<void>
  /** The partitions that the kernel's own parsers find; undefined: none, or it cannot look. Left out: there is no such kernel. */
  readonly kernelPartitions?: (devicePath: string, run: Run) => Promise<readonly KernelPartition[] | undefined>
  /** What libblkid says of the disk, or of a range of it. Left out: there is none. */
  readonly probe?: (devicePath: string, range: Extent | undefined, run: Run) => Promise<Probe>
  /** The filesystem's own check, without a change. quick: all metadata, within minutes. full: sums of files too, however long that takes. */
  checkFilesystem(partitionPath: string, content: MappedContent, depth: CheckDepth, run: Run): Promise<FilesystemCheck>
  /** The same of one on an array or a volume, which is made a device for it, for reading. */
  checkFilesystemOf(device: DeviceRecipe, content: MappedContent, depth: CheckDepth, run: Run): Promise<FilesystemCheck>
  /** What the system's own prober (libblkid) says of each of these ranges of a device; undefined: it cannot be asked here. */
  probeAll(devicePath: string, ranges: readonly Extent[], run: Run): Promise<ProbeAnswer | undefined>
  /** Who keeps a disk from being opened alone; empty: nobody that can be seen. */
  whoHolds(devicePath: string): readonly DiskHolder[]
  /** Tells the disk that nobody needs these blocks. Gives how many bytes that was; 0 when the disk does not want to know. */
  discard(devicePath: string, unused: readonly Extent[], run: Run): Promise<number>
  /** Mounts it for the time of the work, wherever that is, and unmounts it whatever happens. */
  whileMounted<T>(
    partitionPath: string,
    content: MountableContent,
    access: 'read' | 'write',
    run: Run,
    work: (directory: string) => Promise<T>,
  ): Promise<T>
}

/** What looking for used blocks needs. */
export interface UsedContentDeps extends StackDeps {
  readonly devicePath: string
}

/** The same, for what lies on several disks. */
export interface StackDeps {
  readonly tools: ImagingTools
  readonly includeUnknown: boolean
  /** Take what its own check finds broken as it is, and mark it in the image. */
  readonly includeBroken?: boolean | undefined
  readonly run: Run
}
