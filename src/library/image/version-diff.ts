// What differs between two versions, partition by partition. Pure: manifests in, numbers out.
import type { DiskManifest, Manifest, PartitionDiff, VersionDiff } from '../../contract/image.ts'
import { type Extent, intersectExtents, totalBytes } from '../../imaging/extents.ts'
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
      const place = placeOf(after, number)
      return {
        number,
        content: now?.content ?? old!.content,
        change: old === undefined ? 'added' : now === undefined ? 'removed' : 'kept',
        usedBytesBefore: old?.usedBytes ?? 0,
        usedBytesAfter: now?.usedBytes ?? 0,
        changedBytes: place === undefined ? 0 : totalBytes(intersectExtents(changed, [place])),
      }
    })
}

function placeOf({ table, sizeBytes }: DiskManifest, number: number): Extent | undefined {
  if (table.kind === 'none') return { offset: 0, length: sizeBytes }
  const partition = table.partitions.find((candidate) => candidate.number === number)
  if (partition !== undefined) return { offset: partition.startBytes, length: partition.sizeBytes }
  // Number 0 of an MBR disk: from its first sector to its first partition.
  return number === 0
    ? { offset: 0, length: Math.min(sizeBytes, ...table.partitions.map((other) => other.startBytes)) }
    : undefined
}
