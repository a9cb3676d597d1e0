// FAT12, FAT16 and FAT32: what their first sector says, and which clusters are in use. Source: Microsoft, "FAT: General Overview of
// On-Disk Format" 1.03. Pure but for the volume that it reads.
import type { Extent } from '../extents.ts'
import { DamagedFilesystem, readExactly, type Volume } from './volume.ts'

export interface FatLayout {
  readonly bits: 12 | 16 | 32
  /** What the sector itself is labelled with, where that names another width than the number of clusters does. */
  readonly labelledOtherwise: boolean
  readonly sizeBytes: number
  readonly fatStartBytes: number
  readonly fatBytes: number
  readonly fatCount: number
  /** Where cluster 2, the first, begins. */
  readonly dataStartBytes: number
  readonly clusterBytes: number
  readonly clusterCount: number
}

/** Up to here entries have 12 bits (the same in Linux and Windows). */
const MAX_FAT12_CLUSTERS = 4084
const MAX_FAT16_CLUSTERS = 65_524
const DIRECTORY_ENTRY_BYTES = 32
/** Tables are read so much at a time; a multiple of 3, so that no 12-bit entry is cut. */
const PIECE_BYTES = 3 * 1024 * 1024

/** undefined: these are not the fields of a FAT. */
export function decodeFat(head: Uint8Array): FatLayout | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (bytes.length < 512) return undefined
  const sectorBytes = bytes.readUInt16LE(11)
  const clusterSectors = bytes.readUInt8(13)
  const reservedSectors = bytes.readUInt16LE(14)
  const fatCount = bytes.readUInt8(16)
  const isPowerOfTwo = (value: number) => value > 0 && (value & (value - 1)) === 0
  if (!isPowerOfTwo(sectorBytes) || !isPowerOfTwo(clusterSectors) || reservedSectors === 0 || fatCount === 0) return undefined
  const shortFat = bytes.readUInt16LE(22)
  const fatSectors = shortFat === 0 ? bytes.readUInt32LE(36) : shortFat
  const rootSectors = Math.ceil((bytes.readUInt16LE(17) * DIRECTORY_ENTRY_BYTES) / sectorBytes)
  const totalSectors = bytes.readUInt16LE(19) || bytes.readUInt32LE(32)
  const dataStart = reservedSectors + fatCount * fatSectors + rootSectors
  const clusterCount = Math.floor((totalSectors - dataStart) / clusterSectors)
  if (fatSectors === 0 || clusterCount < 1) return undefined
  const bits = shortFat === 0 ? 32 : clusterCount <= MAX_FAT12_CLUSTERS ? 12 : 16
  const label = bytes.toString('latin1', shortFat === 0 ? 82 : 54, shortFat === 0 ? 87 : 59)
  const labelledOtherwise = /^FAT(12|16|32)$/.test(label) && label !== `FAT${bits}`
  return {
    bits,
    labelledOtherwise: labelledOtherwise || (bits === 16 && clusterCount > MAX_FAT16_CLUSTERS),
    sizeBytes: totalSectors * sectorBytes,
    fatStartBytes: reservedSectors * sectorBytes,
    fatBytes: fatSectors * sectorBytes,
    fatCount,
    dataStartBytes: dataStart * sectorBytes,
    clusterBytes: clusterSectors * sectorBytes,
    clusterCount,
  }
}

/** Linux keeps "mounted, not unmounted" in a byte of the first sector, Windows in the entry of cluster 1. */
export function fatIsDirty(head: Uint8Array, { bits, fatStartBytes }: FatLayout): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const state = bytes.readUInt8(bits === 32 ? 65 : 37)
  if ((state & 1) !== 0) return true
  if (bits === 12 || bytes.length < fatStartBytes + 8) return false
  if (bits === 16) return (bytes.readUInt16LE(fatStartBytes + 2) & 0x8000) === 0
  return (bytes.readUInt32LE(fatStartBytes + 4) & 0x0800_0000) === 0
}

/** All in front of the clusters, each cluster that any of its tables names, and what is left behind the last whole one. */
export async function usedOfFat(volume: Volume, layout: FatLayout): Promise<Extent[]> {
  const { dataStartBytes, clusterBytes, clusterCount, sizeBytes } = layout
  const used: Extent[] = [{ offset: 0, length: dataStartBytes }]
  for (let copy = 0; copy < layout.fatCount; copy++) used.push(...(await clustersOf(volume, layout, copy)))
  const end = dataStartBytes + clusterCount * clusterBytes
  used.push({ offset: end, length: sizeBytes - end })
  return used
}

async function clustersOf(volume: Volume, layout: FatLayout, copy: number): Promise<Extent[]> {
  const { bits, fatStartBytes, fatBytes, dataStartBytes, clusterBytes, clusterCount } = layout
  const neededBytes = Math.ceil(((clusterCount + 2) * bits) / 8)
  if (neededBytes > fatBytes) throw new DamagedFilesystem(`its table has ${fatBytes} bytes for ${clusterCount} clusters`)
  const used: Extent[] = []
  let run: { first: number; count: number } | undefined
  const close = () => {
    if (run !== undefined)
      used.push({ offset: dataStartBytes + (run.first - 2) * clusterBytes, length: run.count * clusterBytes })
    run = undefined
  }
  for (let at = 0; at < neededBytes; at += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, neededBytes - at)
    const piece = await readExactly(volume, fatStartBytes + copy * fatBytes + at, length, `table ${copy + 1}`)
    const first = (at * 8) / bits
    const last = Math.min(clusterCount + 2, first + Math.floor((length * 8) / bits))
    for (let cluster = Math.max(2, first); cluster < last; cluster++) {
      if (!isUsed(piece, cluster - first, bits)) close()
      else if (run === undefined) run = { first: cluster, count: 1 }
      else run.count++
    }
  }
  close()
  return used
}

/** Neither free nor marked as bad: nothing is in a bad one, and reading it would fail. */
function isUsed(table: Buffer, index: number, bits: 12 | 16 | 32): boolean {
  switch (bits) {
    case 12: {
      const pair = table.readUInt16LE(Math.floor((index * 3) / 2))
      const value = index % 2 === 0 ? pair & 0xfff : pair >> 4
      return value !== 0 && value !== 0xff7
    }
    case 16: {
      const value = table.readUInt16LE(index * 2)
      return value !== 0 && value !== 0xfff7
    }
    case 32: {
      const value = table.readUInt32LE(index * 4) & 0x0fff_ffff
      return value !== 0 && value !== 0x0fff_fff7
    }
  }
}
