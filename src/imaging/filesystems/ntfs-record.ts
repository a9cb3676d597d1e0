// A record of the NTFS master file table: its attributes, and where what they hold lies. Source: the Linux-NTFS project's
// documentation, "FILE Record", "Attributes", "Data Runs". Pure.
import type { Extent } from '../extents.ts'
import { DamagedFilesystem } from './volume.ts'

export const ATTRIBUTE = { list: 0x20, volumeInformation: 0x70, data: 0x80 } as const

export interface NtfsAttribute {
  readonly type: number
  readonly isNamed: boolean
  readonly content:
    | { readonly kind: 'resident'; readonly bytes: Buffer }
    /** Runs in clusters, in order of the content. */
    | { readonly kind: 'runs'; readonly firstCluster: number; readonly runs: readonly Extent[]; readonly lengthBytes: number }
}

const END = 0xffff_ffff
/** The last two bytes of each of these are kept apart, so that a torn write is seen. */
const FIXUP_STRIDE = 512

/** Throws DamagedFilesystem: it is no record, or was not written to its end. */
export function decodeRecord(raw: Buffer, name: string): NtfsAttribute[] {
  const record = withFixups(raw, name)
  const attributes: NtfsAttribute[] = []
  for (let at = record.readUInt16LE(20); at + 8 <= record.length && record.readUInt32LE(at) !== END; ) {
    const length = record.readUInt32LE(at + 4)
    if (length < 24 || at + length > record.length) throw new DamagedFilesystem(`${name} has an attribute of ${length} bytes`)
    attributes.push(decodeAttribute(record.subarray(at, at + length), name))
    at += length
  }
  return attributes
}

function withFixups(raw: Buffer, name: string): Buffer {
  const record = Buffer.from(raw)
  const start = record.readUInt16LE(4)
  const count = record.readUInt16LE(6)
  const isRecord = record.toString('latin1', 0, 4) === 'FILE' && start + count * 2 <= record.length
  if (!isRecord || (count - 1) * FIXUP_STRIDE !== record.length) throw new DamagedFilesystem(`${name} is no record`)
  const mark = record.readUInt16LE(start)
  for (let i = 1; i < count; i++) {
    const end = i * FIXUP_STRIDE - 2
    if (record.readUInt16LE(end) !== mark) throw new DamagedFilesystem(`${name} was not written to its end`)
    record.writeUInt16LE(record.readUInt16LE(start + i * 2), end)
  }
  return record
}

function decodeAttribute(bytes: Buffer, name: string): NtfsAttribute {
  const head = { type: bytes.readUInt32LE(0), isNamed: bytes.readUInt8(9) !== 0 }
  if (bytes.readUInt8(8) === 0) {
    const from = bytes.readUInt16LE(20)
    const length = bytes.readUInt32LE(16)
    if (from + length > bytes.length) throw new DamagedFilesystem(`${name} has an attribute that ends behind itself`)
    return { ...head, content: { kind: 'resident', bytes: bytes.subarray(from, from + length) } }
  }
  if (bytes.length < 64) throw new DamagedFilesystem(`${name} has an attribute that ends in front of its runs`)
  const runs = decodeRuns(bytes.subarray(bytes.readUInt16LE(32)), name)
  const [firstCluster, lengthBytes] = [Number(bytes.readBigUInt64LE(16)), Number(bytes.readBigUInt64LE(48))]
  return { ...head, content: { kind: 'runs', firstCluster, runs, lengthBytes } }
}

/** Pairs of length and distance from the run before, each with as many bytes as its first byte says. Runs without a place are holes. */
export function decodeRuns(bytes: Buffer, name: string): Extent[] {
  const runs: Extent[] = []
  let cluster = 0
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const lengthBytes = bytes[at]! & 0xf
    const placeBytes = bytes[at]! >> 4
    const end = at + 1 + lengthBytes + placeBytes
    if (lengthBytes === 0 || lengthBytes > 6 || placeBytes === 0 || placeBytes > 6 || end > bytes.length)
      throw new DamagedFilesystem(`${name} has a run that cannot be read`)
    const length = bytes.readUIntLE(at + 1, lengthBytes)
    cluster += bytes.readIntLE(at + 1 + lengthBytes, placeBytes)
    if (cluster < 0) throw new DamagedFilesystem(`${name} has a run in front of the volume`)
    runs.push({ offset: cluster, length })
    at = end
  }
  return runs
}
