// Whether the next boot of a node has to end in the boot OS, so that its disk says what is on it: a person asked, or what it should run is
// enforced at each boot and it has never proven anything. In memory, it is counted how often that did not help.
import type { Enforce } from '../../contract/wanted.ts'
import type { Log } from '../../store/index.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'

interface MustProveDeps {
  readonly nodes: Nodes
  readonly enforceOf: (node: NodeRecord) => Enforce
  readonly log: Log
}

/** An agent that proves nothing is an old one: its machine is not sent there for ever. */
const MOST_LOOKS = 3

export class MustProve {
  readonly #deps: MustProveDeps
  readonly #looks = new Map<string, number>()

  constructor(deps: MustProveDeps) {
    this.#deps = deps
  }

  /** From memory, for each boot. */
  isDue(node: NodeRecord): boolean {
    return this.#isUnproven(node) && (this.#looks.get(node.id) ?? 0) < MOST_LOOKS
  }

  /** It was sent there. */
  note(node: NodeRecord): void {
    if (!this.isDue(node)) return
    const count = (this.#looks.get(node.id) ?? 0) + 1
    this.#looks.set(node.id, count)
    if (count === MOST_LOOKS)
      this.#deps.log.warn({ node: node.name }, `its agent proved nothing in ${count} boots: it is not asked again`)
  }

  hasProven(nodeId: string): void {
    this.#looks.delete(nodeId)
  }

  /** A person asks: at its next boot. On disk when it answers. */
  async ask(idOrName: string): Promise<NodeRecord> {
    const { nodes } = this.#deps
    const node = nodes.find(idOrName)
    this.#looks.delete(node.id)
    return node.mustProve === true ? node : nodes.change({ ...node, mustProve: true })
  }

  #isUnproven(node: NodeRecord): boolean {
    if (node.state !== 'approved') return false
    if (node.mustProve === true) return true
    const mayHaveOne = node.installed !== undefined && node.recordPlace !== 'none'
    return mayHaveOne && node.present === undefined && this.#deps.enforceOf(node) === 'at-boot'
  }
}
