// Who is told of the changes of one collection.
import type { Change } from './record-store.ts'

export class Watchers<T> {
  readonly #watchers = new Set<(changes: readonly Change<T>[]) => void>()

  add(watcher: (changes: readonly Change<T>[]) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  tell(changes: readonly Change<T>[]): void {
    if (changes.length > 0) for (const watcher of this.#watchers) watcher(changes)
  }
}
