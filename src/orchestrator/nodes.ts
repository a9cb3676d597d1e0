// All nodes: who says hello is matched or enrolled, a person approves and names. Presence is in memory, the rest in the store.
import { randomUUID } from 'node:crypto'
import type { Hello } from '../contract/agent-api.ts'
import { AppError } from '../contract/errors.ts'
import type { NodeView } from '../contract/operator-api.ts'
import { type Clock, instantOf } from './clock.ts'
import type { Events } from './events.ts'
import type { Log } from './log.ts'
import { identify } from './node-identity.ts'
import type { NodeRecord } from './node-record.ts'
import type { RecordStore } from './store/store.ts'

interface NodesDeps {
  readonly store: RecordStore<NodeRecord>
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
  /** Silent for so long: away. */
  readonly awaySeconds: number
  readonly runningJobOf: (nodeId: string) => string | undefined
  /** Called after a change is on disk. */
  readonly onChanged: (nodeId: string) => void
}

/** A node's hello is written at most this often when nothing but the time changed. */
const SEEN_WRITE_MS = 3600_000
const KEPT_TABLE_IDS = 64
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/

export class Nodes {
  readonly #deps: NodesDeps
  readonly #byMac = new Map<string, string>()
  readonly #byName = new Map<string, string>()
  readonly #seenAt = new Map<string, number>()

  constructor(deps: NodesDeps) {
    this.#deps = deps
    for (const node of deps.store.values()) this.#index(node)
  }

  /** The node that this machine is; a machine never seen before becomes a discovered one. On disk when it answers. */
  async hello(bootMac: string, { inventory }: Hello): Promise<NodeRecord> {
    const now = this.#deps.clock.now()
    const verdict = identify(inventory, bootMac, this.#deps.store.values())
    const known = verdict.kind === 'known' ? this.#deps.store.get(verdict.nodeId) : undefined
    if (verdict.kind === 'unclear')
      this.#deps.log.warn({ bootMac, nodeIds: verdict.nodeIds }, 'machine fits several nodes alike: enrolled as a new one')
    const node =
      known === undefined ? await this.#enroll(bootMac, inventory, now) : await this.#seenAgain(known, bootMac, inventory, now)
    this.touch(node.id)
    return node
  }

  get(id: string): NodeRecord | undefined {
    return this.#deps.store.get(id)
  }

  byMac(mac: string): NodeRecord | undefined {
    const id = this.#byMac.get(mac)
    return id === undefined ? undefined : this.#deps.store.get(id)
  }

  list(): readonly NodeRecord[] {
    return [...this.#deps.store.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  }

  /** By id or by name. */
  find(idOrName: string): NodeRecord {
    const node = this.#deps.store.get(idOrName) ?? this.#deps.store.get(this.#byName.get(idOrName) ?? '')
    if (node !== undefined) return node
    throw new AppError('NODE_NOT_FOUND', `no node is called ${idOrName}`, 'List the nodes with `platen node list`.')
  }

  async approve(idOrName: string, name?: string): Promise<NodeRecord> {
    const node = this.find(idOrName)
    return this.#change({ ...node, state: 'approved', name: this.#freeName(node, name ?? node.name) })
  }

  async rename(idOrName: string, name: string): Promise<NodeRecord> {
    const node = this.find(idOrName)
    return this.#change({ ...node, name: this.#freeName(node, name) })
  }

  /** A job that writes is about to be handed to it: what was installed is no longer, and the table it will write is ours. */
  async willBeWritten(id: string, tableId: string | undefined): Promise<void> {
    const node = this.#deps.store.get(id)
    if (node === undefined) return
    const { installed, ...rest } = node
    const hasTable = tableId === undefined || node.tableIds.includes(tableId)
    if (installed === undefined && hasTable) return
    const tableIds = hasTable ? node.tableIds : [...node.tableIds, tableId].slice(-KEPT_TABLE_IDS)
    await this.#change({ ...rest, tableIds })
  }

  async recordInstalled(id: string, imageName: string, version: number): Promise<void> {
    const node = this.#deps.store.get(id)
    if (node === undefined) return
    await this.#change({ ...node, installed: { imageName, version, at: instantOf(this.#deps.clock.now()) } })
  }

  /** Its agent spoke just now. */
  touch(id: string): void {
    this.#seenAt.set(id, this.#deps.clock.now())
  }

  view(node: NodeRecord): NodeView {
    const seenAt = this.#seenAt.get(node.id)
    const { bootMacs: _macs, tableIds: _tables, ...shown } = node
    const runningJobId = this.#deps.runningJobOf(node.id)
    return {
      ...shown,
      lastSeenAt: seenAt === undefined ? node.lastSeenAt : instantOf(seenAt),
      presence: this.#isPresent(seenAt) ? 'boot-os' : 'away',
      ...(runningJobId === undefined ? {} : { runningJobId }),
    }
  }

  #isPresent(seenAt: number | undefined): boolean {
    return seenAt !== undefined && this.#deps.clock.now() - seenAt < this.#deps.awaySeconds * 1000
  }

  async #enroll(bootMac: string, inventory: Hello['inventory'], now: number): Promise<NodeRecord> {
    const at = instantOf(now)
    const node: NodeRecord = {
      id: randomUUID(),
      name: this.#nextName(),
      state: 'discovered',
      firstSeenAt: at,
      lastSeenAt: at,
      inventory,
      bootMacs: [bootMac],
      tableIds: [],
    }
    this.#index(node)
    await this.#deps.store.put(node)
    this.#deps.log.info({ node: node.name, mac: bootMac }, 'node enrolled')
    this.#deps.events.emit({ type: 'node.enrolled', node: this.view(node) })
    return node
  }

  async #seenAgain(known: NodeRecord, bootMac: string, inventory: Hello['inventory'], now: number): Promise<NodeRecord> {
    const bootMacs = known.bootMacs.includes(bootMac) ? known.bootMacs : [...known.bootMacs, bootMac]
    const isSame = bootMacs === known.bootMacs && JSON.stringify(inventory) === JSON.stringify(known.inventory)
    if (isSame && now - Date.parse(known.lastSeenAt) < SEEN_WRITE_MS) return known
    return this.#change({ ...known, inventory, bootMacs, lastSeenAt: instantOf(now) })
  }

  async #change(node: NodeRecord): Promise<NodeRecord> {
    const before = this.#deps.store.get(node.id)
    if (before !== undefined) this.#unindex(before)
    this.#index(node)
    await this.#deps.store.put(node)
    this.#deps.onChanged(node.id)
    this.#deps.events.emit({ type: 'node.changed', node: this.view(node) })
    return node
  }

  #index(node: NodeRecord): void {
    this.#byName.set(node.name, node.id)
    for (const mac of macsOf(node)) this.#byMac.set(mac, node.id)
  }

  #unindex(node: NodeRecord): void {
    this.#byName.delete(node.name)
    for (const mac of macsOf(node)) if (this.#byMac.get(mac) === node.id) this.#byMac.delete(mac)
  }

  #freeName(node: NodeRecord, name: string): string {
    if (!NAME.test(name)) {
      throw new AppError(
        'NODE_NAME_INVALID',
        `"${name}" cannot name a node`,
        'Use lower-case letters, digits, dots, dashes and underscores, at most 63.',
      )
    }
    const owner = this.#byName.get(name)
    if (owner === undefined || owner === node.id) return name
    throw new AppError(
      'NODE_NAME_TAKEN',
      `another node is called ${name}`,
      'Choose another name, or rename that one first with `platen node rename`.',
    )
  }

  #nextName(): string {
    for (let number = this.#deps.store.size + 1; ; number++) if (!this.#byName.has(`node-${number}`)) return `node-${number}`
  }
}

function macsOf({ bootMacs, inventory }: NodeRecord): ReadonlySet<string> {
  return new Set([...bootMacs, ...inventory.nics.map(({ mac }) => mac)])
}
