// Sets of byte ranges on a disk, and what can be done with them. Pure.
// A list is "in order" when its extents ascend, do not touch and none is empty; every function here gives such a list.

export interface Extent {
  readonly offset: number
  readonly length: number
}

const endOf = (extent: Extent): number => extent.offset + extent.length

/** Sorts, drops what is empty, joins what touches or overlaps. */
export function normalizeExtents(extents: readonly Extent[]): Extent[] {
  const sorted = extents.filter((extent) => extent.length > 0).sort((a, b) => a.offset - b.offset)
  const joined: Extent[] = []
  for (const extent of sorted) {
    const last = joined.at(-1)
    if (last === undefined || extent.offset > endOf(last)) joined.push(extent)
    else if (endOf(extent) > endOf(last)) joined[joined.length - 1] = { offset: last.offset, length: endOf(extent) - last.offset }
  }
  return joined
}

/** What is in both; both lists in order. */
export function intersectExtents(left: readonly Extent[], right: readonly Extent[]): Extent[] {
  const common: Extent[] = []
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const a = left[i]!
    const b = right[j]!
    const start = Math.max(a.offset, b.offset)
    const end = Math.min(endOf(a), endOf(b))
    if (start < end) common.push({ offset: start, length: end - start })
    if (endOf(a) < endOf(b)) i++
    else j++
  }
  return common
}

/** What is in the first and not in the second; both lists in order. */
export function subtractExtents(from: readonly Extent[], without: readonly Extent[]): Extent[] {
  const left: Extent[] = []
  let j = 0
  for (const extent of from) {
    let start = extent.offset
    while (j < without.length && endOf(without[j]!) <= start) j++
    for (let k = j; k < without.length && without[k]!.offset < endOf(extent); k++) {
      if (without[k]!.offset > start) left.push({ offset: start, length: without[k]!.offset - start })
      start = Math.max(start, endOf(without[k]!))
    }
    if (start < endOf(extent)) left.push({ offset: start, length: endOf(extent) - start })
  }
  return left
}

/** Grows every extent to whole units, as a device reads and writes them. */
export function alignExtents(extents: readonly Extent[], unitBytes: number): Extent[] {
  return normalizeExtents(
    extents.map((extent) => {
      const offset = Math.floor(extent.offset / unitBytes) * unitBytes
      return { offset, length: Math.ceil(endOf(extent) / unitBytes) * unitBytes - offset }
    }),
  )
}

export function shiftExtents(extents: readonly Extent[], byBytes: number): Extent[] {
  return extents.map(({ offset, length }) => ({ offset: offset + byBytes, length }))
}

export function totalBytes(extents: readonly Extent[]): number {
  return extents.reduce((sum, extent) => sum + extent.length, 0)
}
