import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MbrTable } from '../../src/contract/image.ts'
import { planCapture } from '../../src/imaging/capture-plan.ts'
import { ownershipOf } from '../../src/imaging/foreign-disk.ts'
import { decodeGpt, encodeGpt } from '../../src/imaging/gpt.ts'
import { partUuids, tableIdOfDisk, withNewIds } from '../../src/imaging/new-ids.ts'
import { gptDisk } from '../fakes/generated-disk.ts'

const NEW_ID = '7d1f4a52-0c9e-4b7a-9a55-8f3c2f1d6e01'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

describe('new ids', () => {
  it('stand in a GUID table that is otherwise the same, and are the same whenever they are asked for', () => {
    fc.assert(
      fc.property(gptDisk, (disk) => {
        const table = withNewIds(disk.table, NEW_ID)
        if (table.kind !== 'gpt') throw new Error('it became another kind of table')
        const read = decodeGpt(encodeGpt(table, disk)[0]!.bytes, disk.sectorBytes)!
        expect(read.id).toBe(NEW_ID)
        expect(read.partitions.map(({ id: _, ...rest }) => rest)).toEqual(disk.table.partitions.map(({ id: _, ...rest }) => rest))
        const ids = read.partitions.map(({ id }) => id)
        expect(new Set([...ids, NEW_ID]).size).toBe(ids.length + 1)
        for (const id of ids) expect(id).toMatch(UUID)
        expect(withNewIds(disk.table, NEW_ID)).toEqual(table)
        expect([...partUuids(disk.table, table).values()]).toEqual(expect.arrayContaining([...new Set(ids)].slice(0, 1)))
      }),
      { numRuns: 30 },
    )
  })

  it('put a signature into an MBR, by which the disk is known as ours', () => {
    const sector = Buffer.alloc(512, 1)
    const partitions = [{ number: 1, startBytes: 512, sizeBytes: 512, typeId: 0x83, isContainer: false }]
    const before: MbrTable = {
      kind: 'mbr',
      id: '01010101',
      partitions,
      records: [{ startBytes: 0, bytes: sector.toString('base64') }],
    }
    const table = withNewIds(before, NEW_ID) as MbrTable
    const written = Buffer.from(table.records[0]!.bytes, 'base64')
    expect(written.readUInt32LE(440)).toBe(0x7d1f4a52)
    written.writeUInt32LE(0x01010101, 440)
    expect(written).toEqual(sector)
    expect([...partUuids(before, table)]).toEqual([['01010101-01', '7d1f4a52-01']])
    expect(ownershipOf({ tableId: '0x7D1F4A52', found: ['a dos table'] }, [NEW_ID])).toBe('ours')
    expect(ownershipOf({ tableId: '0x7d1f4a53', found: ['a dos table'] }, [NEW_ID])).toBe('foreign')
  })

  it('do not touch a disk without a table', () => {
    expect(withNewIds({ kind: 'none', id: 'ext-1' }, NEW_ID)).toEqual({ kind: 'none', id: 'ext-1' })
  })

  it('are others for each disk of an image', () => {
    expect(tableIdOfDisk(NEW_ID, 0)).toBe(NEW_ID)
    expect(new Set([0, 1, 2].map((index) => tableIdOfDisk(NEW_ID, index))).size).toBe(3)
  })

  it('are no part of the content: the same disk is captured the same', () => {
    const [disk] = fc.sample(gptDisk, { numRuns: 1, seed: 3 })
    const plan = (table: Parameters<typeof planCapture>[0]['table']) =>
      planCapture({ geometry: disk!, table, contents: disk!.contents })
    expect(plan(withNewIds(disk!.table, NEW_ID)).extents).toEqual(plan(disk!.table).extents)
  })
})
