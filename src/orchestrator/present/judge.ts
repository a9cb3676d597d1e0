// What a record that was found on a disk proves. Pure: what was found, and what is known of the node, come in; the verdict goes out.
//
//   edited            it is no record, or no key of this appliance signed it as it is
//   copied-disk       signed, but for another disk: the bytes were copied
//   of-another-node   signed for this disk, when it was in another machine
//   other-table       signed for this node and disk, which was partitioned anew since
import { type DiskRecord, parseRecord, type RecordedDisk, signedBytesOf } from '../../contract/disk-record.ts'
import type { Present, RecordVerdict } from '../../contract/present.ts'
import type { NodeRecord } from '../node/record.ts'

/** Asked by this folder, answered by whoever keeps the key. */
export interface RecordKey {
  readonly keyId: string
  sign(bytes: Uint8Array): string
  verify(keyId: string, bytes: Uint8Array, signature: string): boolean
}

/** What stands on a disk, and what that disk is. isFromOutside: all of it was read; from inside of a system some may be hidden. */
export interface FoundRecord {
  readonly text: string
  readonly disk: RecordedDisk
  readonly isFromOutside: boolean
}

export interface Judged {
  readonly verdict: RecordVerdict
  readonly reason?: string
  /** Only when it is good. */
  readonly record?: DiskRecord
}

export function judgeRecord({ text, disk, isFromOutside }: FoundRecord, nodeIds: readonly string[], key: RecordKey): Judged {
  const signed = parseRecord(text)
  if (signed === undefined) return { verdict: 'edited', reason: 'what stands in its place is no record' }
  const { record, keyId, signature } = signed
  if (!key.verify(keyId, signedBytesOf(record), signature))
    return { verdict: 'edited', reason: `it is not what this appliance signed (key ${keyId})` }
  if (isOtherDisk(record.disk, disk, isFromOutside))
    return {
      verdict: 'copied-disk',
      reason: `it speaks of the disk ${record.disk.ids.join(', ')}, and stands on ${wordsOf(disk)}`,
    }
  if (!nodeIds.includes(record.nodeId))
    return { verdict: 'of-another-node', reason: `it was written for the node with the id ${record.nodeId}` }
  if (isFromOutside && record.disk.tableId !== disk.tableId)
    return {
      verdict: 'other-table',
      reason: `the disk had the table ${record.disk.tableId ?? 'of no id'} then, and has ${disk.tableId ?? 'none with an id'} now`,
    }
  return { verdict: 'good', record }
}

/** Of all that was found on a machine; the worst of nothing is missing. */
export function presentOf(judged: readonly Judged[], seen: Pick<Present, 'said' | 'at' | 'health'>): Present {
  const good = judged.flatMap(({ record }) => (record === undefined ? [] : [record]))
  const newest = good.reduce<DiskRecord | undefined>(
    (best, each) => (best === undefined || each.at > best.at ? each : best),
    undefined,
  )
  if (newest === undefined) {
    const bad = judged[0]
    if (bad === undefined) return { record: 'missing', packages: [], ...seen }
    return { record: bad.verdict, ...(bad.reason === undefined ? {} : { reason: bad.reason }), packages: [], ...seen }
  }
  const found = new Set(good.filter(({ jobId }) => jobId === newest.jobId).map(({ diskIndex }) => diskIndex))
  // From inside of a system one of its disks speaks for all.
  if (seen.said === 'boot-os' && found.size < newest.diskCount) {
    const reason = `${found.size} of ${newest.diskCount} disks of ${newest.image.name} version ${newest.image.version} have their record`
    return { record: 'missing', reason, packages: [], ...seen }
  }
  return { record: 'good', image: newest.image, packages: newest.packages, ...seen }
}

/** Whom a record may name that is on its disk. */
export const nodeIdsOf = ({ id, formerIds = [] }: Pick<NodeRecord, 'id' | 'formerIds'>): readonly string[] => [id, ...formerIds]

/** Whether the agent has to look into its filesystems: there is no other record, or what the running system read there is not good. */
export function hasRecordInFile({ recordPlace, present }: Pick<NodeRecord, 'recordPlace' | 'present'>): boolean {
  return recordPlace === 'file' || (present?.said === 'running-system' && present.record !== 'good')
}

/** Of two records on one disk the bad one speaks: somebody changed something there. Of two good ones the newer. */
export function worstOfEachDisk(found: readonly { readonly disk: RecordedDisk; readonly judged: Judged }[]): Judged[] {
  const byDisk = new Map<string, Judged>()
  for (const { disk, judged } of found) {
    const key = disk.ids.join('\n')
    const before = byDisk.get(key)
    const isNewer = before?.verdict === 'good' && (judged.record?.at ?? '') > (before.record?.at ?? '')
    if (before === undefined || judged.verdict !== 'good' || isNewer) byDisk.set(key, judged)
  }
  return [...byDisk.values()]
}

/** Whether nothing was proven anew but the time, and that not long ago: such a proof need not be written. */
export function sameBut(before: Present | undefined, now: Present): boolean {
  if (before === undefined || Date.parse(now.at) - Date.parse(before.at) >= PROVEN_WRITE_MS) return false
  const timeless = ({ health, ...present }: Present) =>
    JSON.stringify([
      { ...present, at: '' },
      { ...health, at: '' },
    ])
  return timeless(before) === timeless(now)
}

const PROVEN_WRITE_MS = 3600_000

/** By the kinds of id that both tell: a system may hide some of what its disk told the agent. */
function isOtherDisk(recorded: RecordedDisk, found: RecordedDisk, isFromOutside: boolean): boolean {
  if (recorded.ids.length === 0) return false
  if (found.ids.length === 0) return isFromOutside
  const now = byKind(found)
  const shared = [...byKind(recorded)].filter(([kind]) => now.has(kind))
  return shared.length === 0 || shared.some(([kind, id]) => now.get(kind) !== id)
}

const byKind = ({ ids }: RecordedDisk) => new Map(ids.map((id) => [id.split(' ', 1)[0]!, id]))

const wordsOf = ({ ids }: RecordedDisk): string => (ids.length === 0 ? 'one that cannot be told from others' : ids.join(', '))
