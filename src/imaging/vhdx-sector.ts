// The logical sector size of the disk in a VHDX file (MS-VHDX 2.2.3 region table, 2.6 metadata). Pure but for the reads it is given.
import { decodeGuid } from './guid.ts'
import type { ReadAt } from './qcow2-reader.ts'

const REGION_TABLE_AT = [192 * 1024, 256 * 1024]
const METADATA_REGION = '8b7ca206-4790-4b9a-b8fe-575f050f886e'
const LOGICAL_SECTOR_SIZE = '8141bf1d-a96f-4709-ba47-f233a8faab5f'
const TABLE_BYTES = 64 * 1024
const ENTRY_BYTES = 32

/** undefined: it does not say, or says neither 512 nor 4096. */
export async function vhdxSectorBytes(read: ReadAt): Promise<512 | 4096 | undefined> {
  for (const tableAt of REGION_TABLE_AT) {
    const region = findEntry(await read(tableAt, TABLE_BYTES), 'regi', { countAt: 8, entriesAt: 16 }, METADATA_REGION)
    if (region === undefined) continue
    const metadataAt = Number(region.readBigUInt64LE(16))
    if (!Number.isSafeInteger(metadataAt)) continue
    const item = findEntry(await read(metadataAt, TABLE_BYTES), 'metadata', { countAt: 10, entriesAt: 32 }, LOGICAL_SECTOR_SIZE)
    if (item === undefined) continue
    const value = await read(metadataAt + item.readUInt32LE(16), 4)
    const sectorBytes = value.length === 4 ? value.readUInt32LE(0) : 0
    if (sectorBytes === 512 || sectorBytes === 4096) return sectorBytes
  }
  return undefined
}

function findEntry(table: Buffer, signature: string, at: { countAt: number; entriesAt: number }, id: string): Buffer | undefined {
  if (table.length < at.entriesAt || table.toString('latin1', 0, signature.length) !== signature) return undefined
  const count = table.readUInt16LE(at.countAt)
  for (let index = 0; index < count; index++) {
    const entry = table.subarray(at.entriesAt + index * ENTRY_BYTES, at.entriesAt + (index + 1) * ENTRY_BYTES)
    if (entry.length < ENTRY_BYTES) return undefined
    if (decodeGuid(entry.subarray(0, 16)) === id) return entry
  }
  return undefined
}
