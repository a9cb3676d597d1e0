// Runs of set bits of an allocation bitmap, least significant bit first, as ext, NTFS and exFAT write them. Pure.
import type { Extent } from '../extents.ts'

/** Of the first `count` bits; in order, in units of bits. */
export function setRuns(bits: Uint8Array, count: number): Extent[] {
  const runs: Extent[] = []
  let start = -1
  const end = Math.min(count, bits.length * 8)
  for (let at = 0; at < end; ) {
    const byte = bits[at >> 3]!
    // A whole byte of one kind changes nothing: maps are mostly made of those.
    const same = start < 0 ? 0x00 : 0xff
    if ((at & 7) === 0 && byte === same && at + 8 <= end) {
      at += 8
      continue
    }
    const isSet = ((byte >> (at & 7)) & 1) === 1
    if (isSet && start < 0) start = at
    if (!isSet && start >= 0) {
      runs.push({ offset: start, length: at - start })
      start = -1
    }
    at++
  }
  if (start >= 0) runs.push({ offset: start, length: end - start })
  return runs
}

/** Units to bytes: `firstByte` is where unit 0 lies. */
export function unitsToBytes(runs: readonly Extent[], unitBytes: number, firstByte: number): Extent[] {
  return runs.map(({ offset, length }) => ({ offset: firstByte + offset * unitBytes, length: length * unitBytes }))
}
