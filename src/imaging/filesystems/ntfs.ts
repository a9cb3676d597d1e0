// NTFS: what its first sector says, whether Windows left it to be checked, and which clusters are in use by its file $Bitmap. Source: the
// Linux-NTFS project's documentation, "$Boot", "$Bitmap", "$Volume". Pure but for the volume that it reads.
import type { Extent } from '../extents.ts'
import { setRuns, unitsToBytes } from './bitmap.ts'
import { ATTRIBUTE, decodeRecord, type NtfsAttribute } from './ntfs-record.ts'
import { DamagedFilesystem, readExactly, UncleanFilesystem, UnprovenMap, type Volume } from './volume.ts'

export interface NtfsLayout {
  readonly sectorBytes: number
  /** Without the copy of its first sector, which stands behind its end. */
  readonly volumeBytes: number
  readonly clusterBytes: number
  readonly tableStartBytes: number
  readonly recordBytes: number
}

const RECORD = { table: 0, volume: 3, bitmap: 6 } as const
/** Of $Volume: to be checked, its log to be resized, upgraded, its journal removed, ids repaired, a check was begun. */
const NEEDS_WINDOWS = 0x1 | 0x2 | 0x4 | 0x10 | 0x20 | 0x4000
/** A multiple of every cluster. */
const PIECE_BYTES = 2 * 1024 * 1024

/** undefined: these are not the fields of an NTFS. */
export function decodeNtfs(head: Uint8Array): NtfsLayout | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (bytes.length < 512) return undefined
  const sectorBytes = bytes.readUInt16LE(11)
  const perCluster = bytes.readUInt8(13)
  // From 0x80 on a power of two, so that clusters can be larger than 64 KiB.
  const clusterBytes = sectorBytes * (perCluster > 0x80 ? 2 ** (256 - perCluster) : perCluster)
  const perRecord = bytes.readInt8(64)
  const recordBytes = perRecord < 0 ? 2 ** -perRecord : perRecord * clusterBytes
  const isPowerOfTwo = (value: number) => value >= 256 && Number.isInteger(Math.log2(value))
  if (![sectorBytes, clusterBytes, recordBytes].every(isPowerOfTwo) || clusterBytes > PIECE_BYTES || recordBytes > 65_536)
    return undefined
  return {
    sectorBytes,
    volumeBytes: Number(bytes.readBigUInt64LE(40)) * sectorBytes,
    clusterBytes,
    tableStartBytes: Number(bytes.readBigUInt64LE(48)) * clusterBytes,
    recordBytes,
  }
}

/** Why Windows has to look at it first; undefined: it need not, or it is too damaged to say so. */
export async function ntfsUnclean(volume: Volume): Promise<string | undefined> {
  try {
    const layout = decodeNtfs(await volume.read(0, 512))
    if (layout !== undefined) refuseUnclean(await (await recordReader(volume, layout))(RECORD.volume, '$Volume'))
    return undefined
  } catch (error) {
    if (error instanceof UncleanFilesystem) return error.message
    if (error instanceof DamagedFilesystem || error instanceof UnprovenMap) return undefined
    throw error
  }
}

/** What $Bitmap says, and what stands behind the last whole cluster: rest and copy of the first sector. */
export async function usedOfNtfs(volume: Volume, layout: NtfsLayout): Promise<Extent[]> {
  const { clusterBytes, volumeBytes, sectorBytes } = layout
  const record = await recordReader(volume, layout)
  refuseUnclean(await record(RECORD.volume, '$Volume'))
  const clusterCount = Math.floor(volumeBytes / clusterBytes)
  const end = clusterCount * clusterBytes
  const used: Extent[] = [{ offset: end, length: Math.min(volumeBytes + sectorBytes, volume.sizeBytes) - end }]
  let at = 0
  for await (const bytes of contentOf(volume, layout, dataOf(await record(RECORD.bitmap, '$Bitmap'), '$Bitmap'))) {
    used.push(...unitsToBytes(setRuns(bytes, clusterCount - at), clusterBytes, at * clusterBytes))
    at += bytes.length * 8
    if (at >= clusterCount) return used
  }
  throw new DamagedFilesystem(`$Bitmap tells of ${at} clusters, the volume has ${clusterCount}`)
}

function refuseUnclean(attributes: readonly NtfsAttribute[]): void {
  const found = attributes.find(({ type }) => type === ATTRIBUTE.volumeInformation)?.content
  if (found?.kind !== 'resident' || found.bytes.length < 12) throw new DamagedFilesystem('$Volume says nothing of the volume')
  if ((found.bytes.readUInt16LE(10) & NEEDS_WINDOWS) !== 0) throw new UncleanFilesystem('it is scheduled for a check by Windows')
}

/** The table is a file itself, in pieces on old volumes: its first record says where they are. */
async function recordReader(volume: Volume, layout: NtfsLayout) {
  const { recordBytes, tableStartBytes, clusterBytes } = layout
  const first = decodeRecord(await readExactly(volume, tableStartBytes, recordBytes, '$MFT'), '$MFT')
  const { runs } = dataOf(first, '$MFT')
  return async (number: number, name: string): Promise<NtfsAttribute[]> => {
    let at = number * recordBytes
    for (const { offset, length } of runs) {
      const bytes = length * clusterBytes
      if (at < bytes) return decodeRecord(await readExactly(volume, offset * clusterBytes + at, recordBytes, name), name)
      at -= bytes
    }
    throw new DamagedFilesystem(`its file table ends in front of ${name}`)
  }
}

type Runs = Extract<NtfsAttribute['content'], { kind: 'runs' }>

function dataOf(attributes: readonly NtfsAttribute[], name: string): Runs {
  const data = attributes.find(({ type, isNamed }) => type === ATTRIBUTE.data && !isNamed)?.content
  if (data?.kind === 'runs' && data.firstCluster === 0) {
    // The table's own further pieces are told elsewhere, but its first records are always in the first.
    const isInPieces = attributes.some(({ type }) => type === ATTRIBUTE.list)
    if (isInPieces && name !== '$MFT') throw new UnprovenMap(`${name} is in so many pieces that they are listed elsewhere`)
    return data
  }
  if (attributes.some(({ type }) => type === ATTRIBUTE.list)) throw new UnprovenMap(`where ${name} lies is listed elsewhere`)
  throw new DamagedFilesystem(`${name} has no place on the volume`)
}

async function* contentOf(volume: Volume, { clusterBytes }: NtfsLayout, { runs, lengthBytes }: Runs): AsyncGenerator<Buffer> {
  let left = lengthBytes
  for (const { offset, length } of runs) {
    const runBytes = length * clusterBytes
    for (let at = 0; at < runBytes && left > 0; at += PIECE_BYTES) {
      const piece = Math.min(PIECE_BYTES, runBytes - at, left)
      yield await readExactly(volume, offset * clusterBytes + at, piece, '$Bitmap')
      left -= piece
    }
  }
}
