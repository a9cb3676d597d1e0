// Which blocks of a disk are in use, partition by partition, and the refusal of what cannot be told. Only reads.
import { AppError } from '../../contract/errors.ts'
import type { UsedContent } from '../../imaging/capture-plan.ts'
import { swapHeaderBytes } from '../../imaging/disk-signature.ts'
import { type FilesystemPlace, type Fitness, fitnessOf } from './fit-to-copy.ts'
import type { UsedContentDeps } from './imaging-tools.ts'
import type { DiskLook, PartitionLook } from './look-at-disk.ts'
import { judgeVolumes, usedOfVolumes } from './used-volumes.ts'

/** Partitions without a filesystem of their own that belong to booting: GRUB's core image, PReP. Copied whole. */
const BOOT_TYPES = ['21686148-6449-6e6f-744e-656564454649', '9e1a2d38-c612-4316-aa26-8b49521e5a8b']
/** Microsoft reserved: holds nothing by definition. */
const EMPTY_TYPES = ['e3c9e316-0b5c-4db8-817d-f92df00215ae']

/** Refuses before a block is read what cannot be told, is not clean, not whole or not all here, unless the job says to take it. */
export async function usedContentOf(look: DiskLook, deps: UsedContentDeps): Promise<UsedContent[]> {
  for (const partition of look.partitions) {
    refuseLocked(partition, deps)
    refuseUnknown(partition, deps)
  }
  const judged: Judged[] = []
  for (const partition of look.partitions) judged.push(await judge(partition, deps))
  const contents: UsedContent[] = []
  for (const one of judged) contents.push(await usedOf(one, deps))
  return contents
}

interface Judged {
  readonly partition: PartitionLook
  readonly fitness: Fitness
  readonly volumes: ReadonlyMap<string, Fitness>
}

async function judge(partition: PartitionLook, deps: UsedContentDeps): Promise<Judged> {
  const { number, sizeBytes, signature, head, typeId, group } = partition
  const { tools, devicePath, run } = deps
  const name = tools.partitionPath(devicePath, number)
  if (group !== undefined) {
    const volumes = await judgeVolumes(group, { path: name, sizeBytes }, deps)
    return { partition, fitness: { kind: 'fit' }, volumes }
  }
  if (signature.kind !== 'known' || EMPTY_TYPES.includes(typeId))
    return { partition, fitness: { kind: 'fit' }, volumes: new Map() }
  const { content } = signature
  const check: FilesystemPlace['check'] = (mapped, depth) => tools.checkFilesystem(name, mapped, depth, run)
  return { partition, fitness: await fitnessOf({ name, content, head, sizeBytes, check }, deps), volumes: new Map() }
}

async function usedOf({ partition, fitness, volumes }: Judged, deps: UsedContentDeps): Promise<UsedContent> {
  const { number, startBytes, sizeBytes, signature, head, group } = partition
  const { tools, devicePath, run } = deps
  const place = { number, startBytes, sizeBytes }
  const path = tools.partitionPath(devicePath, number)
  const whole = [{ offset: 0, length: sizeBytes }]
  if (EMPTY_TYPES.includes(partition.typeId)) return { ...place, content: 'empty', used: [] }
  if (group !== undefined) return { ...place, content: 'lvm', ...(await usedOfVolumes(group, volumes, path, deps)) }
  if (fitness.kind === 'raw') {
    const { broken, reason } = fitness
    return { ...place, content: 'raw', used: whole, notes: [`copied whole, because ${reason}`], ...(broken && { broken }) }
  }
  if (signature.kind !== 'known') return { ...place, content: 'raw', used: whole }
  const { content } = signature
  const { filesystemBytes, note } = fitness
  const facts = { ...place, content, ...(filesystemBytes && { filesystemBytes }), ...(note && { notes: [note] }) }
  if (content === 'swap') return { ...facts, used: [{ offset: 0, length: swapHeaderBytes(head) }] }
  return { ...facts, used: await tools.usedExtents(path, content, run) }
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
  const { signature, typeId, group, number } = partition
  const isTold = group !== undefined || signature.kind === 'known' || signature.kind === 'blank' || signature.kind === 'whole'
  if (isTold || includeUnknown || [...BOOT_TYPES, ...EMPTY_TYPES].includes(typeId)) return
  const what = signature.kind === 'opaque' ? signature.name : 'something that is not known here'
  throw new AppError(
    'IMAGE_CONTENT_UNKNOWN',
    `${tools.partitionPath(devicePath, number)} (${partition.sizeBytes} bytes) holds ${what}: its used blocks cannot be told`,
    'Post the job again with --include-unknown to copy it block by block, or remove the partition.',
  )
}
