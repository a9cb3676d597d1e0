// Tells when a node is no longer what it should be: it has something else than it should, or its hardware changed.
import type { Events } from '../../store/index.ts'
import type { Nodes } from '../node/nodes.ts'
import type { WantedDesk } from './desk.ts'

interface DriftWatchDeps {
  readonly events: Events
  readonly nodes: Nodes
  readonly desk: Pick<WantedDesk, 'driftOf'>
  readonly runningJobOf: (nodeId: string) => string | undefined
}

export class DriftWatch {
  readonly #deps: DriftWatchDeps
  /** Those that are known to have drifted, and from what: each is told once. */
  readonly #drifted = new Map<string, string>()

  constructor(deps: DriftWatchDeps) {
    this.#deps = deps
    deps.events.subscribe(
      (event) => {
        // While a job writes, nothing is installed; what came of it is looked at when it is over.
        if (event.type === 'node.changed' && deps.runningJobOf(event.node.id) === undefined) this.#look(event.node.id)
        if (event.type === 'job.changed' && event.job.nodeId !== undefined && event.job.status.completedAt !== undefined) {
          this.#look(event.job.nodeId)
        }
      },
      ['node.changed', 'job.changed'],
    )
  }

  /** After a start, and after a person changed what a class should run: nobody is told of what that person did. */
  takeAsKnown(): void {
    this.#drifted.clear()
    for (const node of this.#deps.nodes.values()) {
      const drift = this.#deps.desk.driftOf(node)
      if (drift !== undefined) this.#drifted.set(node.id, drift.target)
    }
  }

  #look(nodeId: string): void {
    const { events, nodes, desk } = this.#deps
    const node = nodes.get(nodeId)
    const drift = node === undefined ? undefined : desk.driftOf(node)
    if (node === undefined || drift === undefined) {
      this.#drifted.delete(nodeId)
      return
    }
    if (this.#drifted.get(nodeId) === drift.target) return
    this.#drifted.set(nodeId, drift.target)
    events.emit({ type: 'node.drifted', node: nodes.view(node), reason: drift.reason })
  }
}
