import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PartitionTable } from '../../src/contract/image.ts'
import {
  decodeRecordBlock,
  encodeRecordBlock,
  freeRecordPlace,
  RECORD_BYTES,
  recordPlaces,
} from '../../src/imaging/record-place.ts'

const KiB = 1024
const MiB = KiB * KiB
const SIZE = 64 * MiB
const BEHIND = SIZE - 128 * KiB
const BEFORE = 960 * KiB

const mbr = (startBytes: number, endBytes: number): PartitionTable => ({
  kind: 'mbr',
  id: '12345678',
  partitions: [{ number: 1, startBytes, sizeBytes: endBytes - startBytes, typeId: 0x83, isContainer: false }],
  records: [{ startBytes: 0, bytes: '' }],
})
const sector = { offset: 0, length: 512 }

describe('freeRecordPlace', () => {
  it.each([
    { name: 'behind the last partition', table: mbr(MiB, SIZE - MiB), kept: [sector], want: BEHIND },
    { name: 'in front of the first, when the last goes to the end', table: mbr(MiB, SIZE), kept: [sector], want: BEFORE },
    {
      name: 'in front, when the image has something behind',
      table: mbr(MiB, SIZE - MiB),
      kept: [sector, { offset: SIZE - MiB, length: MiB }],
      want: BEFORE,
    },
    {
      name: 'nowhere, when a boot loader has the rest',
      table: mbr(MiB, SIZE),
      kept: [{ offset: 0, length: MiB }],
      want: undefined,
    },
    { name: 'nowhere, when the first begins at sector 63', table: mbr(63 * 512, SIZE), kept: [sector], want: undefined },
    { name: 'nowhere without a table', table: { kind: 'none' } as PartitionTable, kept: [], want: undefined },
  ])('$name', ({ table, kept, want }) => {
    expect(freeRecordPlace({ sizeBytes: SIZE, table, kept })?.offset).toBe(want)
  })

  it('is never outside of the disk, nor in the last 64 KiB, where tables and RAID have their copies', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (sizeBytes) => {
        for (const { offset, length } of recordPlaces(sizeBytes)) {
          expect(offset).toBeGreaterThan(0)
          expect(offset + length).toBeLessThanOrEqual(sizeBytes - 64 * KiB)
        }
      }),
    )
  })
})

describe('a record block', () => {
  it('gives back its text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 3000 }).filter((text) => !text.includes('\n')),
        (text) => {
          const block = encodeRecordBlock(text)!
          expect(block).toHaveLength(RECORD_BYTES)
          expect(decodeRecordBlock(block)).toBe(Buffer.from(text).toString())
        },
      ),
    )
  })

  it.each([
    { name: 'a text that is too long', got: encodeRecordBlock('x'.repeat(40_000)) },
    { name: 'zeros', got: decodeRecordBlock(Buffer.alloc(RECORD_BYTES)) },
    { name: 'a disk that ends', got: decodeRecordBlock(Buffer.from('PLATEN REC')) },
  ])('$name is none', ({ got }) => {
    expect(got).toBeUndefined()
  })
})
