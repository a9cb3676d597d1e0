// Where the metadata of an LVM physical volume stands. Pure: its first sectors in, ranges out.
// (lvm2, lib/format_text/layout.h: label, physical volume header, metadata area header.)
import type { Extent } from './extents.ts'

const SECTOR = 512
const LABEL_SECTORS = 4
const METADATA_MAGIC = ' LVM2 x[5A%r0N*>'
/** The text runs in a circle through its area; the header in front of it takes no part. */
export const METADATA_HEADER_BYTES = 512
/** Far more than LVM lays out (1 MiB; 16 MiB is seen on large clusters): what says more is no metadata area. */
const MOST_AREA_BYTES = 64 * 1024 * 1024

export interface LvmLabel {
  /** Of this physical volume, as the text writes it: groups of 6 and 4 characters. */
  readonly id: string
  readonly metadataAreas: readonly Extent[]
}

/** undefined: no label that this program knows. */
export function decodeLvmLabel(head: Uint8Array): LvmLabel | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  for (let sector = 0; sector < LABEL_SECTORS; sector++) {
    const label = bytes.subarray(sector * SECTOR, (sector + 1) * SECTOR)
    if (label.length < SECTOR || label.toString('latin1', 0, 8) !== 'LABELONE') continue
    if (label.toString('latin1', 24, 32) !== 'LVM2 001') return undefined
    const header = label.readUInt32LE(20)
    if (header + 40 > SECTOR) return undefined
    // Data areas, then metadata areas: each list ends with an empty range.
    const dataAreas = rangesAt(label, header + 40)
    return {
      id: label
        .toString('latin1', header, header + 32)
        .replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, '$1-$2-$3-$4-$5-$6-$7'),
      metadataAreas: rangesAt(label, header + 40 + (dataAreas.length + 1) * 16),
    }
  }
  return undefined
}

/** The ranges of the current text, in order, counted from the beginning of the area; undefined: there is none. */
export function metadataTextRanges(areaHeader: Uint8Array): readonly Extent[] | undefined {
  const bytes = Buffer.from(areaHeader.buffer, areaHeader.byteOffset, areaHeader.byteLength)
  if (bytes.length < METADATA_HEADER_BYTES || bytes.toString('latin1', 4, 20) !== METADATA_MAGIC) return undefined
  const areaBytes = Math.min(MOST_AREA_BYTES, Number(bytes.readBigUInt64LE(32)))
  const offset = Number(bytes.readBigUInt64LE(40))
  const length = Number(bytes.readBigUInt64LE(48))
  if (offset < METADATA_HEADER_BYTES || length === 0 || offset + length > 2 * areaBytes) return undefined
  if (offset >= areaBytes || length > areaBytes - METADATA_HEADER_BYTES) return undefined
  const first = Math.min(length, areaBytes - offset)
  return first === length
    ? [{ offset, length }]
    : [
        { offset, length: first },
        { offset: METADATA_HEADER_BYTES, length: length - first },
      ]
}

function rangesAt(label: Buffer, start: number): Extent[] {
  const ranges: Extent[] = []
  for (let at = start; at + 16 <= label.length; at += 16) {
    const offset = Number(label.readBigUInt64LE(at))
    if (offset === 0) break
    ranges.push({ offset, length: Number(label.readBigUInt64LE(at + 8)) })
  }
  return ranges
}
