// Where the bytes of an image's disk stand in a file: in a raw file where they stand on the disk, in a qcow2 file by its tables. Pure.
import type { DiskManifest } from '../../contract/image.ts'
import type { TargetChunk } from '../../imaging/chunk-grid.ts'
import { type DeployPlan, planDeploy } from '../../imaging/deploy-plan.ts'
import { type Extent, normalizeExtents, shiftExtents } from '../../imaging/extents.ts'
import type { Placed } from '../../imaging/gpt.ts'
import { layOutQcow2, QCOW2_CLUSTER_BYTES, type Qcow2Stretch } from '../../imaging/qcow2-layout.ts'

export type DiskFileFormat = 'raw' | 'qcow2'

export interface DiskFile {
  readonly fileBytes: number
  readonly chunkBytes: number
  /** The file's own tables and the disk's partition table. */
  readonly writes: readonly Placed[]
  /** The chunks, at their offsets in the file. */
  readonly chunks: readonly TargetChunk[]
}

/** Exactly the disk that was captured: its size, its table with its ids, its used blocks; zeros elsewhere. */
export function layOutDiskFile(disk: DiskManifest, format: DiskFileFormat): DiskFile {
  const plan = planDeploy(disk, { sizeBytes: disk.sizeBytes, sectorBytes: disk.sectorBytes }, { keepSizes: true })
  switch (format) {
    case 'raw':
      return { fileBytes: disk.sizeBytes, chunkBytes: disk.chunkBytes, writes: plan.tableWrites, chunks: plan.chunks }
    case 'qcow2':
      return layOutAsQcow2(plan)
  }
}

function layOutAsQcow2({ geometry, chunkBytes, tableWrites, chunks }: DeployPlan): DiskFile {
  const pieces = tableWrites.flatMap((write) => splitByChunk(write, chunkBytes))
  const layout = layOutQcow2(geometry.sizeBytes, stretchesOf(chunks, pieces, chunkBytes))
  return {
    fileBytes: layout.fileBytes,
    chunkBytes,
    writes: [...layout.metadata, ...pieces.map(({ offset, bytes }) => ({ offset: layout.fileOffset(offset), bytes }))],
    // A chunk is one stretch, so the offset of any byte in it gives that of its beginning, be it in front of the stretch.
    chunks: chunks.map((chunk) => {
      const first = chunk.offset + chunk.used[0]!.offset
      return { ...chunk, offset: layout.fileOffset(first) - (first - chunk.offset) }
    }),
  }
}

/** One for each chunk of the grid that holds something: from its first cluster in use to its last. */
function stretchesOf(chunks: readonly TargetChunk[], pieces: readonly Placed[], chunkBytes: number): Qcow2Stretch[] {
  const byChunk = new Map<number, Extent[]>()
  const add = (index: number, extents: readonly Extent[]) => byChunk.set(index, [...(byChunk.get(index) ?? []), ...extents])
  for (const { index, offset, used } of chunks) add(index, shiftExtents(used, offset))
  for (const { offset, bytes } of pieces) add(Math.floor(offset / chunkBytes), [{ offset, length: bytes.length }])
  return [...byChunk].sort(([a], [b]) => a - b).map(([, extents]) => stretchOf(normalizeExtents(extents)))
}

function stretchOf(extents: readonly Extent[]): Qcow2Stretch {
  const clusters = new Set<number>()
  for (const { offset, length } of extents) {
    const last = Math.floor((offset + length - 1) / QCOW2_CLUSTER_BYTES)
    for (let cluster = Math.floor(offset / QCOW2_CLUSTER_BYTES); cluster <= last; cluster++) clusters.add(cluster)
  }
  const inOrder = [...clusters].sort((a, b) => a - b)
  const firstCluster = inOrder[0]!
  return {
    firstCluster,
    clusterCount: inOrder.at(-1)! - firstCluster + 1,
    used: inOrder.map((cluster) => cluster - firstCluster),
  }
}

function splitByChunk({ offset, bytes }: Placed, chunkBytes: number): Placed[] {
  const pieces: Placed[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + chunkBytes - ((offset + at) % chunkBytes))
    pieces.push({ offset: offset + at, bytes: bytes.subarray(at, end) })
    at = end
  }
  return pieces
}
