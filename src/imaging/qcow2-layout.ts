// Where everything stands in a qcow2 file that is written in one go: version 3, clusters of 64 KiB, nothing compressed, no snapshots
// (QEMU docs/interop/qcow2.rst). Pure: the places of a disk that hold something in, the file's tables and a map of offsets out.
import type { Placed } from './gpt.ts'

export const QCOW2_CLUSTER_BYTES = 65_536
const CLUSTER_BITS = 16
const MAGIC = 0x5146_49fb
const HEADER_BYTES = 104
/** 8 bytes each: entries of L1 and L2 tables and of the refcount table. */
const ENTRIES_A_CLUSTER = QCOW2_CLUSTER_BYTES / 8
/** 2 bytes each (refcount_order 4). */
const REFCOUNTS_A_BLOCK = QCOW2_CLUSTER_BYTES / 2
/** The cluster belongs to this file alone (refcount 1), so it may be written in place. */
const COPIED = 1n << 63n

/** A stretch of the disk; within it, file offsets grow as disk offsets do, so that a chunk can be written in one piece. */
export interface Qcow2Stretch {
  /** First cluster of the disk, and how many follow each other in the file. */
  readonly firstCluster: number
  readonly clusterCount: number
  /** Those of them that hold something, counted from firstCluster; the others stay holes that nothing points to. */
  readonly used: readonly number[]
}

export interface Qcow2Layout {
  readonly fileBytes: number
  /** Header and tables. */
  readonly metadata: readonly Placed[]
  /** Where a byte of the disk stands in the file; only for bytes inside a stretch. */
  fileOffset(diskOffset: number): number
}

/** Stretches ascend and do not overlap. */
export function layOutQcow2(diskBytes: number, stretches: readonly Qcow2Stretch[]): Qcow2Layout {
  const l1Entries = Math.max(1, Math.ceil(diskBytes / (ENTRIES_A_CLUSTER * QCOW2_CLUSTER_BYTES)))
  const tableNumbers = tablesInUse(stretches)
  const dataClusters = stretches.reduce((sum, { clusterCount }) => sum + clusterCount, 0)
  const l1Clusters = clustersOf(l1Entries * 8)
  const counts = refcountClusters(1 + l1Clusters + tableNumbers.length + dataClusters)

  const l1At = 1 + counts.tableClusters + counts.blocks
  const l2At = l1At + l1Clusters
  const dataAt = l2At + tableNumbers.length
  const places = placeStretches(stretches, dataAt)
  const l2Cluster = new Map(tableNumbers.map((number, position) => [number, l2At + position]))

  return {
    fileBytes: (dataAt + dataClusters) * QCOW2_CLUSTER_BYTES,
    metadata: [
      at(0, encodeHeader(diskBytes, l1Entries, l1At, counts.tableClusters)),
      at(1, refcountTable(counts)),
      at(1 + counts.tableClusters, refcountBlocks(counts.blocks, dataAt, places)),
      at(l1At, l1Table(l1Entries, l1Clusters, l2Cluster)),
      ...(tableNumbers.length === 0 ? [] : [at(l2At, l2Tables(tableNumbers, places))]),
    ],
    fileOffset: (diskOffset) => fileOffsetIn(places, diskOffset),
  }
}

interface Place extends Qcow2Stretch {
  readonly fileCluster: number
}

function placeStretches(stretches: readonly Qcow2Stretch[], dataAt: number): Place[] {
  let next = dataAt
  return stretches.map((stretch) => {
    const place = { ...stretch, fileCluster: next }
    next += stretch.clusterCount
    return place
  })
}

function fileOffsetIn(places: readonly Place[], diskOffset: number): number {
  const cluster = Math.floor(diskOffset / QCOW2_CLUSTER_BYTES)
  let low = 0
  for (let high = places.length - 1; low < high; ) {
    const middle = Math.ceil((low + high) / 2)
    if (places[middle]!.firstCluster <= cluster) low = middle
    else high = middle - 1
  }
  const { firstCluster, fileCluster } = places[low]!
  return (fileCluster - firstCluster) * QCOW2_CLUSTER_BYTES + diskOffset
}

function tablesInUse(stretches: readonly Qcow2Stretch[]): number[] {
  const numbers = new Set<number>()
  for (const { firstCluster, used } of stretches)
    for (const cluster of used) numbers.add(Math.floor((firstCluster + cluster) / ENTRIES_A_CLUSTER))
  return [...numbers].sort((a, b) => a - b)
}

interface RefcountClusters {
  readonly tableClusters: number
  readonly blocks: number
}

/** Refcounts count their own clusters, too: more of them until they are enough. */
function refcountClusters(others: number): RefcountClusters {
  for (let blocks = 1; ; blocks++) {
    const tableClusters = clustersOf(blocks * 8)
    if (blocks * REFCOUNTS_A_BLOCK >= others + tableClusters + blocks) return { tableClusters, blocks }
  }
}

function encodeHeader(diskBytes: number, l1Entries: number, l1At: number, tableClusters: number): Buffer {
  // The extension area behind it is empty: eight zero bytes end it.
  const header = Buffer.alloc(HEADER_BYTES + 8)
  header.writeUInt32BE(MAGIC, 0)
  header.writeUInt32BE(3, 4)
  header.writeUInt32BE(CLUSTER_BITS, 20)
  header.writeBigUInt64BE(BigInt(diskBytes), 24)
  header.writeUInt32BE(l1Entries, 36)
  header.writeBigUInt64BE(BigInt(l1At * QCOW2_CLUSTER_BYTES), 40)
  header.writeBigUInt64BE(BigInt(QCOW2_CLUSTER_BYTES), 48)
  header.writeUInt32BE(tableClusters, 56)
  header.writeUInt32BE(4, 96)
  header.writeUInt32BE(HEADER_BYTES, 100)
  return header
}

function refcountTable({ tableClusters, blocks }: RefcountClusters): Buffer {
  const table = Buffer.alloc(tableClusters * QCOW2_CLUSTER_BYTES)
  for (let block = 0; block < blocks; block++)
    table.writeBigUInt64BE(BigInt((1 + tableClusters + block) * QCOW2_CLUSTER_BYTES), block * 8)
  return table
}

/** 1 for every table and every cluster of the disk that holds something; holes inside a stretch belong to nobody. */
function refcountBlocks(blocks: number, dataAt: number, places: readonly Place[]): Buffer {
  const counts = Buffer.alloc(blocks * QCOW2_CLUSTER_BYTES)
  for (let cluster = 0; cluster < dataAt; cluster++) counts.writeUInt16BE(1, cluster * 2)
  for (const { fileCluster, used } of places) for (const cluster of used) counts.writeUInt16BE(1, (fileCluster + cluster) * 2)
  return counts
}

function l1Table(entries: number, clusters: number, l2Cluster: ReadonlyMap<number, number>): Buffer {
  const table = Buffer.alloc(clusters * QCOW2_CLUSTER_BYTES)
  for (let entry = 0; entry < entries; entry++) {
    const cluster = l2Cluster.get(entry)
    if (cluster !== undefined) table.writeBigUInt64BE(COPIED | BigInt(cluster * QCOW2_CLUSTER_BYTES), entry * 8)
  }
  return table
}

function l2Tables(numbers: readonly number[], places: readonly Place[]): Buffer {
  const tables = Buffer.alloc(numbers.length * QCOW2_CLUSTER_BYTES)
  const position = new Map(numbers.map((number, index) => [number, index]))
  for (const { firstCluster, fileCluster, used } of places) {
    for (const cluster of used) {
      const disk = firstCluster + cluster
      const table = position.get(Math.floor(disk / ENTRIES_A_CLUSTER))!
      const entryAt = table * QCOW2_CLUSTER_BYTES + (disk % ENTRIES_A_CLUSTER) * 8
      tables.writeBigUInt64BE(COPIED | BigInt((fileCluster + cluster) * QCOW2_CLUSTER_BYTES), entryAt)
    }
  }
  return tables
}

const clustersOf = (bytes: number): number => Math.ceil(bytes / QCOW2_CLUSTER_BYTES)

const at = (cluster: number, bytes: Buffer): Placed => ({ offset: cluster * QCOW2_CLUSTER_BYTES, bytes })
