// The records that make logical partitions, written anew from a list of them: a dump of a table does not keep where they stood. Pure.
import { AppError } from '../contract/errors.ts'
import type { Placed } from './gpt.ts'

export interface LogicalPartition {
  readonly startSector: number
  readonly sectors: number
  /** One byte, such as 0x83. */
  readonly typeId: number
  readonly isActive: boolean
}

export interface Container {
  readonly startSector: number
  readonly sectors: number
}

const RECORD_BYTES = 512
const LINK_TYPE = 0x05
const NO_CHS = [0xfe, 0xff, 0xff]

/**
 * One record for each, in this order, which is that of their numbers from 5 on. The first stands where the container begins, each further one in front of
 * its partition, in a sector that belongs to none. Throws IMAGE_TABLE_INVALID when there is no such sector.
 */
export function encodeLogicalPartitions(
  container: Container,
  logical: readonly LogicalPartition[],
  sectorBytes: number,
): Placed[] {
  const recordSectors = placeRecords(container, logical)
  return logical.map((partition, index) => {
    const recordAt = recordSectors[index]!
    const record = Buffer.alloc(RECORD_BYTES)
    record.set(entry(partition.isActive, partition.typeId, partition.startSector - recordAt, partition.sectors), 446)
    const next = logical[index + 1]
    if (next !== undefined) {
      const nextAt = recordSectors[index + 1]!
      record.set(entry(false, LINK_TYPE, nextAt - container.startSector, next.startSector + next.sectors - nextAt), 462)
    }
    record.set([0x55, 0xaa], 510)
    return { offset: recordAt * sectorBytes, bytes: record }
  })
}

function placeRecords(container: Container, logical: readonly LogicalPartition[]): number[] {
  const placed: number[] = []
  const gap = (logical[0]?.startSector ?? 0) - container.startSector
  for (const [index, { startSector }] of logical.entries()) {
    const ends = logical.map((one) => one.startSector + one.sectors)
    // As far in front as the first one stands, as most programs do; else close to it; else wherever there is room before it.
    const candidates = index === 0 ? [container.startSector] : [startSector - gap, startSector - 1, ...ends.sort((a, b) => b - a)]
    const found = candidates.find((sector) => sector < startSector && isFree(sector, container, logical, placed))
    if (found === undefined) throw noRoom(index + 5)
    placed.push(found)
  }
  return placed
}

function isFree(sector: number, container: Container, logical: readonly LogicalPartition[], placed: readonly number[]): boolean {
  return (
    sector >= container.startSector &&
    !placed.includes(sector) &&
    logical.every(({ startSector, sectors }) => sector < startSector || sector >= startSector + sectors)
  )
}

function entry(isActive: boolean, typeId: number, startSector: number, sectors: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.set([isActive ? 0x80 : 0, ...NO_CHS, typeId, ...NO_CHS])
  bytes.writeUInt32LE(startSector, 8)
  bytes.writeUInt32LE(sectors, 12)
  return bytes
}

function noRoom(number: number): AppError {
  return new AppError(
    'IMAGE_TABLE_INVALID',
    `there is no sector in front of logical partition ${number} for its record`,
    'Look at the dump of the table; restore the image with its own program onto a disk, and capture that.',
  )
}
