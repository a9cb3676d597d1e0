// A partition table in which one partition has another size; nothing moves. Pure.
import type { MbrTable, PartitionTable } from '../contract/image.ts'
import { type DiskGeometry, gptLastUsableEnd } from './gpt.ts'
import { logicalEntries } from './mbr.ts'

/** Partitions begin and end on whole mebibytes, as every tool of the last fifteen years lays them out. */
export const ALIGNMENT_BYTES = 1024 * 1024
const ENTRIES_AT = 446
const ENTRY_BYTES = 16
/** An MBR counts sectors in 32 bits. */
const MOST_MBR_SECTORS = 0xffff_ffff

/** Where the last partition of such a table may end at most on this disk. */
export function usableEnd(table: PartitionTable, geometry: DiskGeometry): number {
  switch (table.kind) {
    case 'gpt':
      return gptLastUsableEnd(geometry, table.entryCount)
    case 'mbr':
      return Math.min(geometry.sizeBytes, MOST_MBR_SECTORS * geometry.sectorBytes)
    case 'none':
      return geometry.sizeBytes
  }
}

export function resizePartition(table: PartitionTable, number: number, sizeBytes: number, sectorBytes: number): PartitionTable {
  switch (table.kind) {
    case 'gpt':
      return { ...table, partitions: table.partitions.map((each) => (each.number === number ? { ...each, sizeBytes } : each)) }
    case 'mbr':
      return resizeMbr(table, number, sizeBytes, sectorBytes)
    case 'none':
      return table
  }
}

/**
 * The records stay as they are but for the lengths: of the partition in its own record, and for a logical one also of the
 * extended partition around it and of the link that leads to its record.
 */
function resizeMbr(table: MbrTable, number: number, sizeBytes: number, sectorBytes: number): MbrTable {
  const partition = table.partitions.find((each) => each.number === number)!
  const container = number < 5 ? undefined : table.partitions.find(({ isContainer }) => isContainer)!
  const end = partition.startBytes + sizeBytes
  const containerBytes = container === undefined ? 0 : end - container.startBytes
  const ownRecord = container === undefined ? 0 : recordOf(table, partition.startBytes)

  const records = table.records.map((record, index) => {
    const bytes = Buffer.from(record.bytes, 'base64')
    const { own, link } = logicalEntries(bytes)
    const put = (entry: number, length: number) =>
      bytes.writeUInt32LE(length / sectorBytes, ENTRIES_AT + entry * ENTRY_BYTES + 12)
    if (index === ownRecord) put(container === undefined ? number - 1 : (own[0] ?? 0), sizeBytes)
    if (container !== undefined && index === 0) put(container.number - 1, containerBytes)
    // The first logical record has no link that leads to it: it stands where the extended partition begins.
    if (container !== undefined && index === ownRecord - 1 && index > 0)
      put(link[0] ?? 1, end - table.records[ownRecord]!.startBytes)
    return { ...record, bytes: bytes.toString('base64') }
  })
  const partitions = table.partitions.map((each) => {
    if (each.number === number) return { ...each, sizeBytes }
    return each === container ? { ...each, sizeBytes: containerBytes } : each
  })
  return { ...table, partitions, records }
}

/** A logical partition lies behind its record and in front of every later one that is nearer. */
function recordOf({ records }: MbrTable, startBytes: number): number {
  let nearest = 1
  for (const [index, record] of records.entries()) {
    if (index > 0 && record.startBytes < startBytes && record.startBytes >= records[nearest]!.startBytes) nearest = index
  }
  return nearest
}
