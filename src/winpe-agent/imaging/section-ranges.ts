// Which ranges of a chunk lie in certain of its sections. Pure.
// The agent's threads run createSectionRanges from its text: nothing outside of it may be used inside.
import type { FlatRanges } from './chunk-task.ts'

/** Neighbouring sections: `count` of them, from section `to` of the chunk. */
export interface SectionSpan {
  readonly to: number
  readonly count: number
}

export interface SectionRanges {
  /** The sections whose digests differ, neighbours together: they are one write. */
  differing(wanted: Uint8Array, held: Uint8Array): SectionSpan[]
  /** The used ranges as far as they lie in these sections, in order. */
  within(used: FlatRanges, sections: readonly SectionSpan[]): FlatRanges
  /** The used ranges as far as they lie in these others; both in order. */
  overlap(used: FlatRanges, others: FlatRanges): FlatRanges
}

export function createSectionRanges(sectionBytes: number, digestBytes: number): SectionRanges {
  return {
    differing(wanted, held) {
      const spans: { to: number; count: number }[] = []
      for (let index = 0; index * digestBytes < wanted.length; index++) {
        const at = index * digestBytes
        if (wanted.subarray(at, at + digestBytes).every((byte, place) => byte === held[at + place])) continue
        const last = spans.at(-1)
        if (last !== undefined && last.to + last.count === index) last.count++
        else spans.push({ to: index, count: 1 })
      }
      return spans
    },

    within(used, sections) {
      const sorted = [...sections].sort((a, b) => a.to - b.to)
      return sorted.flatMap(({ to, count }) => {
        const ranges: number[] = []
        for (let i = 0; i < used.length; i += 2) {
          const start = Math.max(used[i]!, to * sectionBytes)
          const end = Math.min(used[i]! + used[i + 1]!, (to + count) * sectionBytes)
          if (start < end) ranges.push(start, end - start)
        }
        return ranges
      })
    },

    overlap(used, others) {
      const ranges: number[] = []
      for (let i = 0, j = 0; i < used.length && j < others.length; ) {
        const [usedEnd, otherEnd] = [used[i]! + used[i + 1]!, others[j]! + others[j + 1]!]
        const start = Math.max(used[i]!, others[j]!)
        const end = Math.min(usedEnd, otherEnd)
        if (start < end) ranges.push(start, end - start)
        if (usedEnd <= otherEnd) i += 2
        else j += 2
      }
      return ranges
    },
  }
}
