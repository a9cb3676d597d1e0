// What this room keeps, as ports: one collection for each noun. Every implementation passes test/suites/record-store-suite.ts.

export type Change<T> = { readonly put: T } | { readonly remove: string }

/**
 * Records of one noun by id; a record is never changed in place, only replaced.
 * Reads come from memory and see a change at once; the promise of a change is kept when the change is on disk.
 * A promise that fails says nothing about the change: it is written with the next one, or lost if the process dies first.
 * So whoever answers a request waits for the promise, and whoever asked may ask the same again.
 */
export interface RecordStore<T extends { readonly id: string }> {
  get(id: string): T | undefined
  values(): Iterable<T>
  readonly size: number
  put(record: T): Promise<void>
  /** Removing what is not there changes nothing. */
  remove(id: string): Promise<void>
  /** Several changes of this collection as one: readers and whoever comes after a crash see all of them or none. In the order given. */
  write(changes: readonly Change<T>[]): Promise<void>
  /**
   * Called with every change as readers see it, in the order of the changes, before the change is on disk; must be quick and must not throw.
   * An implementation that several appliances share calls it for the changes of the others, too. The returned function ends it.
   */
  watch(onChange: (changes: readonly Change<T>[]) => void): () => void
  /** Waits for what is under way. The state needs no close to be whole. */
  close(): Promise<void>
}

/** What is over, out of the way of what is not: only ever added to. Adding the same id again replaces what is read. */
export interface History<T extends { readonly id: string }> {
  add(record: T): Promise<void>
  has(id: string): boolean
  find(id: string): Promise<T | undefined>
  /** Newest first. */
  latest(limit: number): Promise<readonly T[]>
  close(): Promise<void>
}

/** Puts the changes into the map; gives those that changed something. */
export function applyAll<T extends { readonly id: string }>(
  records: Map<string, T>,
  changes: readonly Change<T>[],
): readonly Change<T>[] {
  return changes.filter((change) => {
    if ('remove' in change) return records.delete(change.remove)
    records.set(change.put.id, change.put)
    return true
  })
}

export const idOf = <T extends { readonly id: string }>(change: Change<T>): string =>
  'put' in change ? change.put.id : change.remove
