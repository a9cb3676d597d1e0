// All nodes: found by id, name or address, changed, shown. Presence is in memory, the rest in the store.
import { AppError } from '../../contract/errors.ts'
import type { Inventory } from '../../contract/inventory.ts'
import type { NodeView } from '../../contract/operator-api.ts'
import type { PackageRef } from '../../contract/package.ts'
import type { RanVersion } from '../../contract/wanted.ts'
import { type Change, type Clock, type Events, instantOf, type RecordStore } from '../../store/index.ts'
import { fixedDiskCountOf, judgeSilence, type LocalBoot, localBootOrder } from '../boot/local-boot.ts'
import { ranFrom, ranUntil, ranWith } from '../wanted/ran.ts'
import { identityKeys } from './identity.ts'
import { MacIndex } from './mac-index.ts'
import { type BootSession, KEPT_DISKS, KEPT_TABLE_IDS, type NodeRecord, withoutHealth, withoutWanted } from './record.ts'

interface NodesDeps {
  readonly store: RecordStore<NodeRecord>
  readonly clock: Clock
  readonly events: Events
  /** Silent for so long: away. */
  readonly awaySeconds: number
  readonly runningJobOf: (nodeId: string) => string | undefined
  /** Called after a change is on disk. */
  readonly onChanged: (nodeId: string) => void
}

export class Nodes {
  readonly #deps: NodesDeps
  /** As they are in the indexes below. */
  readonly #indexed = new Map<string, NodeRecord>()
  readonly #byMac: MacIndex
  /** "<mac> <boot>" of the boot that speaks for a node. */
  readonly #bySession = new Map<string, string>()
  readonly #byName = new Map<string, string>()
  readonly #byIdentityKey = new Map<string, Set<string>>()
  readonly #seenAt = new Map<string, number>()
  /** Reclaimed: their agents are told to boot again. */
  readonly #restarting = new Set<string>()

  constructor(deps: NodesDeps) {
    this.#deps = deps
    this.#byMac = new MacIndex((id) => deps.store.get(id))
    for (const node of deps.store.values()) this.#index(node)
    deps.store.watch((changes) => this.#reindex(changes))
  }

  get(id: string): NodeRecord | undefined {
    return this.#deps.store.get(id)
  }

  /** The node that boots from this address, or of which it is another card: for what its boots do, not for who speaks for it. */
  byMac(mac: string, systemUuid?: string): NodeRecord | undefined {
    return this.#byMac.find(mac, systemUuid)
  }

  /** The node that this boot speaks for. */
  bySession({ mac, boot }: BootSession): NodeRecord | undefined {
    const id = this.#bySession.get(`${mac} ${boot}`)
    return id === undefined ? undefined : this.#deps.store.get(id)
  }

  /** A later boot from the same address speaks for its node, or did: what is left of this one is void. */
  isOverBoot({ mac, boot }: BootSession): boolean {
    if (this.bySession({ mac, boot }) !== undefined) return false
    const now = this.#deps.clock.now()
    return this.#byMac.bootedFrom(mac).some(({ session }) => {
      if (session?.mac !== mac) return false
      const at = bootedAt(session)
      // Booted in the future: the clock was set back since, and tells nothing.
      return at <= now + CLOCK_SLACK_MS && bootedAt({ mac, boot }) < at
    })
  }

  /** Those that share at least one trait with a machine. */
  resembling(inventory: Inventory, bootMac: string): readonly NodeRecord[] {
    const ids = new Set(
      identityKeys({ inventory, bootMacs: [bootMac] }).flatMap((key) => [...(this.#byIdentityKey.get(key) ?? [])]),
    )
    return [...ids].flatMap((id) => this.#deps.store.get(id) ?? [])
  }

  values(): Iterable<NodeRecord> {
    return this.#deps.store.values()
  }

  list(): readonly NodeRecord[] {
    return [...this.#deps.store.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  }

  /** By id or by name. */
  find(idOrName: string): NodeRecord {
    const node = this.#deps.store.get(idOrName) ?? this.#deps.store.get(this.#byName.get(idOrName) ?? '')
    if (node !== undefined) return node
    throw nodeNotFound(idOrName)
  }

  /** The id of the node that has this name. */
  ownerOf(name: string): string | undefined {
    return this.#byName.get(name)
  }

  isFreeName(name: string): boolean {
    return !this.#byName.has(name)
  }

  nextName(): string {
    for (let number = this.#deps.store.size + 1; ; number++) if (this.isFreeName(`node-${number}`)) return `node-${number}`
  }

  async add(node: NodeRecord): Promise<NodeRecord> {
    await this.#deps.store.put(node)
    this.#deps.events.emit({ type: 'node.enrolled', node: this.view(node) })
    return node
  }

  /** Seen by the next reader at once, on disk when it answers. */
  async change(node: NodeRecord): Promise<NodeRecord> {
    await this.#deps.store.put(node)
    this.#tellChanged(node)
    return node
  }

  /** One record of what two were: never both, never neither. */
  async merge(merged: NodeRecord, goneId: string): Promise<NodeRecord> {
    this.#forget(goneId)
    await this.#deps.store.write([{ remove: goneId }, { put: merged }])
    this.#tellChanged(merged)
    return merged
  }

  /** Two records of what one was. */
  async split(rest: NodeRecord, newcomer: NodeRecord): Promise<NodeRecord> {
    await this.#deps.store.write([{ put: rest }, { put: newcomer }])
    this.#tellChanged(rest)
    this.#deps.events.emit({ type: 'node.enrolled', node: this.view(newcomer) })
    return newcomer
  }

  /** On disk when it answers. Whoever asks for it from now on finds nothing. */
  async remove(id: string): Promise<void> {
    this.#forget(id)
    await this.#deps.store.remove(id)
  }

  /** A job that writes is about to be handed to it: what was installed is no longer, and the table it will write is ours. */
  async willBeWritten(id: string, tableId: string | undefined): Promise<void> {
    const node = this.#deps.store.get(id)
    if (node === undefined) return
    const { installed, present, recordPlace: _place, sshHostKey, ...rest } = node
    const hasTable = tableId === undefined || node.tableIds.includes(tableId)
    if (installed === undefined && present === undefined && sshHostKey === undefined && hasTable) return
    const tableIds = hasTable ? node.tableIds : [...node.tableIds, tableId].slice(-KEPT_TABLE_IDS)
    const ran = ranUntil(node, instantOf(this.#deps.clock.now()))
    await this.change({ ...rest, tableIds, ...(ran.length === 0 ? {} : { ran }) })
  }

  /** Disks that a step is about to write to, as imaging/disk-identity.ts names them. */
  async noteDisks(id: string, disks: readonly string[]): Promise<void> {
    const node = this.#deps.store.get(id)
    if (node === undefined) return
    const { knownDisks = [] } = node
    const added = disks.filter((disk) => !knownDisks.includes(disk))
    if (added.length > 0) await this.change({ ...node, knownDisks: [...knownDisks, ...added].slice(-KEPT_DISKS) })
  }

  async recordInstalled(id: string, what: Omit<RanVersion, 'from' | 'to' | 'packages'>): Promise<void> {
    const node = this.#deps.store.get(id)
    if (node === undefined) return
    const { imageName, version } = what
    const at = instantOf(this.#deps.clock.now())
    await this.change({ ...node, installed: { imageName, version, at }, ran: ranFrom(node, { ...what, packages: [], from: at }) })
  }

  /** The packages beside the image that is installed. How its system was before them says nothing any more. */
  async recordPackages(id: string, packages: readonly PackageRef[], by: Pick<RanVersion, 'by' | 'jobId'>): Promise<void> {
    const node = this.#deps.store.get(id)
    if (node?.installed === undefined) return
    const ran = ranWith(node, packages, { ...by, from: instantOf(this.#deps.clock.now()) })
    await this.change({ ...withoutHealth(node), installed: { ...node.installed, packages }, ran })
  }

  /** Its agent spoke just now. */
  touch(id: string): void {
    this.#seenAt.set(id, this.#deps.clock.now())
  }

  /** When its agent spoke last, in milliseconds since 1970. In memory. */
  lastWordAt(id: string): number | undefined {
    return this.#seenAt.get(id)
  }

  orderRestart(id: string): void {
    this.#restarting.add(id)
  }

  isToRestart(id: string): boolean {
    return this.#restarting.has(id)
  }

  /** It said hello: it has booted, or has nothing to boot for. */
  hasStarted(id: string): void {
    this.#restarting.delete(id)
  }

  view(node: NodeRecord): NodeView {
    const seenAt = this.#seenAt.get(node.id)
    const {
      assignedMacs: _assigned,
      awaitsHello: _awaited,
      isInProvisioning: _in,
      tableIds: _tables,
      knownDisks: _disks,
      provenDisks: _proven,
      recordPlace: _place,
      mustProve: _must,
      formerIds: _former,
      boots: _boots,
      session: _session,
      origins: _origins,
      localBoot = {},
      ...known
    } = withoutWanted(node)
    const { agentConfigTypes = [], configTypes = [], ...shown } = known
    const runningJobId = this.#deps.runningJobOf(node.id)
    const types = [...new Set([...configTypes, ...agentConfigTypes])]
    return {
      ...structuredClone(shown as Omit<NodeView, 'presence'>),
      ...(types.length > 0 ? { configTypes: types } : {}),
      lastSeenAt: seenAt === undefined ? node.lastSeenAt : instantOf(seenAt),
      presence: this.#isPresent(seenAt) ? 'boot-os' : 'away',
      localBoot: this.#viewLocalBoot(localBoot, node),
      ...(runningJobId === undefined ? {} : { runningJobId }),
    }
  }

  #viewLocalBoot(known: LocalBoot, { inventory }: NodeRecord): NonNullable<NodeView['localBoot']> {
    const judged = judgeSilence(known, this.#deps.clock.now())
    const { pinned, worked, failed } = judged
    const order = localBootOrder(judged, { firmware: inventory.firmware, fixedDiskCount: fixedDiskCountOf(inventory) })
    return {
      order: [...order],
      ...(pinned === undefined ? {} : { pinned }),
      ...(worked === undefined ? {} : { worked }),
      ...(failed === undefined ? {} : { failed: [...failed] }),
    }
  }

  #isPresent(seenAt: number | undefined): boolean {
    return seenAt !== undefined && this.#deps.clock.now() - seenAt < this.#deps.awaySeconds * 1000
  }

  #tellChanged(node: NodeRecord): void {
    this.#deps.onChanged(node.id)
    this.#deps.events.tell('node.changed', () => ({ type: 'node.changed', node: this.view(node) }))
  }

  #forget(id: string): void {
    this.#seenAt.delete(id)
    this.#restarting.delete(id)
  }

  /** Whoever wrote them: this process, or another one that shares the state. */
  #reindex(changes: readonly Change<NodeRecord>[]): void {
    for (const change of changes) {
      const id = 'put' in change ? change.put.id : change.remove
      const before = this.#indexed.get(id)
      if (before !== undefined) this.#unindex(before)
      if ('put' in change) this.#index(change.put)
    }
  }

  #index(node: NodeRecord): void {
    this.#indexed.set(node.id, node)
    this.#byName.set(node.name, node.id)
    this.#byMac.add(node)
    if (node.session !== undefined) this.#bySession.set(keyOf(node.session), node.id)
    for (const key of identityKeys(node)) this.#byIdentityKey.set(key, (this.#byIdentityKey.get(key) ?? new Set()).add(node.id))
  }

  #unindex(node: NodeRecord): void {
    this.#indexed.delete(node.id)
    this.#byName.delete(node.name)
    this.#byMac.remove(node)
    if (node.session !== undefined && this.#bySession.get(keyOf(node.session)) === node.id)
      this.#bySession.delete(keyOf(node.session))
    for (const key of identityKeys(node)) {
      const ids = this.#byIdentityKey.get(key)
      ids?.delete(node.id)
      if (ids?.size === 0) this.#byIdentityKey.delete(key)
    }
  }
}

/** Two looks at the clock in one request, and what a machine's own tokens are ahead of it by. */
const CLOCK_SLACK_MS = 60_000

const keyOf = ({ mac, boot }: BootSession): string => `${mac} ${boot}`
const bootedAt = ({ boot }: BootSession): number => Number.parseInt(boot, 36)

export function nodeNotFound(idOrName: string): AppError {
  return new AppError('NODE_NOT_FOUND', `no node is called ${idOrName}`, 'List the nodes with `platen node list`.')
}
