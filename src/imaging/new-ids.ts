// Ids of its own for a copy of a disk: all of them come of one, so that every step of a job finds the same. Pure.
import { createHash } from 'node:crypto'
import type { PartitionTable } from '../contract/image.ts'

/** The boot signature of an MBR (UEFI 2.10 §5.2.1) has 32 bits at this byte of the first sector. */
const MBR_SIGNATURE_AT = 440

export function withNewIds(table: PartitionTable, tableId: string): PartitionTable {
  switch (table.kind) {
    case 'gpt':
      return {
        ...table,
        id: tableId,
        partitions: table.partitions.map((each) => ({ ...each, id: derivedGuid(tableId, `partition ${each.number}`) })),
      }
    case 'mbr': {
      const id = tableId.slice(0, 8)
      const records = table.records.map((record, index) => {
        if (index > 0) return record
        const bytes = Buffer.from(record.bytes, 'base64')
        bytes.writeUInt32LE(Number.parseInt(id, 16), MBR_SIGNATURE_AT)
        return { ...record, bytes: bytes.toString('base64') }
      })
      return { ...table, id, records }
    }
    // Its only id is that of its filesystem, which the filesystem itself counts on.
    case 'none':
      return table
  }
}

/** The id of the n-th disk of an image (from 0) when the first one has this. */
export const tableIdOfDisk = (tableId: string, index: number): string =>
  index === 0 ? tableId : derivedGuid(tableId, `disk ${index}`)

/** Old and new PARTUUID of every partition, as Linux writes them: that of an MBR is its signature and the number. */
export function partUuids(before: PartitionTable, after: PartitionTable): ReadonlyMap<string, string> {
  const old = partUuidsOf(before)
  const now = partUuidsOf(after)
  return new Map([...old].flatMap(([number, uuid]) => (now.get(number) === uuid ? [] : [[uuid, now.get(number)!] as const])))
}

function partUuidsOf(table: PartitionTable): Map<number, string> {
  switch (table.kind) {
    case 'gpt':
      return new Map(table.partitions.map(({ number, id }) => [number, id]))
    case 'mbr':
      return new Map(table.partitions.map(({ number }) => [number, `${table.id}-${number.toString(16).padStart(2, '0')}`]))
    case 'none':
      return new Map()
  }
}

/** A name-based UUID (RFC 9562 §5.8, version 8: SHA-256). */
export function derivedGuid(seed: string, name: string): string {
  const bytes = createHash('sha256').update(`platen\n${seed}\n${name}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
