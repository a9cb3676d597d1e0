// The JSON of the objects that sites are offered, by digest: a ring that waits is still offered what the others do not get any more. Touches the state.
import type { FollowedItem } from '../../../contract/central/follow.ts'
import type { RecordStore } from '../../../store/index.ts'
import type { ObjectPort } from '../ports.ts'

export interface BodyRecord {
  /** The digest. */
  readonly id: string
  readonly text: string
}

export class OfferedBodies {
  readonly #store: RecordStore<BodyRecord>
  readonly #objects: ObjectPort

  constructor(store: RecordStore<BodyRecord>, objects: ObjectPort) {
    this.#store = store
    this.#objects = objects
  }

  /** Before they are offered. */
  async keep(items: readonly FollowedItem[]): Promise<void> {
    for (const { kind, digest } of items) {
      if (!this.#objects.kinds.includes(kind) || this.#store.get(digest) !== undefined) continue
      const text = this.#objects.body(digest)
      if (text !== undefined) await this.#store.put({ id: digest, text })
    }
  }

  find(digest: string): string | undefined {
    return this.#store.get(digest)?.text
  }

  /** All but those of these offers. */
  async drop(offers: readonly (readonly FollowedItem[])[]): Promise<void> {
    const offered = new Set(offers.flatMap((items) => items.map(({ digest }) => digest)))
    for (const { id } of [...this.#store.values()]) if (!offered.has(id)) await this.#store.remove(id)
  }
}
