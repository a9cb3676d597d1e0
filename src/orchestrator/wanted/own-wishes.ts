// What a node should run, as a person says of it alone.
import type { Wanted } from '../../contract/wanted.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { type KnownBuilds, refuseBootWish } from './boot-os.ts'
import type { FunctionDesk } from './function-desk.ts'
import { refuseEntries } from './refuse-entries.ts'
import type { KnownImage } from './wanted-version.ts'

interface OwnWishesDeps {
  readonly nodes: Nodes
  readonly images: () => readonly KnownImage[]
  readonly functions?: Pick<FunctionDesk, 'refuse'> | undefined
  readonly bootBuilds: KnownBuilds
}

export class OwnWishes {
  readonly #deps: OwnWishesDeps

  constructor(deps: OwnWishesDeps) {
    this.#deps = deps
  }

  /** In the place of what was said before; nothing leaves all to its classes. What was tried for it before counts no more. */
  async set(idOrName: string, wanted: Wanted): Promise<NodeRecord> {
    const { nodes, images, bootBuilds, functions } = this.#deps
    const { wanted: _before, repairs: _tried, ...node } = nodes.find(idOrName)
    refuseBootWish(node.name, wanted.bootOs, [node.inventory.architecture], bootBuilds)
    refuseEntries(node.name, wanted.runs ?? [], images())
    if (wanted.function !== undefined) functions?.refuse(wanted.function, { ...node.inventory, name: node.name })
    return nodes.change({ ...node, ...(Object.keys(wanted).length === 0 ? {} : { wanted }) })
  }
}
