// An MBR disk out of what imaging programs keep of it: its first sectors, and a dump of its table for what stands elsewhere. Pure.
import { AppError } from '../contract/errors.ts'
import { encodeLogicalPartitions } from './ebr-chain.ts'
import type { Placed } from './gpt.ts'
import type { PartitionPlace } from './saved-gpt.ts'
import type { DumpedPartition } from './sfdisk-dump.ts'

const CONTAINER_TYPES = [0x05, 0x0f, 0x85]

export interface SavedMbr {
  /** From sector 0 on: its table is the one that counts for the first four partitions. */
  readonly head: Buffer
  readonly dump: readonly DumpedPartition[]
  readonly sectorBytes: number
}

export interface MbrLayout {
  /** What stands outside of partitions. */
  readonly writes: readonly Placed[]
  readonly partitions: readonly MbrPlace[]
  /** The last partition ends here. */
  readonly endBytes: number
}

export interface MbrPlace extends PartitionPlace {
  readonly typeId: number
  readonly isContainer: boolean
}

/** Throws IMAGE_TABLE_INVALID where dump and sector disagree. */
export function layOutSavedMbr({ head, dump, sectorBytes }: SavedMbr): MbrLayout {
  if (head.length < 512 || head.readUInt16LE(510) !== 0xaa55) throw invalid('its first sector has no signature')
  const primary = primaryOf(head, sectorBytes)
  const numbered = dump.map((partition) => ({ ...partition, number: numberOf(partition.node), typeId: typeOf(partition.type) }))
  for (const { number, startSector, sectors } of numbered.filter(({ number }) => number <= 4)) {
    const found = primary.find((one) => one.number === number)
    if (found?.startBytes !== startSector * sectorBytes || found.sizeBytes !== sectors * sectorBytes)
      throw invalid(`partition ${number} is at sector ${startSector} in the dump, and elsewhere in the saved sector`)
  }
  const logical = numbered.filter(({ number }) => number > 4).sort((a, b) => a.number - b.number)
  const partitions = [...primary, ...logical.map((partition) => placeOf(partition, sectorBytes))]
  const firstBytes = Math.min(...partitions.map(({ startBytes }) => startBytes), Number.POSITIVE_INFINITY)
  return {
    partitions,
    endBytes: Math.max(0, ...partitions.map(({ startBytes, sizeBytes }) => startBytes + sizeBytes)),
    writes: [{ offset: 0, bytes: head.subarray(0, Math.max(512, firstBytes)) }, ...recordsOf(primary, logical, sectorBytes)],
  }
}

type Numbered = DumpedPartition & { readonly number: number; readonly typeId: number }

function recordsOf(primary: readonly MbrPlace[], logical: readonly Numbered[], sectorBytes: number): Placed[] {
  if (logical.length === 0) return []
  const container = primary.find(({ isContainer }) => isContainer)
  if (container === undefined) throw invalid(`it has ${logical.length} logical partitions and no extended one`)
  const place = { startSector: container.startBytes / sectorBytes, sectors: container.sizeBytes / sectorBytes }
  return encodeLogicalPartitions(place, logical, sectorBytes)
}

function primaryOf(head: Buffer, sectorBytes: number): MbrPlace[] {
  return [0, 1, 2, 3].flatMap((index) => {
    const entry = head.subarray(446 + index * 16, 462 + index * 16)
    const typeId = entry[4]!
    const sectors = entry.readUInt32LE(12)
    if (typeId === 0 || sectors === 0) return []
    return [placeOf({ number: index + 1, startSector: entry.readUInt32LE(8), sectors, typeId }, sectorBytes)]
  })
}

function placeOf(at: Pick<Numbered, 'number' | 'startSector' | 'sectors' | 'typeId'>, sectorBytes: number): MbrPlace {
  return {
    number: at.number,
    startBytes: at.startSector * sectorBytes,
    sizeBytes: at.sectors * sectorBytes,
    typeId: at.typeId,
    isContainer: CONTAINER_TYPES.includes(at.typeId),
  }
}

/** sda5, nvme0n1p5: the digits at the end. */
export const numberOf = (node: string): number => Number(/(\d+)$/.exec(node)?.[1] ?? 0)

function typeOf(text: string): number {
  const typeId = Number.parseInt(text.replace(/^0x/i, ''), 16)
  if (!(typeId > 0 && typeId <= 0xff)) throw invalid(`"${text}" is no type of a partition`)
  return typeId
}

function invalid(reason: string): AppError {
  return new AppError(
    'IMAGE_TABLE_INVALID',
    `the saved partition table cannot be trusted: ${reason}`,
    'Restore the image with its own program onto a disk, and capture that.',
  )
}
