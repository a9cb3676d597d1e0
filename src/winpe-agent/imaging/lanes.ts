// Several pieces of work side by side over one list, taken in order. Pure but for the work it is given.

/** Each lane takes the next item when it is free, so that reading, sending and writing overlap. The first failure ends all. */
export async function runLanes<T>(
  items: Iterable<T>,
  laneCount: number,
  work: (item: T, lane: number) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  let failed = false
  const lane = async (number: number): Promise<void> => {
    for (let next = iterator.next(); next.done !== true && !failed; next = iterator.next()) {
      await work(next.value, number)
    }
  }
  const lanes = Array.from({ length: laneCount }, (_, number) =>
    lane(number).catch((error: unknown) => {
      failed = true
      throw error
    }),
  )
  // All must have stopped before the caller closes what they use.
  const ends = await Promise.allSettled(lanes)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

export function* windowsOf<T>(
  items: readonly T[],
  size: number,
): Generator<{ readonly first: number; readonly items: readonly T[] }> {
  for (let first = 0; first < items.length; first += size) yield { first, items: items.slice(first, first + size) }
}
