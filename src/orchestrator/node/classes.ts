// Node classes: which nodes run the same software, told by rules on what they are. Kept in the store; asked from memory.
import type { BootOsWish } from '../../contract/boot-build.ts'
import { AppError } from '../../contract/errors.ts'
import type { ClassSelector, NodeClass, NodeClassView } from '../../contract/operator-api.ts'
import type { PersonaliseWish } from '../../contract/personalise.ts'
import type { FunctionWish, WantedImage } from '../../contract/wanted.ts'
import type { RecordStore } from '../../store/index.ts'
import { otherThan } from '../wanted/difference.ts'
import { entryFor, type StartsWhere, type WantedVersion } from '../wanted/wanted-version.ts'
import type { NodeRecord } from './record.ts'

export type NodeClassRecord = NodeClass & {
  readonly id: string
  /** It came from the central that this appliance follows, and is changed there. */
  readonly fromCentral?: true
}

interface NodeClassesDeps {
  readonly store: RecordStore<NodeClassRecord>
  readonly nodes: () => readonly NodeRecord[]
  readonly meaningOf: MeaningOf
  /** Throws when an entry means nothing that there is. */
  readonly refuseEntries: (name: string, runs: readonly WantedImage[]) => void
  /** Throws when there is no such function here, or a parameter of it is wrong. Left out: there are no functions. */
  readonly refuseFunction?: (wish: FunctionWish) => void
  /** Throws when there is no such build. */
  readonly refuseBootOs: (name: string, wish: BootOsWish | undefined) => void
}

/** The version that an entry means now, for a machine or for any that it speaks of; undefined: there is none. */
type MeaningOf = (entry: WantedImage, machine?: StartsWhere) => WantedVersion | undefined

export class NodeClasses {
  readonly #store: RecordStore<NodeClassRecord>
  readonly #nodes: () => readonly NodeRecord[]
  readonly #meaningOf: MeaningOf
  readonly #refuseEntries: NodeClassesDeps['refuseEntries']
  readonly #refuseFunction: NodeClassesDeps['refuseFunction']
  readonly #refuseBootOs: NodeClassesDeps['refuseBootOs']
  #changes = 0

  constructor({ store, nodes, meaningOf, refuseEntries, refuseFunction, refuseBootOs }: NodeClassesDeps) {
    this.#store = store
    this.#nodes = nodes
    this.#meaningOf = meaningOf
    this.#refuseEntries = refuseEntries
    this.#refuseFunction = refuseFunction
    this.#refuseBootOs = refuseBootOs
    store.watch(() => {
      this.#changes++
    })
  }

  list(): readonly NodeClassView[] {
    return [...this.#store.values()].sort(byName).map((each) => this.#view(each))
  }

  /** As they are kept; by no order. */
  records(): readonly NodeClass[] {
    return [...this.#store.values()]
  }

  show(name: string): NodeClassView {
    return this.#view(this.#find(name))
  }

  /** Makes it, or puts this in the place of the one with that name. */
  async set(nodeClass: NodeClass): Promise<NodeClassView> {
    const { runs = [], name } = nodeClass
    if (this.#store.get(name)?.fromCentral === true) throw fromCentral(name)
    this.#refuseEntries(name, runs)
    if (nodeClass.function !== undefined) this.#refuseFunction?.(nodeClass.function)
    this.#refuseBootOs(name, nodeClass.bootOs)
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

  /** Those that the node is in, by name. */
  classesOf(node: NodeRecord): readonly NodeClass[] {
    return [...this.#store.values()].filter(({ selector }) => isSelected(selector, node)).sort(byName)
  }

  /** Grows with each change of any class. */
  changeCount(): number {
    return this.#changes
  }

  /** What the class says that this node of it should run. */
  wantedBy(name: string, node: NodeRecord): WantedVersion | undefined {
    return this.#wantedFor(this.#find(name), node)
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
    return [...this.#store.values()].flatMap(({ name, runs = [] }) => {
      const means = runs.map((entry) => this.#meaningOf(entry))
      return means.some((each) => each?.imageName === imageName && each.version === version) ? [name] : []
    })
  }

  /** Classes of the node that allow only so many jobs at a time. */
  capsOf(node: NodeRecord): readonly { readonly name: string; readonly maxRunning: number }[] {
    return [...this.#store.values()].flatMap(({ name, maxRunning, selector }) =>
      maxRunning !== undefined && isSelected(selector, node) ? [{ name, maxRunning }] : [],
    )
  }

  #wantedFor({ runs }: NodeClassRecord, { inventory }: NodeRecord): WantedVersion | undefined {
    const entry = entryFor(runs, inventory.architecture)
    return entry === undefined ? undefined : this.#meaningOf(entry, inventory)
  }

  #meaning(entry: WantedImage): NodeClassView['means'][number] {
    const { architecture, image } = entry
    const version = this.#meaningOf(entry)?.version
    return { ...(architecture === undefined ? {} : { architecture }), image, ...(version === undefined ? {} : { version }) }
  }

  #find(name: string): NodeClassRecord {
    const found = this.#store.get(name)
    if (found !== undefined) return found
    throw new AppError('NODE_CLASS_NOT_FOUND', `there is no node class ${name}`, 'List them with `platen class list`.')
  }

  #view(record: NodeClassRecord): NodeClassView {
    const { id: _id, ...nodeClass } = record
    const members = this.#nodes().filter((node) => node.state === 'approved' && isSelected(nodeClass.selector, node))
    const behind = members.flatMap((node) => {
      const wanted = this.#wantedFor(record, node)
      const runs = wanted === undefined ? undefined : otherThan(wanted, node)
      return runs === undefined ? [] : [{ node: node.name, runs }]
    })
    return {
      ...nodeClass,
      nodes: members.map(({ name }) => name),
      means: (nodeClass.runs ?? []).map((entry) => this.#meaning(entry)),
      behind,
    }
  }
}

function fromCentral(name: string): AppError {
  return new AppError(
    'CENTRAL_OBJECT_FROM_ELSEWHERE',
    `class ${name} comes from the central that this appliance follows`,
    'Change it there, or make a class of another name.',
  )
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
