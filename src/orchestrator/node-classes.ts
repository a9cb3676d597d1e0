// Node classes: which nodes run the same software, told by rules on what they are. Kept in the store; asked from memory.
import { AppError } from '../contract/errors.ts'
import type { ClassSelector, NodeClass, NodeClassView } from '../contract/operator-api.ts'
import type { NodeRecord } from './node-record.ts'
import type { RecordStore } from './store/store.ts'

export type NodeClassRecord = NodeClass & { readonly id: string }

export class NodeClasses {
  readonly #store: RecordStore<NodeClassRecord>
  readonly #nodes: () => readonly NodeRecord[]

  constructor(store: RecordStore<NodeClassRecord>, nodes: () => readonly NodeRecord[]) {
    this.#store = store
    this.#nodes = nodes
  }

  list(): readonly NodeClassView[] {
    return [...this.#store.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((each) => this.#view(each))
  }

  show(name: string): NodeClassView {
    return this.#view(this.#find(name))
  }

  /** Makes it, or puts this in the place of the one with that name. */
  async set(nodeClass: NodeClass): Promise<NodeClassView> {
    const record = { ...nodeClass, id: nodeClass.name }
    await this.#store.put(record)
    return this.#view(record)
  }

  async remove(name: string): Promise<void> {
    await this.#store.remove(this.#find(name).id)
  }

  has(name: string): boolean {
    return this.#store.get(name) !== undefined
  }

  /** The nodes that a job for the class may go to. */
  membersOf(name: string): readonly NodeRecord[] {
    const { selector } = this.#find(name)
    return this.#nodes().filter((node) => node.state === 'approved' && isSelected(selector, node))
  }

  isMember(name: string, node: NodeRecord): boolean {
    const found = this.#store.get(name)
    return found !== undefined && isSelected(found.selector, node)
  }

  /** Classes of the node that allow only so many jobs at a time. */
  capsOf(node: NodeRecord): readonly { readonly name: string; readonly maxRunning: number }[] {
    return [...this.#store.values()].flatMap(({ name, maxRunning, selector }) =>
      maxRunning !== undefined && isSelected(selector, node) ? [{ name, maxRunning }] : [],
    )
  }

  #find(name: string): NodeClassRecord {
    const found = this.#store.get(name)
    if (found !== undefined) return found
    throw new AppError('NODE_CLASS_NOT_FOUND', `there is no node class ${name}`, 'List them with `platen class list`.')
  }

  #view({ id: _id, ...nodeClass }: NodeClassRecord): NodeClassView {
    const names = this.#nodes().filter((node) => node.state === 'approved' && isSelected(nodeClass.selector, node))
    return { ...nodeClass, nodes: names.map(({ name }) => name) }
  }
}

/** All that the selector says must be true; one that says nothing selects nothing. */
export function isSelected(selector: ClassSelector, { name, inventory, tags = [], location = '' }: NodeRecord): boolean {
  const { smbios } = inventory
  const tests: readonly (boolean | undefined)[] = [
    selector.names?.includes(name),
    selector.tags?.every((tag) => tags.includes(tag)),
    selector.architecture === undefined ? undefined : selector.architecture === inventory.architecture,
    selector.firmware === undefined ? undefined : selector.firmware === inventory.firmware,
    selector.manufacturer === undefined ? undefined : selector.manufacturer === smbios.manufacturer,
    selector.product === undefined ? undefined : selector.product === smbios.product,
    selector.locationPrefix === undefined ? undefined : location.startsWith(selector.locationPrefix),
    selector.minMemoryBytes === undefined ? undefined : inventory.memoryBytes >= selector.minMemoryBytes,
  ]
  const said = tests.filter((test) => test !== undefined)
  return said.length > 0 && said.every(Boolean)
}
