// What differs between two versions, partition by partition. Pure: manifests in, numbers out.
import type { DiskManifest, Manifest, PartitionDiff, VersionDiff } from '../../contract/image.ts'
import { type Extent, intersectExtents, normalizeExtents, subtractExtents, totalBytes } from '../../imaging/extents.ts'
import { unpackDisk } from '../../imaging/manifest-codec.ts'

type Facts = Pick<VersionDiff, 'imageName' | 'from' | 'to'>

export function diffVersions(facts: Facts, from: Manifest, to: Manifest): VersionDiff {
  const [before, after] = [from.disks[0]!, to.disks[0]!]
  const known = digestsByIndex(before)
  const { spans, digests, extents } = unpackDisk(after)
  const changed = spans.filter((span, position) => known.get(span.index) !== digests[position])
  const changedExtents = changed.map(({ offset }) => ({ offset, length: after.chunkBytes }))
  return {
    ...facts,
    sameContent: before.contentDigest === after.contentDigest,
    sameTable: JSON.stringify(before.table) === JSON.stringify(after.table),
    chunkCount: spans.length,
    changedChunks: changed.length,
    changedBytes: totalBytes(intersectExtents(extents, changedExtents)),
    partitions: partitionsOf(before, after, intersectExtents(extents, changedExtents)),
  }
}

function digestsByIndex(disk: DiskManifest): Map<number, string> {
  const { spans, digests } = unpackDisk(disk)
  return new Map(spans.map(({ index }, position) => [index, digests[position]!]))
}

function partitionsOf(before: DiskManifest, after: DiskManifest, changed: readonly Extent[]): PartitionDiff[] {
  const numbers = new Set([...before.contents, ...after.contents].map(({ number }) => number))
  return [...numbers]
    .sort((a, b) => a - b)
    .map((number) => {
      const [old, now] = [before, after].map((disk) => disk.contents.find((content) => content.number === number))
      return {
        number,
        content: now?.content ?? old!.content,
        change: old === undefined ? 'added' : now === undefined ? 'removed' : 'kept',
        usedBytesBefore: old?.usedBytes ?? 0,
        usedBytesAfter: now?.usedBytes ?? 0,
        changedBytes: totalBytes(intersectExtents(changed, placesOf(after, number))),
      }
    })
}

/** Number 0 of a disk with a table is what lies outside of its partitions. */
function placesOf({ table, sizeBytes }: DiskManifest, number: number): Extent[] {
  const whole = [{ offset: 0, length: sizeBytes }]
  if (table.kind === 'none') return whole
  const partitions: readonly Place[] = table.partitions
  const own = partitions.filter((each) => each.number === number).map(asExtent)
  const filled = partitions.filter(({ isContainer }) => isContainer !== true).map(asExtent)
  return number === 0 ? subtractExtents(whole, normalizeExtents(filled)) : own
}

interface Place {
  readonly number: number
  readonly startBytes: number
  readonly sizeBytes: number
  readonly isContainer?: boolean
}

const asExtent = ({ startBytes, sizeBytes }: Place): Extent => ({ offset: startBytes, length: sizeBytes })
