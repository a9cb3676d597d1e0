// Tells when a node is no longer what it should be: it runs another version than its class says, or its hardware changed.
import type { Events } from '../../store/index.ts'
import { driftOf } from '../wanted/wanted-version.ts'
import type { NodeClasses } from './classes.ts'
import type { Nodes } from './nodes.ts'
import type { NodeRecord } from './record.ts'

interface DriftWatchDeps {
  readonly events: Events
  readonly nodes: Nodes
  readonly classes: NodeClasses
  readonly runningJobOf: (nodeId: string) => string | undefined
}

export class DriftWatch {
  readonly #deps: DriftWatchDeps
  /** "<node> <class>" of those that are known to have drifted: each is told once. */
  readonly #drifted = new Set<string>()

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
    for (const node of this.#deps.nodes.values()) for (const { key } of this.#driftsOf(node)) this.#drifted.add(key)
  }

  #look(nodeId: string): void {
    const { events, nodes } = this.#deps
    const node = nodes.get(nodeId)
    if (node === undefined) return
    const now = this.#driftsOf(node)
    for (const known of [...this.#drifted]) {
      if (known.startsWith(`${nodeId} `) && !now.some(({ key }) => key === known)) this.#drifted.delete(known)
    }
    for (const { key, reason } of now) {
      if (this.#drifted.has(key)) continue
      this.#drifted.add(key)
      events.emit({ type: 'node.drifted', node: nodes.view(node), reason })
    }
  }

  #driftsOf(node: NodeRecord): readonly { readonly key: string; readonly reason: string }[] {
    if (node.state !== 'approved') return []
    return this.#deps.classes.wantsOf(node).flatMap(({ name, wanted }) => {
      const has = driftOf(node, wanted)
      if (has === undefined) return []
      return [
        {
          key: `${node.id} ${name}`,
          reason: `it runs ${has}, class ${name} should run ${wanted.imageName} version ${wanted.version}`,
        },
      ]
    })
  }
}
