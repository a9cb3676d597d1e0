// Several pieces of work side by side over one list, taken in order. Pure but for the work it is given.

export interface LaneCount {
  readonly most: number
  /** Asked after every piece of work: lanes end or begin until there are so many. */
  wanted(): number
}

/** Each lane takes the next item when it is free, so that reading, sending and writing overlap. The first failure ends all. */
export async function runLanes<T>(
  items: Iterable<T>,
  { most, wanted }: LaneCount,
  work: (item: T, lane: number) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  /** Numbers of the lanes that go on; a lane takes itself out before it ends. */
  const active = new Set<number>()
  const ends = new Set<Promise<void>>()
  const failures: unknown[] = []
  let isDrained = false

  async function lane(number: number): Promise<void> {
    try {
      while (failures.length === 0 && active.size <= Math.max(1, wanted())) {
        const next = iterator.next()
        if (next.done === true) isDrained = true
        if (isDrained || next.done === true) return
        await work(next.value, number)
        fill()
      }
    } finally {
      active.delete(number)
    }
  }

  function fill(): void {
    for (let number = 0; number < most && active.size < wanted() && !isDrained && failures.length === 0; number++) {
      if (active.has(number)) continue
      active.add(number)
      const end: Promise<void> = lane(number)
        .catch((error: unknown) => void failures.push(error))
        .then(() => void ends.delete(end))
      ends.add(end)
    }
  }

  fill()
  // All must have stopped before the caller closes what they use.
  while (ends.size > 0) await Promise.race(ends)
  if (failures.length > 0) throw failures[0]
}

export const always = (count: number): LaneCount => ({ most: count, wanted: () => count })

export function* windowsOf<T>(
  items: readonly T[],
  size: number,
): Generator<{ readonly first: number; readonly items: readonly T[] }> {
  for (let first = 0; first < items.length; first += size) yield { first, items: items.slice(first, first + size) }
}
