import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import { decodeGpt, encodeGpt, gptHeadBytes } from '../../src/imaging/gpt.ts'
import { decodeGuid, encodeGuid } from '../../src/imaging/guid.ts'
import { gptDisk } from '../fakes/generated-disk.ts'

describe('guid', () => {
  it('stores the first three fields little-endian', () => {
    expect(Buffer.from(encodeGuid('c12a7328-f81f-11d2-ba4b-00a0c93ec93b')).toString('hex')).toBe(
      '28732ac11ff8d211ba4b00a0c93ec93b',
    )
  })

  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.uuid(), (guid) => {
        expect(decodeGuid(encodeGuid(guid))).toBe(guid)
      }),
    )
  })
})

describe('gpt', () => {
  it('comes back as it was written, for a disk of any size that holds it', () => {
    fc.assert(
      fc.property(gptDisk, fc.nat(1000), ({ table, sectorBytes, sizeBytes }, more) => {
        const geometry = { sizeBytes: sizeBytes + more * 4096, sectorBytes }
        const [primary] = encodeGpt(table, geometry)
        expect(decodeGpt(primary!.bytes, sectorBytes)).toEqual(table)
      }),
    )
  })

  it('places the backup at the very end and nothing outside of the disk', () => {
    fc.assert(
      fc.property(gptDisk, ({ table, sectorBytes, sizeBytes }) => {
        const placed = encodeGpt(table, { sizeBytes, sectorBytes })
        const backup = placed.at(-1)!
        expect(backup.offset + backup.bytes.length).toBe(Math.floor(sizeBytes / sectorBytes) * sectorBytes)
        const lastPartitionEnd = Math.max(0, ...table.partitions.map((partition) => partition.startBytes + partition.sizeBytes))
        expect(backup.offset).toBeGreaterThanOrEqual(lastPartitionEnd)
      }),
    )
  })

  it('never trusts a table with a changed byte, and never fails with anything but an AppError', () => {
    fc.assert(
      fc.property(gptDisk, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ table, sectorBytes, sizeBytes }, where, change) => {
        const [primary] = encodeGpt(table, { sizeBytes, sectorBytes })
        const bytes = Uint8Array.from(primary!.bytes)
        // Header (its 92 bytes) or entries: boot code and padding are free.
        const header = where % 2 === 0
        const at = header ? sectorBytes + (where % 92) : 2 * sectorBytes + (where % (128 * 128))
        bytes[at]! ^= change
        try {
          expect(decodeGpt(bytes, sectorBytes)).toBeUndefined()
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
    )
  })

  it('is absent on a blank disk', () => {
    expect(decodeGpt(new Uint8Array(gptHeadBytes(512)), 512)).toBeUndefined()
    expect(decodeGpt(new Uint8Array(100), 512)).toBeUndefined()
  })
})
