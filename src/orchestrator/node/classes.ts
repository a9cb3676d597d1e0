// Node classes: which nodes run the same software, told by rules on what they are. Kept in the store; asked from memory.
import { AppError } from '../../contract/errors.ts'
import type { ClassSelector, DesiredImage, NodeClass, NodeClassView } from '../../contract/operator-api.ts'
import type { PersonaliseWish } from '../../contract/personalise.ts'
import type { RecordStore } from '../../store/index.ts'
import type { NodeRecord } from './record.ts'
import { driftOf, type WantedVersion } from './wanted-version.ts'

export type NodeClassRecord = NodeClass & { readonly id: string }

interface NodeClassesDeps {
  readonly store: RecordStore<NodeClassRecord>
  readonly nodes: () => readonly NodeRecord[]
  /** The version that a wish means now; undefined: there is none. */
  readonly meaningOf: (desired: DesiredImage) => WantedVersion | undefined
}

export class NodeClasses {
  readonly #store: RecordStore<NodeClassRecord>
  readonly #nodes: () => readonly NodeRecord[]
  readonly #meaningOf: (desired: DesiredImage) => WantedVersion | undefined

  constructor({ store, nodes, meaningOf }: NodeClassesDeps) {
    this.#store = store
    this.#nodes = nodes
    this.#meaningOf = meaningOf
  }

  list(): readonly NodeClassView[] {
    return [...this.#store.values()].sort(byName).map((each) => this.#view(each))
  }

  show(name: string): NodeClassView {
    return this.#view(this.#find(name))
  }

  /** Makes it, or puts this in the place of the one with that name. */
  async set(nodeClass: NodeClass): Promise<NodeClassView> {
    const { runs, name } = nodeClass
    if (runs !== undefined && this.#meaningOf(runs) === undefined) {
      const version = runs.version === undefined ? (runs.tag === undefined ? '' : ` tagged ${runs.tag}`) : ` ${runs.version}`
      throw new AppError(
        'IMAGE_VERSION_NOT_FOUND',
        `${name} cannot run ${runs.image}: there is no version${version}`,
        'See `platen image list`.',
      )
    }
    const record = { ...nodeClass, id: name }
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

  /** What the classes of the node say that it should run. */
  wantsOf(node: NodeRecord): readonly { readonly name: string; readonly wanted: WantedVersion }[] {
    return [...this.#store.values()].flatMap(({ name, runs, selector }) => {
      const wanted = runs === undefined || !isSelected(selector, node) ? undefined : this.#meaningOf(runs)
      return wanted === undefined ? [] : [{ name, wanted }]
    })
  }

  /** What the class should run. */
  wantedBy(name: string): WantedVersion | undefined {
    const { runs } = this.#find(name)
    return runs === undefined ? undefined : this.#meaningOf(runs)
  }

  /** What deploys to its nodes give them of their own. */
  personaliseOf(name: string): PersonaliseWish | undefined {
    return this.#find(name).personalise
  }

  /** The same for one node: of its classes the first by name that says it. */
  personaliseFor(node: NodeRecord): PersonaliseWish | undefined {
    const speaking = [...this.#store.values()].filter(
      ({ personalise, selector }) => personalise !== undefined && isSelected(selector, node),
    )
    return speaking.sort(byName)[0]?.personalise
  }

  /** Classes whose nodes should run this version. */
  wanting({ imageName, version }: WantedVersion): readonly string[] {
    return [...this.#store.values()].flatMap(({ name, runs }) => {
      const wanted = runs === undefined ? undefined : this.#meaningOf(runs)
      return wanted?.imageName === imageName && wanted.version === version ? [name] : []
    })
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
    const members = this.#nodes().filter((node) => node.state === 'approved' && isSelected(nodeClass.selector, node))
    const wanted = nodeClass.runs === undefined ? undefined : this.#meaningOf(nodeClass.runs)
    const behind = members.flatMap((node) => {
      const runs = wanted === undefined ? undefined : driftOf(node, wanted)
      return runs === undefined ? [] : [{ node: node.name, runs }]
    })
    return {
      ...nodeClass,
      nodes: members.map(({ name }) => name),
      ...(wanted === undefined ? {} : { wantedVersion: wanted.version }),
      behind,
    }
  }
}

const byName = (a: NodeClassRecord, b: NodeClassRecord): number => (a.name < b.name ? -1 : 1)

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
