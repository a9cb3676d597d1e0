// Everything about other appliances, joined: who may come from them, which ones agents are told of, and what is handed on.
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Nodes } from '../node/nodes.ts'
import type { Stores } from '../store/open-stores.ts'
import { AgentCredentials } from './agent-credentials.ts'
import { ApplianceHealth } from './appliance-health.ts'
import { AppliancesListed } from './appliance-list.ts'
import { DirectoryDesk, type DirectoryMode } from './directory-desk.ts'

interface DirectoryDeps {
  readonly mode: DirectoryMode
  readonly stores: Pick<Stores, 'agentCredentials' | 'appliances'>
  readonly nodes: Nodes
  readonly clock: Clock
  readonly log: Log
}

export class Directory {
  readonly credentials: AgentCredentials
  readonly appliances: AppliancesListed
  readonly directory: DirectoryDesk
  /** Whether machines may come without a credential; they wait for approval like those that boot here. */
  readonly takesIntroductions: boolean
  readonly #health: ApplianceHealth

  constructor({ mode, stores, nodes, clock, log }: DirectoryDeps) {
    this.credentials = new AgentCredentials(stores.agentCredentials, clock)
    this.appliances = new AppliancesListed(stores.appliances, clock, (record) => void this.#health.lookAt(record))
    this.directory = new DirectoryDesk({ mode, list: this.appliances, nodes, clock, log })
    this.takesIntroductions = mode !== 'off'
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
