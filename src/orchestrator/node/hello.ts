// A machine says hello: it is matched with what is known of it, or enrolled as a discovered node.
import { randomUUID } from 'node:crypto'
import type { Hello } from '../../contract/agent-api.ts'
import type { Log } from '../../store/index.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import { type IdentityVerdict, identify, identifyByMac } from './identity.ts'
import { inventoryChanges } from './inventory-changes.ts'
import type { Nodes } from './nodes.ts'
import { KEPT_HISTORY, type NodeRecord } from './record.ts'

interface NodeHelloDeps {
  readonly nodes: Nodes
  readonly clock: Clock
  readonly log: Log
  readonly identityMode: IdentityMode
  /** The hardware of an approved node is not what it was. */
  readonly onDrifted: (node: NodeRecord, reason: string) => void
  /** Approves it, when a rule speaks of it. */
  readonly welcome: (node: NodeRecord) => Promise<NodeRecord>
}

/** log-only: nodes are told apart by the address that they boot from, and the log says what the score would have said. */
export type IdentityMode = 'score' | 'log-only'

/** A hello is written at most this often when nothing but the time changed. */
const SEEN_WRITE_MS = 3600_000

export class NodeHello {
  readonly #deps: NodeHelloDeps

  constructor(deps: NodeHelloDeps) {
    this.#deps = deps
  }

  /** On disk when it answers. May be said at any time, for instance after the appliance came back. */
  async hello(bootMac: string, hello: Hello): Promise<NodeRecord> {
    const { nodes, welcome } = this.#deps
    const verdict = this.#identify(bootMac, hello)
    const known = verdict.kind === 'known' ? nodes.get(verdict.nodeId) : undefined
    const node = known === undefined ? await this.#enroll(bootMac, hello) : await this.#seenAgain(known, bootMac, hello)
    nodes.touch(node.id)
    nodes.hasStarted(node.id)
    return welcome(node)
  }

  #identify(bootMac: string, { inventory }: Hello): IdentityVerdict {
    const { nodes, log, identityMode } = this.#deps
    const candidates = nodes.resembling(inventory, bootMac)
    const verdict = identify(inventory, bootMac, candidates)
    if (identityMode === 'score') {
      if (verdict.kind === 'unclear')
        log.warn({ bootMac, nodeIds: verdict.nodeIds }, 'machine fits several nodes alike: enrolled as a new one')
      return verdict
    }
    const byMac = identifyByMac(bootMac, candidates)
    const isSame = byMac.kind === verdict.kind && (byMac.kind !== 'known' || byMac.nodeId === (verdict as typeof byMac).nodeId)
    if (!isSame) log.warn({ bootMac, byMac, byScore: verdict }, 'the score says another node than the address does')
    return byMac
  }

  async #enroll(bootMac: string, { inventory, configTypes }: Hello): Promise<NodeRecord> {
    const at = instantOf(this.#deps.clock.now())
    const node: NodeRecord = {
      id: randomUUID(),
      name: this.#deps.nodes.nextName(),
      state: 'discovered',
      firstSeenAt: at,
      lastSeenAt: at,
      inventory,
      ...(configTypes === undefined ? {} : { agentConfigTypes: configTypes }),
      bootMacs: [bootMac],
      tableIds: [],
    }
    this.#deps.log.info({ node: node.name, mac: bootMac }, 'node enrolled')
    return this.#deps.nodes.add(node)
  }

  async #seenAgain(known: NodeRecord, bootMac: string, { inventory, configTypes = [] }: Hello): Promise<NodeRecord> {
    const now = this.#deps.clock.now()
    const bootMacs = known.bootMacs.includes(bootMac) ? known.bootMacs : [...known.bootMacs, bootMac]
    const { awaitsHello: _awaited, ...seen } = known
    const next = { ...seen, inventory, bootMacs, ...(configTypes.length > 0 ? { agentConfigTypes: configTypes } : {}) }
    const isSame = JSON.stringify(next) === JSON.stringify(known)
    if (isSame && now - Date.parse(known.lastSeenAt) < SEEN_WRITE_MS) return known
    const at = instantOf(now)
    const changes = inventoryChanges(known.inventory, inventory)
    const history =
      changes.length === 0 ? {} : { inventoryHistory: [...(known.inventoryHistory ?? []), { at, changes }].slice(-KEPT_HISTORY) }
    if (changes.length > 0) this.#deps.log.info({ node: known.name, changes }, 'a machine is not what it was')
    const node = await this.#deps.nodes.change({ ...next, ...history, lastSeenAt: at })
    if (changes.length > 0 && node.state === 'approved') this.#deps.onDrifted(node, changes.join('; '))
    return node
  }
}
