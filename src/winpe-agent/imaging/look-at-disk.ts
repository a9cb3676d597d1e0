// What is on a disk, partition by partition. Only reads.
import type { FileHandle } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import type { PartitionTable } from '../../contract/image.ts'
import { identifySignature, SIGNATURE_BYTES, type Signature } from '../../imaging/disk-signature.ts'
import { filesystemId } from '../../imaging/filesystem-id.ts'
import { type DiskGeometry, decodeGpt, gptHeadBytes } from '../../imaging/gpt.ts'
import { walkMbr } from '../../imaging/mbr.ts'
import { type GroupLook, lookAtVolumes } from './look-at-volumes.ts'
import { readAt } from './open-disk.ts'

export interface PartitionLook {
  /** 0: the disk itself, which has no table. */
  readonly number: number
  readonly startBytes: number
  readonly sizeBytes: number
  /** Type of the partition as the table says, in its own words; empty without a table. */
  readonly typeId: string
  readonly head: Uint8Array
  readonly signature: Signature
  /** What an LVM physical volume holds; left out: it is none, or cannot be understood. */
  readonly group?: GroupLook
}

export interface DiskLook {
  readonly geometry: DiskGeometry
  readonly table: PartitionTable
  readonly partitions: readonly PartitionLook[]
}

/** Throws IMAGE_TABLE_INVALID or IMAGE_TABLE_UNSUPPORTED. */
export async function lookAtDisk(disk: FileHandle, geometry: DiskGeometry): Promise<DiskLook> {
  const head = await readAt(disk, 0, Math.max(SIGNATURE_BYTES, gptHeadBytes(geometry.sectorBytes)))
  const table = decodeGpt(head, geometry.sectorBytes) ?? (await readMbr(disk, head, geometry)) ?? tableWithoutAny(head)
  const partitions: PartitionLook[] = []
  for (const { number, startBytes, sizeBytes, typeId } of rangesOf(table, geometry)) {
    if (startBytes + sizeBytes > geometry.sizeBytes) throw reachesOut(number, startBytes + sizeBytes, geometry)
    const start = await readAt(disk, startBytes, Math.min(SIGNATURE_BYTES, sizeBytes))
    const signature = identifySignature(start)
    const isLvm = signature.kind === 'opaque' && signature.name === 'LVM'
    const group = isLvm ? await lookAtVolumes(disk, startBytes, start) : undefined
    partitions.push({ number, startBytes, sizeBytes, typeId, head: start, signature, ...(group === undefined ? {} : { group }) })
  }
  return { geometry, table, partitions }
}

function rangesOf(table: PartitionTable, geometry: DiskGeometry) {
  switch (table.kind) {
    case 'none':
      return [{ number: 0, startBytes: 0, sizeBytes: geometry.sizeBytes, typeId: '' }]
    case 'gpt':
      return table.partitions
    case 'mbr':
      return table.partitions
        .filter(({ isContainer }) => !isContainer)
        .map((partition) => ({ ...partition, typeId: `0x${partition.typeId.toString(16)}` }))
  }
}

/** Follows the chain of records through the extended partition, one sector at a time. */
async function readMbr(disk: FileHandle, head: Buffer, geometry: DiskGeometry): Promise<PartitionTable | undefined> {
  const walk = walkMbr(geometry)
  for (let offset = walk.next(head); offset !== undefined; ) {
    offset = walk.next(await readAt(disk, offset, geometry.sectorBytes))
  }
  return walk.table()
}

function tableWithoutAny(head: Buffer): PartitionTable {
  const signature = identifySignature(head)
  const id = filesystemId(head)
  if (signature.kind === 'known' || signature.kind === 'opaque') return { kind: 'none', ...(id === undefined ? {} : { id }) }
  throw new AppError(
    'IMAGE_TABLE_UNSUPPORTED',
    'the disk has neither a partition table nor a filesystem that is known here',
    'Choose another disk: `platen node show` lists those of the machine.',
  )
}

function reachesOut(number: number, end: number, geometry: DiskGeometry): AppError {
  return new AppError(
    'IMAGE_TABLE_INVALID',
    `partition ${number} ends at byte ${end}, but the disk ends at byte ${geometry.sizeBytes}`,
    'Look at the disk with `sfdisk --verify` and correct its table, then capture again.',
  )
}
