// Tells what happened to whoever watches. Listeners must be quick and must not throw.
import type { ApplianceEvent, EventType } from '../contract/events.ts'

type Listener = (event: ApplianceEvent) => void

export class Events {
  /** What each listener wants; undefined: all. */
  readonly #listeners = new Map<Listener, ReadonlySet<EventType> | undefined>()

  emit(event: ApplianceEvent): void {
    for (const [listener, types] of this.#listeners) if (types?.has(event.type) ?? true) listener(event)
  }

  /** Makes the event only when somebody wants it: heartbeats of a large fleet are many. */
  tell(type: EventType, make: () => ApplianceEvent): void {
    const isWanted = [...this.#listeners.values()].some((types) => types?.has(type) ?? true)
    if (isWanted) this.emit(make())
  }

  /** The returned function ends the subscription. */
  subscribe(listener: Listener, types?: readonly EventType[]): () => void {
    this.#listeners.set(listener, types === undefined ? undefined : new Set(types))
    return () => this.#listeners.delete(listener)
  }
}
