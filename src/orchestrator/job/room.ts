// Whether one more job may run: the caps of the appliance and of node classes. Counted from memory.
import type { NodeClasses } from '../node/classes.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import type { Leases } from './leases.ts'

interface RoomDeps {
  readonly nodes: Nodes
  readonly classes: NodeClasses
  readonly leases: Leases
  /** undefined: no cap. */
  readonly maxRunning: number | undefined
}

export class Room {
  readonly #deps: RoomDeps

  constructor(deps: RoomDeps) {
    this.#deps = deps
  }

  isFor(node: NodeRecord): boolean {
    const { classes, leases, maxRunning } = this.#deps
    if (maxRunning !== undefined && leases.runningCount >= maxRunning) return false
    return classes.capsOf(node).every((cap) => this.#runningIn(cap.name) < cap.maxRunning)
  }

  #runningIn(nodeClass: string): number {
    const { nodes, classes, leases } = this.#deps
    let count = 0
    for (const id of leases.busyNodeIds()) {
      const node = nodes.get(id)
      if (node !== undefined && classes.isMember(nodeClass, node)) count++
    }
    return count
  }
}
