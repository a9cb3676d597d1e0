// Whether a partition table out of a manifest can be true at all: what it says is written to disks, so nothing of it is believed. Pure.
import type { DiskManifest, GptTable, MbrTable } from '../contract/image.ts'
import { BOOT_CODE_BYTES, ENTRY_BYTES } from './gpt.ts'

/** Of one disk; far more than any kernel takes. */
const MOST_RECORDS = 300

/** undefined: nothing speaks against it; else what does, in words. */
export function tableFault({
  table,
  sizeBytes,
  sectorBytes,
}: Pick<DiskManifest, 'table' | 'sizeBytes' | 'sectorBytes'>): string | undefined {
  if (sizeBytes % sectorBytes !== 0) return `its ${sizeBytes} bytes are no whole number of sectors of ${sectorBytes}`
  switch (table.kind) {
    case 'none':
      return undefined
    case 'gpt':
      return rangesFault(table.partitions, sizeBytes, sectorBytes) ?? gptFault(table, sizeBytes, sectorBytes)
    case 'mbr':
      return rangesFault(table.partitions, sizeBytes, sectorBytes) ?? mbrFault(table, sizeBytes, sectorBytes)
  }
}

interface Range {
  readonly number: number
  readonly startBytes: number
  readonly sizeBytes: number
}

function rangesFault(partitions: readonly Range[], diskBytes: number, sectorBytes: number): string | undefined {
  const numbers = new Set<number>()
  for (const { number, startBytes, sizeBytes } of partitions) {
    if (numbers.has(number)) return `partition ${number} is there twice`
    numbers.add(number)
    if (startBytes % sectorBytes !== 0 || sizeBytes % sectorBytes !== 0 || sizeBytes === 0 || startBytes === 0)
      return `partition ${number} is not made of whole sectors`
    if (startBytes + sizeBytes > diskBytes) return `partition ${number} ends behind the disk`
  }
  return undefined
}

function gptFault(table: GptTable, sizeBytes: number, sectorBytes: number): string | undefined {
  const last = table.partitions.find(({ number }) => number > table.entryCount)
  if (last !== undefined) return `partition ${last.number} has no place among ${table.entryCount} entries`
  if (table.firstUsableBytes % sectorBytes !== 0 || table.firstUsableBytes >= sizeBytes)
    return `its first usable byte is ${table.firstUsableBytes}`
  if (base64Bytes(table.bootCode) > BOOT_CODE_BYTES) return 'its boot code is longer than the place for it'
  if (table.firstSector !== undefined && base64Bytes(table.firstSector) !== sectorBytes) return 'its first sector is no sector'
  const entriesAt = table.entriesStartBytes ?? 2 * sectorBytes
  const entriesEnd = entriesAt + table.entryCount * ENTRY_BYTES
  if (entriesAt % sectorBytes !== 0 || entriesAt < 2 * sectorBytes || entriesEnd > sizeBytes)
    return `its entries would begin at byte ${entriesAt}`
  const inTheWay = table.partitions.find((each) => each.startBytes < entriesEnd && each.startBytes + each.sizeBytes > entriesAt)
  return inTheWay === undefined ? undefined : `partition ${inTheWay.number} lies where its entries stand`
}

function mbrFault({ partitions, records }: MbrTable, sizeBytes: number, sectorBytes: number): string | undefined {
  if (records.length > MOST_RECORDS) return `it has ${records.length} records`
  if (partitions.length > MOST_RECORDS) return `it has ${partitions.length} partitions`
  const containers = partitions.filter(({ isContainer }) => isContainer)
  if (containers.length > 1 || containers.some(({ number }) => number > 4)) return 'it has more than one extended partition'
  const lost = partitions.find(
    (each) => each.number > 4 && !records.some((record, index) => index > 0 && record.startBytes < each.startBytes),
  )
  if (lost !== undefined) return `logical partition ${lost.number} has no record`
  for (const [index, { startBytes, bytes }] of records.entries()) {
    if (base64Bytes(bytes) !== sectorBytes) return `the record at byte ${startBytes} is no sector`
    if (startBytes % sectorBytes !== 0 || startBytes + sectorBytes > sizeBytes)
      return `a record would stand at byte ${startBytes}`
    if ((index === 0) !== (startBytes === 0)) return 'its first record is not the first sector'
    const isInside = containers.some((each) => startBytes >= each.startBytes && startBytes < each.startBytes + each.sizeBytes)
    if (index > 0 && !isInside) return `the record at byte ${startBytes} lies in no extended partition`
  }
  return undefined
}

const base64Bytes = (text: string): number => Buffer.byteLength(text, 'base64')
