// What happened in this room, for whoever watches: past tense with its subject. Listeners must be quick and must not throw.
import type { ScrubResult, StoreSpace } from '../contract/image.ts'
import type { JobView } from '../contract/job.ts'
import type { NodeView } from '../contract/operator-api.ts'

export type OrchestratorEvent =
  | { readonly type: 'node.enrolled'; readonly node: NodeView }
  | { readonly type: 'node.changed'; readonly node: NodeView }
  | { readonly type: 'node.drifted'; readonly node: NodeView; readonly reason: string }
  | { readonly type: 'node.entered-provisioning' | 'node.left-provisioning'; readonly node: NodeView }
  | { readonly type: 'node.held'; readonly node: NodeView; readonly reason: string }
  | { readonly type: 'job.changed'; readonly job: JobView }
  | { readonly type: 'job.progressed'; readonly job: JobView }
  | { readonly type: 'job.failed'; readonly job: JobView }
  | { readonly type: 'job.not-accepted'; readonly job: JobView }
  | { readonly type: 'job.reclaimed'; readonly job: JobView; readonly reason: string }
  | { readonly type: 'store.damaged'; readonly result: ScrubResult }
  | { readonly type: 'store.nearly-full'; readonly space: StoreSpace }
  | { readonly type: 'profile.loaded'; readonly name: string; readonly revision: string }
  | { readonly type: 'profile.refused'; readonly name: string; readonly reason: string }

export type EventType = OrchestratorEvent['type']
type Listener = (event: OrchestratorEvent) => void

export class Events {
  /** What each listener wants; undefined: all. */
  readonly #listeners = new Map<Listener, ReadonlySet<EventType> | undefined>()

  emit(event: OrchestratorEvent): void {
    for (const [listener, types] of this.#listeners) if (types?.has(event.type) ?? true) listener(event)
  }

  /** Makes the event only when somebody wants it: heartbeats of a large fleet are many. */
  tell(type: EventType, make: () => OrchestratorEvent): void {
    const isWanted = [...this.#listeners.values()].some((types) => types?.has(type) ?? true)
    if (isWanted) this.emit(make())
  }

  /** The returned function ends the subscription. */
  subscribe(listener: Listener, types?: readonly EventType[]): () => void {
    this.#listeners.set(listener, types === undefined ? undefined : new Set(types))
    return () => this.#listeners.delete(listener)
  }
}
