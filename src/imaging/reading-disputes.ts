// What the kernel and libblkid say of a disk, beside what was read here: where they differ, nobody knows what a copy would be. Pure.
import { AppError } from '../contract/errors.ts'
import type { PartitionTable } from '../contract/image.ts'
import type { ChosenReading } from './choose-reading.ts'
import type { Signature } from './disk-signature.ts'
import { partitionRanges } from './grow-plan.ts'

/** libblkid's answer for one range of the disk. */
export type Probe =
  | { readonly kind: 'found'; readonly type?: string | undefined; readonly table?: string | undefined }
  | { readonly kind: 'nothing' }
  /** It finds several filesystems, and says none. */
  | { readonly kind: 'ambivalent' }
  /** There is no libblkid here. */
  | { readonly kind: 'unavailable' }

export interface KernelPartition {
  readonly number: number
  readonly startBytes: number
  readonly sizeBytes: number
}

export interface Opinions {
  /** undefined: the kernel has none, or reads no tables. */
  readonly kernel: readonly KernelPartition[] | undefined
  readonly disk: Probe
  /** By number of the partition. */
  readonly partitions: ReadonlyMap<number, Probe>
}

export interface OwnOpinion {
  readonly table: PartitionTable
  readonly sizeBytes: number
  readonly reading: ChosenReading
  readonly partitions: readonly { readonly number: number; readonly signature: Signature }[]
}

/** libblkid's names of what is known here by another one. */
const NAMES: Readonly<Record<string, string>> = {
  ext2: 'ext',
  ext3: 'ext',
  ext4: 'ext',
  jbd: 'ext',
  swsuspend: 'swap',
  vfat: 'fat',
  LVM2_member: 'LVM',
  crypto_LUKS: 'LUKS',
  iso9660: 'ISO 9660',
  squashfs: 'SquashFS',
}

/** In words, one for each difference. */
export function differences(own: OwnOpinion, opinions: Opinions): string[] {
  if (own.reading.as === 'raw') return []
  const ofDisk = own.reading.isSaid ? [] : [...tableDifferences(own, opinions), ...kernelDifferences(own, opinions.kernel)]
  const ofPartitions = own.partitions.flatMap(({ number, signature }) => {
    const probe = number === 0 ? opinions.disk : opinions.partitions.get(number)
    return probe === undefined || (number === 0 && own.reading.isSaid) ? [] : contentDifference(number, signature, probe)
  })
  return [...ofDisk, ...ofPartitions]
}

/**
 * What a partition counts as, once libblkid has spoken: what is unknown here gets its name; includeUnknown takes one that the two do not agree
 * about block by block, as it does with everything whose used blocks cannot be told.
 */
export function settledSignature(
  number: number,
  signature: Signature,
  probe: Probe | undefined,
  includeUnknown: boolean,
): Signature {
  const type = probe?.kind === 'found' ? probe.type : undefined
  if ((signature.kind === 'unknown' || signature.kind === 'blank') && type !== undefined)
    return { kind: 'opaque', name: `${type} (by libblkid)` }
  if (!includeUnknown || probe === undefined || contentDifference(number, signature, probe).length === 0) return signature
  const own = signature.kind === 'known' ? signature.content : 'something else'
  return { kind: 'opaque', name: `${own}, of which libblkid says ${type ?? 'nothing'}` }
}

export function refuseDifferences(own: OwnOpinion, opinions: Opinions): void {
  const found = differences(own, opinions)
  if (found.length === 0) return
  throw new AppError(
    'IMAGE_READING_DISPUTED',
    `others read this disk in another way: ${found.join('; ')}`,
    'Erase what is left of an earlier use (`wipefs` lists it) or say how the disk is to be read: --as gpt, mbr, filesystem or raw. If the kernel has an' +
      ' old table in mind, `partx --update DISK` tells it the new one.',
  )
}

const TABLE_NAMES = { gpt: 'gpt', mbr: 'dos', none: undefined } as const

function tableDifferences({ table, reading }: OwnOpinion, { disk }: Opinions): string[] {
  switch (disk.kind) {
    case 'unavailable':
      return []
    case 'ambivalent':
      return [`libblkid finds several filesystems on the disk itself, read here as ${reading.as}`]
    case 'nothing':
      return table.kind === 'none' ? [] : [`libblkid finds no partition table, here it is ${table.kind}`]
    case 'found': {
      // An empty MBR in front of a filesystem is its boot sector.
      const isBootSector = table.kind === 'none' && disk.table === 'dos'
      const wanted = TABLE_NAMES[table.kind]
      const ofTable =
        disk.table === wanted || isBootSector
          ? []
          : [`libblkid reads the table as ${disk.table ?? 'none'}, here it is ${table.kind}`]
      const ofWhole =
        table.kind === 'none' || disk.type === undefined
          ? []
          : [`libblkid finds ${disk.type} on the disk itself, beside its ${table.kind} table`]
      return [...ofTable, ...ofWhole]
    }
  }
}

/** The kernel may know partitions inside of ours (BSD slices): those are content. One at sector 0 is the boot sector of a FAT that pretends to be a table. */
function kernelDifferences({ table, sizeBytes }: OwnOpinion, kernel: readonly KernelPartition[] | undefined): string[] {
  if (kernel === undefined || kernel.length === 0) return []
  const own = table.kind === 'none' ? [] : partitionRanges(table, sizeBytes)
  const containers =
    table.kind === 'mbr' ? table.partitions.filter(({ isContainer }) => isContainer).map(({ number }) => number) : []
  const words = ({ number, startBytes, sizeBytes: length }: KernelPartition) => `${number} (byte ${startBytes}, ${length} bytes)`
  const isInside = (one: KernelPartition) =>
    own.some((each) => one.startBytes >= each.startBytes && one.startBytes + one.sizeBytes <= each.startBytes + each.sizeBytes)
  const missing = own.filter(({ number, startBytes, sizeBytes: length }) => {
    const same = kernel.find((each) => each.number === number)
    return same === undefined || same.startBytes !== startBytes || same.sizeBytes !== length
  })
  const added = kernel.filter((one) => one.startBytes > 0 && !containers.includes(one.number) && !isInside(one))
  return [
    ...missing.map((each) => `the kernel does not have partition ${words(each)} as the ${table.kind} table says`),
    ...added.map((each) => `the kernel has partition ${words(each)}, which was not found here`),
  ]
}

function contentDifference(number: number, signature: Signature, probe: Probe): string[] {
  const place = number === 0 ? 'the disk' : `partition ${number}`
  if (probe.kind === 'unavailable') return []
  if (probe.kind === 'ambivalent')
    return signature.kind === 'opaque' || signature.kind === 'whole' ? [] : [`libblkid finds several filesystems on ${place}`]
  const type = probe.kind === 'found' ? probe.type : undefined
  const name = type === undefined ? undefined : (NAMES[type] ?? type)
  switch (signature.kind) {
    case 'known':
      return name === signature.content ? [] : [`libblkid says ${type ?? 'nothing'} of ${place}, here it is ${signature.content}`]
    // Nothing that would be read by its map: what libblkid knows more of it is told where it is refused.
    case 'opaque':
    case 'unknown':
    case 'whole':
      return []
    case 'blank':
      return type === undefined ? [] : [`libblkid says ${type} of ${place}, whose beginning is zeros`]
  }
}
