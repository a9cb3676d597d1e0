import { describe, expect, it } from 'vitest'
import { type DiskRecord, formatRecord, parseRecord, signedBytesOf } from '../../../src/contract/disk-record.ts'
import {
  type FoundRecord,
  type Judged,
  judgeRecord,
  presentOf,
  worstOfEachDisk,
} from '../../../src/orchestrator/present/judge.ts'
import { newRecordKey } from '../../fakes/record-signer.ts'

const KEY_ID = '0123456789abcdef'

const key = newRecordKey()
const RECORD: DiskRecord = {
  kind: 'platen-disk-record',
  nodeId: 'node-a',
  jobId: 'job-1',
  at: '2026-01-01T00:00:00.000Z',
  image: { name: 'debian', version: 2, digest: 'a'.repeat(64) },
  packages: [{ name: 'editor', version: '1.0.0' }],
  disk: { ids: ['wwn naa.5000c5', 'serial S-1'], tableId: 'aaaa' },
  diskIndex: 0,
  diskCount: 1,
}
const textOf = (record: DiskRecord, by = key) =>
  formatRecord({ record, keyId: KEY_ID, signature: by.sign(signedBytesOf(record)) })
const found = (change: Partial<FoundRecord> = {}): FoundRecord => ({
  text: textOf(RECORD),
  disk: RECORD.disk,
  isFromOutside: true,
  ...change,
})
const edited = textOf(RECORD).replace('"version":2', '"version":3')

describe('judgeRecord', () => {
  it.each<{ name: string; it: FoundRecord; nodes?: string[]; want: string }>([
    { name: 'as it was written', it: found(), want: 'good' },
    {
      name: 'spelled otherwise, the same content',
      it: found({ text: JSON.stringify(parseRecord(textOf(RECORD)), null, 2) }),
      want: 'good',
    },
    { name: 'another version written into it', it: found({ text: edited }), want: 'edited' },
    { name: 'cut off', it: found({ text: textOf(RECORD).slice(0, 200) }), want: 'edited' },
    { name: 'signed by somebody else', it: found({ text: textOf(RECORD, newRecordKey()) }), want: 'edited' },
    { name: 'no JSON', it: found({ text: '\0\0' }), want: 'edited' },
    { name: 'on a disk of another serial', it: found({ disk: { ids: ['serial S-2'], tableId: 'aaaa' } }), want: 'copied-disk' },
    {
      name: 'one id equal, one not',
      it: found({ disk: { ids: ['wwn naa.5000c5', 'serial S-2'], tableId: 'aaaa' } }),
      want: 'copied-disk',
    },
    { name: 'a disk that tells less', it: found({ disk: { ids: ['serial S-1'], tableId: 'aaaa' } }), want: 'good' },
    {
      name: 'a disk known by its place only',
      it: found({ disk: { ids: ['path pci-1 with 5 bytes'], tableId: 'aaaa' } }),
      want: 'copied-disk',
    },
    {
      name: 'a disk that tells nothing, seen from outside',
      it: found({ disk: { ids: [], tableId: 'aaaa' } }),
      want: 'copied-disk',
    },
    { name: 'the same from inside', it: found({ disk: { ids: [] }, isFromOutside: false }), want: 'good' },
    {
      name: 'a copy in another machine',
      it: found({ disk: { ids: ['serial S-2'], tableId: 'aaaa' } }),
      nodes: ['node-b'],
      want: 'copied-disk',
    },
    { name: 'the disk in another machine', it: found(), nodes: ['node-b'], want: 'of-another-node' },
    { name: 'in a node that was two', it: found(), nodes: ['node-b', 'node-a'], want: 'good' },
    { name: 'a disk that was partitioned anew', it: found({ disk: { ...RECORD.disk, tableId: 'bbbb' } }), want: 'other-table' },
    { name: 'whose table is gone', it: found({ disk: { ids: RECORD.disk.ids } }), want: 'other-table' },
  ])('$name: $want', ({ it, nodes = ['node-a'], want }) => {
    expect(judgeRecord(it, nodes, key).verdict).toBe(want)
  })
})

describe('presentOf', () => {
  const seen = { said: 'boot-os', at: '2026-01-02T00:00:00.000Z' } as const
  const good = (change: Partial<DiskRecord> = {}) => ({ verdict: 'good' as const, record: { ...RECORD, ...change } })
  it.each([
    { name: 'nothing on any disk', judged: [], want: { record: 'missing' } },
    { name: 'a good one', judged: [good()], want: { record: 'good', image: { version: 2 }, packages: [{ name: 'editor' }] } },
    { name: 'a good one beside a copy', judged: [{ verdict: 'copied-disk' as const }, good()], want: { record: 'good' } },
    { name: 'a bad one', judged: [{ verdict: 'edited' as const, reason: 'why' }], want: { record: 'edited', reason: 'why' } },
    {
      name: 'the newest of two deploys',
      judged: [good({ at: '2026-01-01T09:00:00.000Z', jobId: 'job-2', image: { ...RECORD.image, version: 3 } }), good()],
      want: { record: 'good', image: { version: 3 } },
    },
    { name: 'one disk of two', judged: [good({ diskCount: 2 })], want: { record: 'missing' } },
    { name: 'both disks', judged: [good({ diskCount: 2 }), good({ diskCount: 2, diskIndex: 1 })], want: { record: 'good' } },
    {
      name: 'two disks of two deploys',
      judged: [good({ diskCount: 2 }), good({ diskCount: 2, diskIndex: 1, jobId: 'job-2' })],
      want: { record: 'missing' },
    },
  ])('$name', ({ judged, want }) => {
    expect(presentOf(judged, seen)).toMatchObject({ ...want, ...seen })
  })
})

describe('several records on one disk', () => {
  const good = (at: string): Judged => ({ verdict: 'good', record: { ...RECORD, at } })
  const older = good('2026-01-01T00:00:00.000Z')
  const newer = good('2026-01-02T00:00:00.000Z')
  const bad: Judged = { verdict: 'edited' }

  it.each([
    { name: 'the newer first', judged: [newer, older], want: newer },
    { name: 'the newer last', judged: [older, newer], want: newer },
    { name: 'a bad one first', judged: [bad, newer], want: bad },
    { name: 'a bad one last', judged: [newer, bad], want: bad },
  ])('$name', ({ judged, want }) => {
    const { disk } = RECORD
    expect(worstOfEachDisk(judged.map((each) => ({ disk, judged: each })))).toEqual([want])
  })
})
