// A machine says hello: it is matched with what is known of it, or enrolled as a discovered node. From then on its boot speaks for the node.
import { randomUUID } from 'node:crypto'
import type { Hello } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'
import type { Log } from '../../store/index.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import { inventoryChanges } from './inventory-changes.ts'
import type { Nodes } from './nodes.ts'
import { type IdentityMode, type Recognition, recognise } from './recognise.ts'
import { type BootSession, KEPT_BOOT_MACS, KEPT_HISTORY, type NodeRecord, type Origin } from './record.ts'
import { roomForOneMore } from './undecided.ts'

/** Who speaks: one boot of one machine, and how that came. */
export type Speaker = BootSession & { readonly origin: Origin }

interface NodeHelloDeps {
  readonly nodes: Nodes
  readonly clock: Clock
  readonly log: Log
  readonly identityMode: IdentityMode
  /** Whether an agent of the node was heard of its running job a moment ago. */
  readonly isAtWork: (nodeId: string) => boolean
  /** The hardware of an approved node is not what it was. */
  readonly onDrifted: (node: NodeRecord, reason: string) => void
  /** A machine says of itself what is another node's. */
  readonly onDoubted: (node: NodeRecord, reason: string) => void
  /** Approves it, when a rule speaks of it. */
  readonly welcome: (node: NodeRecord) => Promise<NodeRecord>
}

/** A hello is written at most this often when nothing but the time changed. */
const SEEN_WRITE_MS = 3600_000
/** Of one hello. */
const KEPT_CHANGES = 20

export class NodeHello {
  readonly #deps: NodeHelloDeps

  constructor(deps: NodeHelloDeps) {
    this.#deps = deps
  }

  /** On disk when it answers. May be said at any time, for instance after the appliance came back. */
  async hello(speaker: Speaker, hello: Hello): Promise<NodeRecord> {
    const { nodes, welcome } = this.#deps
    const node = await this.#nodeOf(speaker, hello)
    nodes.touch(node.id)
    nodes.hasStarted(node.id)
    return welcome(node)
  }

  async #nodeOf(speaker: Speaker, hello: Hello): Promise<NodeRecord> {
    const { nodes } = this.#deps
    // Who it is was settled when this boot spoke first: whatever it says now, it is that node.
    const same = nodes.bySession(speaker)
    if (same !== undefined) return this.#seenAgain(same, speaker, hello)
    const found = this.#recognise(speaker, hello)
    const known = found.kind === 'known' ? nodes.get(found.nodeId) : undefined
    if (known === undefined) return this.#enroll(speaker, hello, found)
    this.#refuseWhileAtWork(known, speaker)
    return this.#seenAgain(known, speaker, hello)
  }

  #recognise({ mac, origin }: Speaker, { inventory }: Hello): Recognition {
    const { nodes, log, identityMode } = this.#deps
    const resembling = nodes.resembling(inventory, mac)
    const found = recognise({ inventory, mac, origin }, resembling, identityMode)
    if (identityMode === 'log-only') {
      const byScore = recognise({ inventory, mac, origin }, resembling, 'score')
      const isSame = byScore.kind === found.kind && (found.kind !== 'known' || found.nodeId === (byScore as typeof found).nodeId)
      if (!isSame) log.warn({ mac, byMac: found, byScore }, 'the score says another node than the address does')
    }
    return found
  }

  /** One boot speaks for a node at a time, and not a second one while the first is at work. */
  #refuseWhileAtWork({ id, name }: NodeRecord, { mac, boot }: Speaker): void {
    const { isAtWork, log } = this.#deps
    if (!isAtWork(id)) return
    log.warn({ node: name, mac, boot, code: 'NODE_AT_WORK' }, 'a second boot says that it is a node whose agent is at work')
    throw new AppError(
      'NODE_AT_WORK',
      'this machine is known, and another boot of it is at work',
      'After a restart in mid-job this passes when the boot before has been silent for some heartbeats. Else somebody speaks in its name.',
    )
  }

  async #enroll(speaker: Speaker, { inventory, configTypes, features, bootOs }: Hello, found: Recognition): Promise<NodeRecord> {
    const { nodes, clock, log, onDoubted } = this.#deps
    await this.#makeRoom()
    const at = instantOf(clock.now())
    const { mac, boot, origin } = speaker
    const doubt = found.kind === 'doubtful' ? { reason: found.reason, nodeIds: found.nodeIds } : undefined
    const node: NodeRecord = {
      id: randomUUID(),
      name: nodes.nextName(),
      state: 'discovered',
      firstSeenAt: at,
      lastSeenAt: at,
      inventory,
      ...(configTypes === undefined ? {} : { agentConfigTypes: configTypes }),
      ...(features === undefined ? {} : { askedFeatures: features }),
      ...(bootOs === undefined ? {} : { booted: bootOs }),
      bootMacs: [mac],
      session: { mac, boot },
      origins: [origin],
      ...(doubt === undefined ? {} : { doubt }),
      tableIds: [],
    }
    log.info({ node: node.name, mac }, 'node enrolled')
    const added = await nodes.add(node)
    if (doubt === undefined) return added
    log.warn({ node: node.name, mac, resembles: doubt.nodeIds, code: 'NODE_IDENTITY_DOUBTFUL' }, doubt.reason)
    onDoubted(added, doubt.reason)
    return added
  }

  /** Strangers must not fill the memory of the appliance: those that never came back give way. */
  async #makeRoom(): Promise<void> {
    const { nodes, log } = this.#deps
    const leaving = roomForOneMore(nodes.values(), (id) => nodes.lastWordAt(id))
    for (const { id, name } of leaving) {
      log.info({ node: name }, 'an undecided node that did not come back gave way')
      await nodes.remove(id)
    }
  }

  async #seenAgain(
    known: NodeRecord,
    speaker: Speaker,
    { inventory, configTypes = [], features = [], bootOs }: Hello,
  ): Promise<NodeRecord> {
    const now = this.#deps.clock.now()
    const { mac, boot, origin } = speaker
    const bootMacs = known.bootMacs.includes(mac) ? known.bootMacs : [...known.bootMacs, mac].slice(-KEPT_BOOT_MACS)
    const origins = known.origins === undefined || known.origins.includes(origin) ? known.origins : [...known.origins, origin]
    const former = known.session?.boot === boot ? known : withoutProof(known)
    const { awaitsHello: _awaited, askedFeatures: _asked, booted: _booted, ...seen } = former
    const next: NodeRecord = {
      ...seen,
      inventory,
      bootMacs,
      session: { mac, boot },
      ...(origins === undefined ? {} : { origins }),
      ...(configTypes.length > 0 ? { agentConfigTypes: configTypes } : {}),
      ...(features.length > 0 ? { askedFeatures: features } : {}),
      ...(bootOs === undefined ? {} : { booted: bootOs }),
    }
    const isSame = JSON.stringify(next) === JSON.stringify(known)
    if (isSame && now - Date.parse(known.lastSeenAt) < SEEN_WRITE_MS) return known
    const at = instantOf(now)
    const changes = inventoryChanges(known.inventory, inventory).slice(0, KEPT_CHANGES)
    const history =
      changes.length === 0
        ? {}
        : { inventoryHistory: [...(known.inventoryHistory ?? []), { at, changes }].slice(-historyOf(known)) }
    if (changes.length > 0) this.#deps.log.info({ node: known.name, changes }, 'a machine is not what it was')
    const node = await this.#deps.nodes.change({ ...next, ...history, lastSeenAt: at })
    if (changes.length > 0 && node.state === 'approved') this.#deps.onDrifted(node, changes.join('; '))
    return node
  }
}

/** What its disks proved to the agent of an earlier boot may have changed since. */
function withoutProof({ provenDisks: _proven, ...node }: NodeRecord): NodeRecord {
  return node
}

/** Nobody decided about it: it may hold little. */
const historyOf = ({ state }: NodeRecord): number => (state === 'discovered' ? 1 : KEPT_HISTORY)
