// Which files differ between two versions, partition by partition. Exports both into files with holes, mounts them read-only, one after the
// other: copies of one filesystem carry one id, which some kernels do not take twice. Touches files, processes and the network.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ImageVersionView, PartitionDiff, VersionDiff } from '../../contract/image.ts'
import { linuxImaging } from '../tools/block-device.ts'
import { type LoopResult, withLoopDevice } from '../tools/loop-device.ts'
import { withReadOnlyMount } from '../tools/read-only-mount.ts'
import { compareTrees, doubtfulFiles, type FileChange } from './compare-trees.ts'
import { exportImage } from './export-image.ts'
import type { FileWork } from './file-work.ts'
import { sectorBytesOf, withFile } from './raw-file.ts'
import { digestFiles, walkTree } from './walk-tree.ts'

export interface FilesOrder {
  readonly from: ImageVersionView
  readonly to: ImageVersionView
  /** Says which partitions are worth a look. */
  readonly diff: VersionDiff
  /** At most so many changes of a partition are told one by one. */
  readonly limit: number
  /** Where both disks are unpacked. Left out: the system's folder for temporary files. */
  readonly temporaryFolder?: string | undefined
}

export type PartitionFiles =
  | { readonly number: number; readonly kind: 'same' }
  | { readonly number: number; readonly kind: 'not-compared'; readonly reason: string }
  | {
      readonly number: number
      readonly kind: 'compared'
      readonly added: number
      readonly removed: number
      readonly changed: number
      /** The first ones by path. */
      readonly files: readonly FileChange[]
    }

/** Throws IMAGE_FILES_UNREADABLE when this machine, or this user, cannot attach a file as a disk. */
export async function diffFiles(order: FilesOrder, work: FileWork): Promise<PartitionFiles[]> {
  const folder = await mkdtemp(join(order.temporaryFolder ?? tmpdir(), 'platen-diff-'))
  try {
    const disks = { before: join(folder, 'before.raw'), after: join(folder, 'after.raw') }
    await exportImage({ version: order.from, file: disks.before, format: 'raw', disk: 1 }, work)
    await exportImage({ version: order.to, file: disks.after, format: 'raw', disk: 1 }, work)
    const found: PartitionFiles[] = []
    for (const partition of order.diff.partitions) found.push(await diffPartition(partition, disks, order.limit, work))
    return found
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Disks {
  readonly before: string
  readonly after: string
}

async function diffPartition(partition: PartitionDiff, disks: Disks, limit: number, work: FileWork): Promise<PartitionFiles> {
  const { number, change, changedBytes, usedBytesBefore, usedBytesAfter } = partition
  if (change !== 'kept') return { number, kind: 'not-compared', reason: `it was ${change}` }
  if (changedBytes === 0 && usedBytesBefore === usedBytesAfter) return { number, kind: 'same' }
  work.progress({ minorState: `looking at partition ${number}`, percent: 0, transfer: {} })
  const look = <T>(disk: string, see: (root: string) => Promise<T>) => inside(disk, partition, work, see)

  const before = await look(disks.before, (root) => walkTree(root, work.signal))
  const after = before.kind === 'done' ? await look(disks.after, (root) => walkTree(root, work.signal)) : before
  if (before.kind === 'unavailable' || after.kind === 'unavailable') {
    return { number, kind: 'not-compared', reason: before.kind === 'unavailable' ? before.reason : reasonOf(after) }
  }
  const doubtful = doubtfulFiles(before.result, after.result)
  const contents = (disk: string) => look(disk, (root) => digestFiles(root, doubtful, work.signal))
  const [old, now] = doubtful.length === 0 ? [] : [await contents(disks.before), await contents(disks.after)]
  const differing = doubtful.filter((path) => digestOf(old, path) !== digestOf(now, path))
  const changes = compareTrees(before.result, after.result, new Set(differing))
  const count = (wanted: FileChange['change']) => changes.filter((one) => one.change === wanted).length
  return {
    number,
    kind: 'compared',
    added: count('added'),
    removed: count('removed'),
    changed: count('changed'),
    files: changes.slice(0, limit),
  }
}

async function inside<T>(
  disk: string,
  { number, content }: PartitionDiff,
  work: FileWork,
  see: (root: string) => Promise<T>,
): Promise<LoopResult<T>> {
  const run = { signal: work.signal, log: () => undefined }
  const looped = await withLoopDevice(disk, await withFile(disk, sectorBytesOf), run, async (devicePath) => {
    await linuxImaging.announcePartitions(devicePath, run)
    return withReadOnlyMount(linuxImaging.partitionPath(devicePath, number), content, run, see)
  })
  if (looped.kind === 'done') return looped.result
  throw new AppError(
    'IMAGE_FILES_UNREADABLE',
    `the versions cannot be attached as disks here: ${looped.reason}`,
    'Run it as root on a Linux machine with losetup and partx; without --files the command needs neither.',
  )
}

const reasonOf = (result: LoopResult<unknown>): string => (result.kind === 'unavailable' ? result.reason : '')

const digestOf = (result: LoopResult<ReadonlyMap<string, string>> | undefined, path: string): string | undefined =>
  result?.kind === 'done' ? result.result.get(path) : undefined
