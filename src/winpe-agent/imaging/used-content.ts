// Which blocks of a disk are in use, partition by partition, and the refusal of what cannot be told. Only reads.
import { AppError } from '../../contract/errors.ts'
import type { UsedContent } from '../../imaging/capture-plan.ts'
import { ntfsBackupBootSector, swapHeaderBytes } from '../../imaging/disk-signature.ts'
import { uncleanReason } from '../../imaging/unclean.ts'
import type { UsedContentDeps } from './imaging-tools.ts'
import type { DiskLook, PartitionLook } from './look-at-disk.ts'
import { uncleanContent } from './unclean-content.ts'
import { refuseVolumes, usedOfVolumes } from './used-volumes.ts'

/** Partitions without a filesystem of their own that belong to booting: GRUB's core image, PReP. Copied whole. */
const BOOT_TYPES = ['21686148-6449-6e6f-744e-656564454649', '9e1a2d38-c612-4316-aa26-8b49521e5a8b']
/** Microsoft reserved: holds nothing by definition. */
const EMPTY_TYPES = ['e3c9e316-0b5c-4db8-817d-f92df00215ae']

/** Throws IMAGE_CONTENT_UNKNOWN before a block is read when a partition cannot be told and the job does not say raw. */
export async function usedContentOf(look: DiskLook, deps: UsedContentDeps): Promise<UsedContent[]> {
  for (const partition of look.partitions) {
    refuseLocked(partition, deps)
    refuseUnknown(partition, deps)
    refuseUnclean(partition, deps)
  }
  const contents: UsedContent[] = []
  for (const partition of look.partitions) contents.push(await usedOf(partition, deps))
  return contents
}

async function usedOf(partition: PartitionLook, deps: UsedContentDeps): Promise<UsedContent> {
  const { number, startBytes, sizeBytes, signature, head, group } = partition
  const { tools, devicePath, run } = deps
  const place = { number, startBytes, sizeBytes }
  if (EMPTY_TYPES.includes(partition.typeId)) return { ...place, content: 'empty', used: [] }
  if (group !== undefined) {
    return { ...place, content: 'lvm', ...(await usedOfVolumes(group, tools.partitionPath(devicePath, number), deps)) }
  }
  if (signature.kind !== 'known') return { ...place, content: 'raw', used: [{ offset: 0, length: sizeBytes }] }
  const { content } = signature
  if (content === 'swap') return { ...place, content, used: [{ offset: 0, length: swapHeaderBytes(head) }] }
  const used = await tools.usedExtents(tools.partitionPath(devicePath, number), content, run)
  return { ...place, content, used: content === 'ntfs' ? [...used, ...ntfsBackupBootSector(head)] : used }
}

function refuseUnclean({ signature, number, head }: PartitionLook, { devicePath, tools }: UsedContentDeps): void {
  const reason = signature.kind === 'known' ? uncleanReason(signature.content, head) : undefined
  if (signature.kind !== 'known' || reason === undefined) return
  throw uncleanContent(tools.partitionPath(devicePath, number), signature.content, reason)
}

/** Bound to the TPM of its machine: a copy starts nowhere else, and every block of it differs from every other. */
function refuseLocked({ signature, number }: PartitionLook, { devicePath, tools }: UsedContentDeps): void {
  if (signature.kind !== 'opaque' || signature.name !== 'BitLocker') return
  throw new AppError(
    'IMAGE_CONTENT_LOCKED',
    `${tools.partitionPath(devicePath, number)} is encrypted with BitLocker`,
    'Decrypt it in Windows with `manage-bde -off C:` and wait until `manage-bde -status` says that it is, shut down, then capture again.',
  )
}

function refuseUnknown(partition: PartitionLook, { includeUnknown, devicePath, tools }: UsedContentDeps): void {
  const { signature, number, typeId, group } = partition
  if (group !== undefined) {
    refuseVolumes(group, tools.partitionPath(devicePath, number), includeUnknown)
    return
  }
  const isTold = signature.kind === 'known' || signature.kind === 'blank' || signature.kind === 'whole'
  if (isTold || includeUnknown || [...BOOT_TYPES, ...EMPTY_TYPES].includes(typeId)) return
  const what = signature.kind === 'opaque' ? signature.name : 'something that is not known here'
  throw new AppError(
    'IMAGE_CONTENT_UNKNOWN',
    `${tools.partitionPath(devicePath, number)} (${partition.sizeBytes} bytes) holds ${what}: its used blocks cannot be told`,
    'Post the job again with --include-unknown to copy it block by block, or remove the partition.',
  )
}
