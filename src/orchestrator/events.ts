// What happened in this room, for whoever watches: past tense with its subject. Listeners must be quick and must not throw.
import type { JobView } from '../contract/job.ts'
import type { NodeView } from '../contract/operator-api.ts'

export type OrchestratorEvent =
  | { readonly type: 'node.enrolled'; readonly node: NodeView }
  | { readonly type: 'node.changed'; readonly node: NodeView }
  | { readonly type: 'job.changed'; readonly job: JobView }
  | { readonly type: 'job.progressed'; readonly job: JobView }
  | { readonly type: 'profile.loaded'; readonly name: string; readonly revision: string }
  | { readonly type: 'profile.refused'; readonly name: string; readonly reason: string }

type Listener = (event: OrchestratorEvent) => void

export class Events {
  readonly #listeners = new Set<Listener>()

  emit(event: OrchestratorEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** The returned function ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0
  }
}
