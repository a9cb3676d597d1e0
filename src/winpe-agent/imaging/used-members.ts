// The members of arrays and volume groups on the disks of a job, looked at together. Opens the disks for reading.
import { type FileHandle, open } from 'node:fs/promises'
import type { Disk } from '../../contract/inventory.ts'
import { spaceOnDisk } from '../../imaging/spaces.ts'
import type { ImagingTools, StackDeps } from './imaging-tools.ts'
import type { DiskLook, PartitionLook } from './look-at-disk.ts'
import { lookAtStacks, type StackPartition } from './look-at-stacks.ts'
import { readAt } from './open-disk.ts'
import { type StackUse, usedOfStacks } from './used-stacks.ts'

export interface LookedAt {
  readonly disk: Disk
  readonly look: DiskLook
}

/** For each disk: by the numbers of its partitions. */
export async function usedOfMembers(
  looks: readonly LookedAt[],
  deps: StackDeps,
): Promise<readonly ReadonlyMap<number, StackUse>[]> {
  const disks = looks.map(({ disk, look }) => ({ disk, members: look.partitions.filter(isMember) }))
  return withMembers(disks, deps.tools, async (partitions) => {
    const look = await lookAtStacks(partitions, { takesWhole: deps.includeUnknown, sectorBytes: sectorBytesOf(disks) })
    const used = await usedOfStacks(partitions, look, deps)
    return looks.map((_, disk) => {
      const own = partitions.filter((partition) => partition.disk === disk)
      return new Map(own.map((partition) => [partition.number, used.get(partition)!]))
    })
  })
}

type Member = Pick<PartitionLook, 'number' | 'startBytes' | 'sizeBytes'> & { readonly memberOf: 'md' | 'lvm' }

const isMember = (partition: PartitionLook): partition is PartitionLook & Member => partition.memberOf !== undefined

export interface DiskWithMembers {
  readonly disk: Disk
  readonly members: readonly Member[]
}

/** Not alone: programs that check what is on them open them as well. */
export async function withMembers<T>(
  disks: readonly DiskWithMembers[],
  { partitionPath }: Pick<ImagingTools, 'partitionPath'>,
  work: (partitions: readonly StackPartition[]) => Promise<T>,
): Promise<T> {
  const handles: FileHandle[] = []
  try {
    const partitions: StackPartition[] = []
    for (const [index, { disk, members }] of disks.entries()) {
      if (members.length === 0) continue
      const handle = await open(disk.devicePath, 'r')
      handles.push(handle)
      for (const { number, startBytes, sizeBytes, memberOf } of members) {
        const name = partitionPath(disk.devicePath, number)
        const read = (offset: number, length: number) => readAt(handle, offset, length)
        const space = spaceOnDisk(index, { offset: startBytes, length: sizeBytes }, name, read)
        partitions.push({ disk: index, number, kind: memberOf, name, space })
      }
    }
    return await work(partitions)
  } finally {
    for (const handle of handles) await handle.close()
  }
}

/** What is laid out on an array has the sectors of its members. */
export const sectorBytesOf = (disks: readonly { readonly disk: Disk }[]): 512 | 4096 =>
  disks.some(({ disk }) => disk.logicalSectorBytes === 4096) ? 4096 : 512
