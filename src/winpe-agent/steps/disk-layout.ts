// Where a declared partition table comes to lie on a disk, and with which ids. Pure: specification and size in, plan out.
import type { Static } from 'typebox'
import { AppError } from '../../contract/errors.ts'
import type { Filesystem, PartitionSpec } from '../../contract/partitions.ts'
import { derivedGuid } from '../../imaging/new-ids.ts'

/** Partitions begin and end on whole mebibytes, which is also the grid of the image engine's chunks. */
const ALIGNMENT_BYTES = 1024 * 1024

export interface DiskSize {
  readonly sizeBytes: number
  readonly logicalSectorBytes: number
}

export interface TablePlan {
  readonly tableId: string
  readonly partitions: readonly PartitionPlan[]
}

export interface PartitionPlan {
  readonly number: number
  readonly name: string
  /** GPT partition type GUID. */
  readonly typeGuid: string
  /** In the words of sfdisk; empty: none. */
  readonly attributes: readonly string[]
  readonly guid: string
  readonly startSector: number
  readonly sectorCount: number
  readonly sizeBytes: number
  readonly filesystem: FilesystemPlan | undefined
}

export interface FilesystemPlan {
  readonly kind: Static<typeof Filesystem>
  readonly uuid: string
  readonly label: string | undefined
}

/** UEFI 2.10 §5.3.3, the Discoverable Partitions Specification, and Microsoft's PARTITION_INFORMATION_GPT. */
const TYPE_GUIDS: Record<PartitionSpec['type'], string> = {
  'bios-boot': '21686148-6449-6e6f-744e-656564454649',
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  linux: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  swap: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f',
  msr: 'e3c9e316-0b5c-4db8-817d-f92df00215ae',
  windows: 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7',
  'windows-recovery': 'de94bba4-06d1-4d40-a16a-bfd50179d6ac',
  lvm: 'e6d6d379-f507-44c2-a23c-238f2a3df928',
}

/** Bit 63: Windows gives it no drive letter. RequiredPartition (bit 0): its tools do not delete it. As Windows' own setup has them. */
const ATTRIBUTES: Partial<Record<PartitionSpec['type'], readonly string[]>> = {
  msr: ['GUID:63'],
  'windows-recovery': ['RequiredPartition', 'GUID:63'],
}

export interface LayoutRequest {
  readonly tableId: string
  /**
   * What the other ids are derived from. Builds of one image share it, so that version 2 repeats version 1's
   * filesystems bit by bit wherever their content is equal: ext4 mixes its UUID into every metadata checksum.
   */
  readonly idSeed: string
  readonly partitions: readonly PartitionSpec[]
}

export function planLayout({ tableId, idSeed, partitions }: LayoutRequest, disk: DiskSize): TablePlan {
  const sizes = sizesOf(partitions, disk)
  let startBytes = ALIGNMENT_BYTES
  const planned = partitions.map((spec, index): PartitionPlan => {
    const sizeBytes = sizes[index]!
    const plan = {
      number: index + 1,
      name: spec.name,
      typeGuid: TYPE_GUIDS[spec.type],
      attributes: ATTRIBUTES[spec.type] ?? [],
      guid: derivedGuid(idSeed, `partition ${index + 1} ${spec.name}`),
      startSector: startBytes / disk.logicalSectorBytes,
      sectorCount: sizeBytes / disk.logicalSectorBytes,
      sizeBytes,
      filesystem: filesystemOf(spec, derivedGuid(idSeed, `filesystem ${index + 1} ${spec.name}`)),
    }
    startBytes += sizeBytes
    return plan
  })
  return { tableId, partitions: planned }
}

/** The plan as a person reads it in the log before anything is written. */
export function describeLayout(devicePath: string, plan: TablePlan): string[] {
  const rows = plan.partitions.map(({ number, name, sizeBytes, startSector, sectorCount, filesystem }) => {
    const content = filesystem === undefined ? 'no filesystem' : `${filesystem.kind} ${filesystem.uuid}`
    return `  ${number} ${name}: ${sizeBytes / ALIGNMENT_BYTES} MiB, sectors ${startSector} to ${startSector + sectorCount - 1}, ${content}`
  })
  return [`plan for ${devicePath}: GPT ${plan.tableId}`, ...rows]
}

/** One mebibyte stays free at each end: the two copies of the table lie there. */
function sizesOf(partitions: readonly PartitionSpec[], disk: DiskSize): number[] {
  const roomBytes = Math.floor(disk.sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES - 2 * ALIGNMENT_BYTES
  const fixedBytes = partitions.reduce((sum, { sizeMiB = 0 }) => sum + sizeMiB * ALIGNMENT_BYTES, 0)
  const growing = partitions.filter(({ sizeMiB }) => sizeMiB === undefined)
  const restBytes = roomBytes - fixedBytes
  if (growing.length > 1) {
    const names = growing.map(({ name }) => name).join(', ')
    throw doesNotFit(`the partitions ${names} all lack a size`, 'Give sizeMiB to all of them but one.')
  }
  if (restBytes < growing.length * ALIGNMENT_BYTES) {
    const need = fixedBytes + growing.length * ALIGNMENT_BYTES
    throw doesNotFit(
      `the partitions need ${need / ALIGNMENT_BYTES} MiB but the disk has room for ${roomBytes / ALIGNMENT_BYTES} MiB`,
      'Choose a larger disk in the profile (disk.minSizeBytes) or smaller partitions.',
    )
  }
  return partitions.map(({ sizeMiB }) => (sizeMiB === undefined ? restBytes : sizeMiB * ALIGNMENT_BYTES))
}

function filesystemOf({ type, filesystem, label }: PartitionSpec, uuid: string): FilesystemPlan | undefined {
  const kind = filesystem ?? IMPLIED_FILESYSTEMS[type]
  return kind === undefined ? undefined : { kind, uuid, label }
}

const IMPLIED_FILESYSTEMS: Partial<Record<PartitionSpec['type'], Static<typeof Filesystem>>> = {
  esp: 'fat32',
  swap: 'swap',
  windows: 'ntfs',
  'windows-recovery': 'ntfs',
}

function doesNotFit(message: string, hint: string): AppError {
  return new AppError('AGENT_LAYOUT_DOES_NOT_FIT', message, hint)
}
