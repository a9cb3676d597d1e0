// exFAT: what its first sector says, and which clusters are in use. Source: Microsoft, "exFAT file system specification", §3, §4, §7.1.
// Pure but for the volume that it reads.
import type { Extent } from '../extents.ts'
import { setRuns, unitsToBytes } from './bitmap.ts'
import { DamagedFilesystem, readExactly, safeNumber, type Volume } from './volume.ts'

export interface ExfatLayout {
  readonly sizeBytes: number
  readonly fatStartBytes: number
  readonly heapStartBytes: number
  readonly clusterBytes: number
  readonly clusterCount: number
  readonly rootCluster: number
  readonly isDirty: boolean
  /** 2: TexFAT, with two maps of which one counts. */
  readonly fatCount: number
}

const ENTRY_BYTES = 32
const BITMAP_ENTRY = 0x81
const END_OF_DIRECTORY = 0x00
const FIRST_CLUSTER = 2
/** A root directory is at most 256 MiB (§7), a map 512 MiB; no chain is longer than the volume has clusters. */
const MAX_DIRECTORY_BYTES = 256 * 1024 * 1024

/** undefined: these are not the fields of an exFAT. */
export function decodeExfat(head: Uint8Array): ExfatLayout | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (bytes.length < 512) return undefined
  const sectorShift = bytes.readUInt8(108)
  const clusterShift = sectorShift + bytes.readUInt8(109)
  if (sectorShift < 9 || sectorShift > 12 || clusterShift > 25) return undefined
  const sectorBytes = 2 ** sectorShift
  return {
    sizeBytes: Number(bytes.readBigUInt64LE(72)) * sectorBytes,
    fatStartBytes: bytes.readUInt32LE(80) * sectorBytes,
    heapStartBytes: bytes.readUInt32LE(88) * sectorBytes,
    clusterBytes: 2 ** clusterShift,
    clusterCount: bytes.readUInt32LE(92),
    rootCluster: bytes.readUInt32LE(96),
    isDirty: (bytes.readUInt16LE(106) & 2) !== 0,
    fatCount: bytes.readUInt8(110),
  }
}

/** All in front of the clusters, what its own map says, and what is left behind the last cluster. */
export async function usedOfExfat(volume: Volume, layout: ExfatLayout): Promise<Extent[]> {
  const { heapStartBytes, clusterBytes, clusterCount, sizeBytes } = layout
  const { firstCluster, lengthBytes } = await findBitmap(volume, layout)
  if (lengthBytes * 8 < clusterCount) throw new DamagedFilesystem(`its map has ${lengthBytes} bytes for ${clusterCount} clusters`)
  const used: Extent[] = [{ offset: 0, length: heapStartBytes }]
  let at = 0
  for await (const bytes of clustersOf(volume, layout, firstCluster, lengthBytes)) {
    const runs = setRuns(bytes, clusterCount - at)
    used.push(...unitsToBytes(runs, clusterBytes, heapStartBytes + at * clusterBytes))
    at += bytes.length * 8
    if (at >= clusterCount) break
  }
  const end = heapStartBytes + clusterCount * clusterBytes
  used.push({ offset: end, length: sizeBytes - end })
  return used
}

async function findBitmap(volume: Volume, layout: ExfatLayout): Promise<{ firstCluster: number; lengthBytes: number }> {
  for await (const bytes of clustersOf(volume, layout, layout.rootCluster, MAX_DIRECTORY_BYTES)) {
    for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
      const type = bytes.readUInt8(at)
      if (type === END_OF_DIRECTORY) throw new DamagedFilesystem('its root directory names no map of clusters')
      if (type !== BITMAP_ENTRY) continue
      return {
        firstCluster: bytes.readUInt32LE(at + 20),
        lengthBytes: safeNumber(bytes.readBigUInt64LE(at + 24), 'the length of its map'),
      }
    }
  }
  throw new DamagedFilesystem('its root directory names no map of clusters')
}

/** The bytes of what begins at a cluster, following its chain in the table, up to this many. */
async function* clustersOf(volume: Volume, layout: ExfatLayout, first: number, upTo: number): AsyncGenerator<Buffer> {
  const { clusterCount, clusterBytes, heapStartBytes, fatStartBytes } = layout
  let cluster = first
  for (let done = 0; done < upTo; done += clusterBytes) {
    if (cluster < FIRST_CLUSTER || cluster >= clusterCount + FIRST_CLUSTER)
      throw new DamagedFilesystem(`a chain leads to cluster ${cluster} of ${clusterCount}`)
    yield await readExactly(volume, heapStartBytes + (cluster - FIRST_CLUSTER) * clusterBytes, clusterBytes, 'a cluster')
    const next = (await readExactly(volume, fatStartBytes + cluster * 4, 4, 'its table')).readUInt32LE(0)
    if (next === 0xffff_ffff) return
    cluster = next
  }
}
