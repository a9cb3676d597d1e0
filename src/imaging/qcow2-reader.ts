// What a qcow2 file says that its disk holds: versions 2 and 3, compressed clusters with deflate or zstd. Pure but for the reads it is given.
// (QEMU docs/interop/qcow2.rst). What needs another file, a key, or is marked as corrupt is refused.
import { inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { AppError } from '../contract/errors.ts'
import { zstdFrameBytes } from './zstd-frame.ts'

/** Up to so many bytes from there; fewer only at the end of the file. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>

export interface Qcow2Disk {
  readonly sizeBytes: number
  readonly clusterBytes: number
  /** Every cluster that holds something, in disk order; what is not given reads as zeros. */
  clusters(): AsyncGenerator<{ readonly offset: number; readonly bytes: Buffer }>
}

export const QCOW2_MAGIC = 0x5146_49fb
const SECTOR_BYTES = 512
const OFFSET_MASK = 0x00ff_ffff_ffff_fe00n
const COMPRESSED = 1n << 62n
const READS_AS_ZEROS = 1n

/** Bits of incompatible_features. */
const CORRUPT = 1n << 1n
const EXTERNAL_DATA = 1n << 2n
const COMPRESSION_TYPE = 1n << 3n
const DIRTY = 1n

interface Header {
  readonly sizeBytes: number
  readonly clusterBits: number
  readonly l1Entries: number
  readonly l1Offset: number
  readonly compression: 'deflate' | 'zstd'
}

/** Throws IMAGE_FILE_INVALID or IMAGE_FILE_UNSUPPORTED. */
export async function readQcow2(read: ReadAt): Promise<Qcow2Disk> {
  const header = parseHeader(await read(0, 112))
  const clusterBytes = 2 ** header.clusterBits
  return { sizeBytes: header.sizeBytes, clusterBytes, clusters: () => clustersOf(header, read) }
}

/** Version 2 ends where version 3 has the rest: zeros mean the same there. */
const VERSION_2_BYTES = 72
const VERSION_3_BYTES = 104

function parseHeader(read: Buffer): Header {
  if (read.length < VERSION_2_BYTES || read.readUInt32BE(0) !== QCOW2_MAGIC) throw invalid('it does not begin like one')
  const version = read.readUInt32BE(4)
  if (version === 3 && read.length < VERSION_3_BYTES) throw invalid(`it ends after ${read.length} bytes, inside its head`)
  const bytes = Buffer.concat([read, Buffer.alloc(VERSION_3_BYTES + 8)])
  if (version !== 2 && version !== 3) throw unsupported(`it is of version ${version}; 2 and 3 are known`)
  if (bytes.readBigUInt64BE(8) !== 0n) throw unsupported('it is a difference to a backing file')
  if (bytes.readUInt32BE(32) !== 0) throw unsupported('it is encrypted')
  const features = version === 3 ? bytes.readBigUInt64BE(72) : 0n
  refuseFeatures(features)

  const clusterBits = bytes.readUInt32BE(20)
  if (clusterBits < 9 || clusterBits > 21) throw invalid(`its clusters have 2^${clusterBits} bytes`)
  const sizeBytes = toNumber(bytes.readBigUInt64BE(24))
  const l1Entries = bytes.readUInt32BE(36)
  const needed = Math.ceil(sizeBytes / 2 ** (2 * clusterBits - 3))
  if (l1Entries < needed || l1Entries > 4 * 1024 * 1024)
    throw invalid(`its first table has ${l1Entries} entries, it needs ${needed}`)
  return {
    sizeBytes,
    clusterBits,
    l1Entries: needed,
    l1Offset: toNumber(bytes.readBigUInt64BE(40)),
    compression: compressionOf(bytes, features),
  }
}

function refuseFeatures(features: bigint): void {
  if ((features & CORRUPT) !== 0n) throw invalid('QEMU marked it as corrupt')
  if ((features & EXTERNAL_DATA) !== 0n) throw unsupported('its data lies in another file')
  const unknown = features & ~(DIRTY | COMPRESSION_TYPE)
  if (unknown !== 0n) throw unsupported(`it uses features that are not known here (bits ${unknown.toString(2)})`)
}

function compressionOf(bytes: Buffer, features: bigint): Header['compression'] {
  if ((features & COMPRESSION_TYPE) === 0n) return 'deflate'
  const type = bytes[104]
  if (type === 0) return 'deflate'
  if (type === 1) return 'zstd'
  throw unsupported(`its clusters are compressed in a way that is not known here (${type})`)
}

async function* clustersOf(header: Header, read: ReadAt): AsyncGenerator<{ readonly offset: number; readonly bytes: Buffer }> {
  const clusterBytes = 2 ** header.clusterBits
  const entriesATable = clusterBytes / 8
  const l1 = await readFully(read, header.l1Offset, header.l1Entries * 8)
  // A few bytes that stand for a whole disk again and again would fill any other.
  const seenTables = new Set<number>()
  for (let table = 0; table < header.l1Entries; table++) {
    const seenClusters = new Set<bigint>()
    const l2Offset = toNumber(l1.readBigUInt64BE(table * 8) & OFFSET_MASK)
    if (l2Offset === 0) continue
    if (seenTables.has(l2Offset)) throw invalid(`two parts of its disk are described at byte ${l2Offset}`)
    seenTables.add(l2Offset)
    const l2 = await readFully(read, l2Offset, clusterBytes)
    for (let index = 0; index < entriesATable; index++) {
      const entry = l2.readBigUInt64BE(index * 8)
      const offset = (table * entriesATable + index) * clusterBytes
      if (entry === 0n || offset >= header.sizeBytes) continue
      if ((entry & READS_AS_ZEROS) === 0n && seenClusters.has(entry))
        throw invalid(`two parts of its disk lie at the same place, entry ${entry}`)
      seenClusters.add(entry)
      const bytes = await readCluster(entry, header, read)
      if (bytes !== undefined) yield { offset, bytes: bytes.subarray(0, header.sizeBytes - offset) }
    }
  }
}

async function readCluster(entry: bigint, header: Header, read: ReadAt): Promise<Buffer | undefined> {
  const clusterBytes = 2 ** header.clusterBits
  if ((entry & COMPRESSED) !== 0n) return expand(entry, header, read)
  const offset = toNumber(entry & OFFSET_MASK)
  if (offset === 0 || (entry & READS_AS_ZEROS) !== 0n) return undefined
  // The last cluster of a file may be shorter than a cluster: what is not there are zeros.
  const bytes = await read(offset, clusterBytes)
  return bytes.length === clusterBytes ? bytes : Buffer.concat([bytes, Buffer.alloc(clusterBytes - bytes.length)])
}

/** Offset in the low bits, above it the number of further sectors that hold a part of it. */
async function expand(entry: bigint, { clusterBits, compression }: Header, read: ReadAt): Promise<Buffer> {
  const clusterBytes = 2 ** clusterBits
  const offsetBits = BigInt(62 - (clusterBits - 8))
  const offset = toNumber(entry & ((1n << offsetBits) - 1n))
  const sectors = Number((entry & (COMPRESSED - 1n)) >> offsetBits) + 1
  const bytes = await read(offset, sectors * SECTOR_BYTES - (offset % SECTOR_BYTES))
  try {
    const content =
      compression === 'zstd' ? expandZstd(bytes, clusterBytes) : inflateRawSync(bytes, { maxOutputLength: clusterBytes })
    if (content.length === clusterBytes) return content
  } catch (cause) {
    throw invalid(`the compressed cluster at byte ${offset} cannot be read`, cause)
  }
  throw invalid(`the compressed cluster at byte ${offset} is too short`)
}

function expandZstd(bytes: Buffer, clusterBytes: number): Buffer {
  const length = zstdFrameBytes(bytes)
  if (length === undefined) throw new Error('there is no whole zstd frame')
  return zstdDecompressSync(bytes.subarray(0, length), { maxOutputLength: clusterBytes })
}

async function readFully(read: ReadAt, offset: number, length: number): Promise<Buffer> {
  const bytes = await read(offset, length)
  if (bytes.length < length) throw invalid(`it ends at byte ${offset + bytes.length}, inside one of its tables`)
  return bytes
}

function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(`it names byte ${value}, beyond any disk`)
  return Number(value)
}

function invalid(reason: string, cause?: unknown): AppError {
  return new AppError('IMAGE_FILE_INVALID', `this is no whole qcow2 file: ${reason}`, CHECK_HINT, { cause })
}

function unsupported(reason: string): AppError {
  return new AppError('IMAGE_FILE_UNSUPPORTED', `this qcow2 file cannot be read: ${reason}`, CONVERT_HINT)
}

const CHECK_HINT = 'Look at it with `qemu-img check FILE`; copy or download it again when it was cut.'
const CONVERT_HINT = 'Make a plain one of it: `qemu-img convert -O qcow2 FILE PLAIN.qcow2`, then import that.'
