// RAID 4, 5 and 6: in each row of chunks one or two hold what the others can be computed of. Pure. (Linux: raid5.c, raid5_compute_sector; md(4).)
import { type Extent, normalizeExtents } from './extents.ts'
import type { MdLayout, MdShape } from './md-layout.ts'

/** Where the parity of a row stands, and whether data begins behind it. What DDF controllers and arrays that became RAID 6 have is not here. */
const LAYOUTS = [
  'left-asymmetric',
  'right-asymmetric',
  'left-symmetric',
  'right-symmetric',
  'parity-first',
  'parity-last',
] as const
const PARITY_LAST = 5

export function parityOf({ level, layout, chunkBytes, memberBytes }: MdShape): MdLayout | string {
  const members = memberBytes.length
  const parities = level === 6 ? 2 : 1
  const data = members - parities
  const name = LAYOUTS[level === 4 ? PARITY_LAST : layout]
  if (data < 1 || (level === 6 && data < 2)) return `it has ${members} members`
  if (name === undefined) return `its layout ${layout} is not known here`
  const rows = Math.floor(Math.min(...memberBytes) / chunkBytes)
  if (rows === 0) return 'its members are smaller than a chunk'
  const rowBytes = data * chunkBytes

  return { sizeBytes: rows * rowBytes, spareCount: 1, hasParity: true, runAt, rowsOf }

  function runAt(offset: number, length: number) {
    const chunk = Math.floor(offset / chunkBytes)
    const inChunk = offset % chunkBytes
    const row = Math.floor(chunk / data)
    const parity = firstParity(row)
    const member = memberOf(chunk % data, parity)
    const at = row * chunkBytes + inChunk
    const second = parities === 2 ? (parity + 1) % members : -1
    const rest = Array.from({ length: members }, (_, other) => ({ member: other, offset: at })).filter(
      (place) => place.member !== member && place.member !== second,
    )
    return { length: Math.min(length, chunkBytes - inChunk), copies: [{ member, offset: at }], rest }
  }

  /** With two, the other one is behind it, or on the first member. */
  function firstParity(row: number): number {
    switch (name!) {
      case 'left-asymmetric':
      case 'left-symmetric':
        return members - 1 - (row % members)
      case 'right-asymmetric':
      case 'right-symmetric':
        return row % members
      case 'parity-first':
        return 0
      case 'parity-last':
        return data
    }
  }

  function memberOf(index: number, parity: number): number {
    const isSymmetric = name === 'left-symmetric' || name === 'right-symmetric'
    if (isSymmetric) return (parity + parities + index) % members
    // The second parity of a row whose first is on the last member is on the first.
    if (parities === 2 && parity === members - 1) return index + 1
    return index < parity ? index : index + parities
  }

  function rowsOf(ranges: readonly Extent[]): readonly Extent[] {
    return normalizeExtents(ranges.flatMap((range) => rowsOfRange(range)))
  }

  /** Whole chunks where it fills rows; else the part of the row that it has, on every member. */
  function rowsOfRange({ offset, length }: Extent): Extent[] {
    const end = offset + length
    const firstWhole = Math.ceil(offset / rowBytes)
    const lastWhole = Math.floor(end / rowBytes)
    if (firstWhole < lastWhole) {
      return [
        ...partsOf(offset, firstWhole * rowBytes),
        { offset: firstWhole * chunkBytes, length: (lastWhole - firstWhole) * chunkBytes },
        ...partsOf(lastWhole * rowBytes, end),
      ]
    }
    return partsOf(offset, end)
  }

  function partsOf(start: number, end: number): Extent[] {
    const parts: Extent[] = []
    for (let at = start; at < end; ) {
      const { length, copies } = runAt(at, end - at)
      parts.push({ offset: copies[0]!.offset, length })
      at += length
    }
    return parts
  }
}
