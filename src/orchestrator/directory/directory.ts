// Everything about other appliances, joined: which ones agents are told of, and what is handed on.
import type { Clock, Log } from '../../store/index.ts'
import type { Collections } from '../collections.ts'
import type { Nodes } from '../node/nodes.ts'
import { ApplianceHealth } from './appliance-health.ts'
import { AppliancesListed } from './appliance-list.ts'
import { DirectoryDesk, type DirectoryMode } from './directory-desk.ts'

interface DirectoryDeps {
  readonly mode: DirectoryMode
  readonly collections: Pick<Collections, 'appliances'>
  readonly nodes: Nodes
  readonly clock: Clock
  readonly log: Log
}

export class Directory {
  readonly appliances: AppliancesListed
  readonly directory: DirectoryDesk
  readonly #health: ApplianceHealth

  constructor({ mode, collections, nodes, clock, log }: DirectoryDeps) {
    this.appliances = new AppliancesListed(collections.appliances, clock, (record) => void this.#health.lookAt(record))
    this.directory = new DirectoryDesk({ mode, list: this.appliances, nodes, clock, log })
    this.#health = new ApplianceHealth({ list: this.appliances, clock, log })
  }

  start(): void {
    this.#health.start()
  }

  stop(): void {
    this.#health.stop()
    this.directory.stop()
  }
}
