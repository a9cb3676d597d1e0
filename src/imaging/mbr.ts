// MBR partition table with logical partitions: read sector by sector, kept as it is. Pure: bytes in, values out.
// The records are not built anew: old boot code relies on fields (CHS addresses, order) that nobody can derive.
import { AppError } from '../contract/errors.ts'
import type { MbrPartition, MbrTable } from '../contract/image.ts'
import type { DiskGeometry } from './gpt.ts'

const ENTRIES_AT = 446
const ENTRY_BYTES = 16
const CONTAINER_TYPES = [0x05, 0x0f, 0x85]
const PROTECTIVE_TYPE = 0xee
/** Far more than any kernel takes; a chain that is longer runs in a circle. */
const MOST_LOGICAL = 256

export interface MbrWalk {
  /** Takes a sector and tells where the next one stands; undefined: that was the last. The first is that of the disk. */
  next(sector: Uint8Array): number | undefined
  /** undefined: there is no MBR table on this disk. */
  table(): MbrTable | undefined
}

interface Entry {
  readonly status: number
  readonly typeId: number
  readonly startBytes: number
  readonly sizeBytes: number
}

interface WalkWishes {
  /** Also take entries that stand in the boot sector of a filesystem: they may be true beside it. */
  readonly besideFilesystem?: boolean
}

/** Throws IMAGE_TABLE_INVALID when the chain of logical partitions cannot be followed, IMAGE_TABLE_UNSUPPORTED when there are two chains. */
export function walkMbr(geometry: DiskGeometry, { besideFilesystem = false }: WalkWishes = {}): MbrWalk {
  const { sectorBytes } = geometry
  const partitions: MbrPartition[] = []
  const records: { startBytes: number; bytes: string }[] = []
  let id: string | undefined
  let container: MbrPartition | undefined
  let recordAt = 0
  let logical = 5

  function keep(sector: Buffer): void {
    records.push({ startBytes: recordAt, bytes: sector.subarray(0, sectorBytes).toString('base64') })
  }

  function first(sector: Buffer): number | undefined {
    const entries = entriesOf(sector, sectorBytes)
    if (!isMbr(sector, entries, geometry) || (!besideFilesystem && isBootSector(sector))) return undefined
    id = sector.readUInt32LE(440).toString(16).padStart(8, '0')
    keep(sector)
    for (const [index, { typeId, startBytes, sizeBytes }] of entries.entries()) {
      if (typeId === 0 || sizeBytes === 0) continue
      const partition = { number: index + 1, startBytes, sizeBytes, typeId, isContainer: CONTAINER_TYPES.includes(typeId) }
      partitions.push(partition)
      if (!partition.isContainer) continue
      if (container !== undefined) throw twoContainers(container.number, partition.number)
      container = partition
    }
    if (container !== undefined) recordAt = container.startBytes
    return container?.startBytes
  }

  /** The logical partition is counted from this record, the next record from the container. */
  function further(sector: Buffer, within: MbrPartition): number | undefined {
    if (sector.readUInt16LE(510) !== 0xaa55) throw invalid(`the record of logical partition ${logical} has no signature`)
    keep(sector)
    const entries = entriesOf(sector, sectorBytes)
    const { own: ownAt, link: linkAt } = logicalEntries(sector)
    if (ownAt.length > 1) throw twoInOneRecord(logical, ownAt.length)
    if (linkAt.length > 1) throw invalid(`the record of logical partition ${logical} leads to ${linkAt.length} further ones`)
    const [own, link] = [entries[ownAt[0] ?? -1], entries[linkAt[0] ?? -1]]
    if (own !== undefined) {
      const startBytes = recordAt + own.startBytes
      partitions.push({ number: logical++, startBytes, sizeBytes: own.sizeBytes, typeId: own.typeId, isContainer: false })
    }
    if (link === undefined || link.startBytes === 0) return undefined
    const next = within.startBytes + link.startBytes
    if (
      logical > 5 + MOST_LOGICAL ||
      next >= within.startBytes + within.sizeBytes ||
      records.some(({ startBytes }) => startBytes === next)
    ) {
      throw invalid(`the record of logical partition ${logical} would stand at byte ${next}`)
    }
    recordAt = next
    return next
  }

  return {
    next(bytes) {
      const sector = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      return container === undefined ? first(sector) : further(sector, container)
    },
    table: () => (id === undefined ? undefined : { kind: 'mbr', id, partitions, records }),
  }
}

/**
 * Which of the entries of such a record are partitions, and which lead on, as the kernel tells them apart (block/partitions/msdos.c): by their
 * types. Nearly everybody writes the partition first, but not everybody.
 */
export function logicalEntries(sector: Buffer): { readonly own: readonly number[]; readonly link: readonly number[] } {
  const entries = entriesOf(sector, 1)
  const used = [0, 1, 2, 3].filter((index) => entries[index]!.typeId !== 0 && entries[index]!.sizeBytes > 0)
  const isLink = (index: number) => CONTAINER_TYPES.includes(entries[index]!.typeId)
  return { own: used.filter((index) => !isLink(index)), link: used.filter(isLink) }
}

function entriesOf(sector: Buffer, sectorBytes: number): Entry[] {
  return [0, 1, 2, 3].map((index) => {
    const at = ENTRIES_AT + index * ENTRY_BYTES
    return {
      status: sector[at]!,
      typeId: sector[at + 4]!,
      startBytes: sector.readUInt32LE(at + 8) * sectorBytes,
      sizeBytes: sector.readUInt32LE(at + 12) * sectorBytes,
    }
  })
}

/** A FAT or NTFS boot sector ends in the same two bytes: what makes a table is four entries that can be true. */
function isMbr(sector: Buffer, entries: readonly Entry[], geometry: DiskGeometry): boolean {
  if (sector.length < 512 || sector.readUInt16LE(510) !== 0xaa55) return false
  const used = entries.filter(({ typeId, sizeBytes }) => typeId !== 0 && sizeBytes > 0)
  return (
    used.length > 0 &&
    entries.every(({ status }) => status === 0 || status === 0x80) &&
    used.every(({ typeId, startBytes }) => typeId !== PROTECTIVE_TYPE && startBytes > 0) &&
    // Of a disk that was cut off on its way some partitions begin where nothing is: that is told where they are looked at.
    used.some(({ startBytes }) => startBytes < geometry.sizeBytes)
  )
}

/** A filesystem on the whole disk begins with its own boot sector. */
function isBootSector(sector: Buffer): boolean {
  if (['NTFS    ', 'EXFAT   ', '-FVE-FS-'].includes(sector.toString('latin1', 3, 11))) return true
  return sector.toString('latin1', 54, 57) === 'FAT' || sector.toString('latin1', 82, 85) === 'FAT'
}

function twoContainers(first: number, second: number): AppError {
  return new AppError(
    'IMAGE_TABLE_UNSUPPORTED',
    `the MBR partition table has two extended partitions, ${first} and ${second}: which logical partitions there are depends on who reads it`,
    'Make one of them an ordinary partition or remove it (`sfdisk`), or take every block of the disk with --as raw.',
  )
}

function twoInOneRecord(number: number, count: number): AppError {
  return new AppError(
    'IMAGE_TABLE_UNSUPPORTED',
    `the record of logical partition ${number} holds ${count} partitions: which of them there are depends on who reads it`,
    'Lay the logical partitions out anew (`sfdisk --dump`, then `sfdisk`), or take every block of the disk with --as raw.',
  )
}

function invalid(reason: string): AppError {
  return new AppError(
    'IMAGE_TABLE_INVALID',
    `the MBR partition table cannot be trusted: ${reason}`,
    'Look at the disk with `sfdisk --verify`; repair the chain of logical partitions, or lay the disk out anew.',
  )
}
