// Nodes whose own system speaks for them through platen-node: what they say at each start, and what they are told. Orders are in memory:
// what was ordered and not taken when the appliance stops is ordered again by whoever asked.
import type { DiskRecord } from '../../contract/disk-record.ts'
import type { NodeOrder, NodeWords } from '../../contract/node-words.ts'
import type { Health, Present } from '../../contract/present.ts'
import { type Clock, type Events, instantOf, type Log } from '../../store/index.ts'
import { Waiters } from '../job/waiters.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { judgeRecord, nodeIdsOf, presentOf, type RecordKey, sameBut } from '../present/judge.ts'

interface RunningNodesDeps {
  readonly nodes: Nodes
  readonly key: RecordKey
  /** What the node lacks that is to be made right at its start; undefined: it is as it should be, or nobody enforces that. From memory. */
  readonly repairFor: (node: NodeRecord) => RepairDue | undefined
  /** Posts the job for that, when it is due. */
  readonly postRepair: (nodeId: string) => Promise<void>
  /** The packages job of a node, handed to its running system. */
  readonly installFor: (nodeId: string) => Promise<NodeOrder | undefined>
  /** What its running system has shown; undefined: nothing good. */
  readonly noteShown: (nodeId: string, record: DiskRecord | undefined) => void
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
}

/** reason: as a sentence has it. */
export interface RepairDue {
  readonly reason: string
  /** Its image is right, and nothing was tried yet: its own system may do it. */
  readonly isForItsSystem: boolean
}

interface Listening {
  /** The start of its system that asks. */
  readonly boot: string
  /** By the clock's elapsed(). */
  readonly at: number
}

/** A start of its system that can install packages, and has proven whose disk it is on. */
type Installer = Pick<Listening, 'boot'>

interface Order {
  readonly reason: string
  /** Whoever asked is told as soon as the node has it. */
  readonly taken: () => void
  /** The start of the system that was told: asked by it again, it is told again; another one has done it. */
  boot?: string
}

/** Between two questions of one that listens: its longest wait, and a pause after a failure. */
const LISTENS_MS = 90_000
export const MOST_WAIT_SECONDS = 60
/** A system that starts so often and is never right is left alone: its machine does not come over the network, or no repair helps. */
const MOST_REPAIR_RESTARTS = 2
const GO_ON: NodeOrder = { kind: 'go-on' }

export class RunningNodes {
  readonly #deps: RunningNodesDeps
  readonly #waiters: Waiters
  readonly #listening = new Map<string, Listening>()
  readonly #orders = new Map<string, Order>()
  readonly #installers = new Map<string, Installer>()
  readonly #unsubscribe: () => void
  /** Starts of their systems that were told to restart into a repair. */
  readonly #repairing = new Map<string, readonly string[]>()

  constructor(deps: RunningNodesDeps) {
    this.#deps = deps
    this.#waiters = new Waiters(deps.clock)
    // Whoever waits for orders takes a packages job as soon as it is there.
    this.#unsubscribe = deps.events.subscribe(
      (event) => {
        if (event.type !== 'job.changed' || event.job.state !== 'queued') return
        const { kind, node: named } = event.job.request
        if (kind !== 'packages') return
        const node = [...deps.nodes.values()].find(({ id, name }) => id === named || name === named)
        if (node !== undefined) this.#waiters.wake(node.id)
      },
      ['job.changed'],
    )
  }

  /** On disk when it answers. */
  async say(nodeId: string, words: NodeWords): Promise<NodeOrder> {
    const { nodes, log } = this.#deps
    const node = nodes.find(nodeId)
    if (words.lateSeconds !== undefined)
      log.warn({ node: node.name, seconds: words.lateSeconds }, 'started without the appliance, and says so now')
    const present = this.#presentOf(node, words)
    if (present.record !== 'good' && present.record !== node.present?.record)
      log.warn({ node: node.name, record: present.record }, present.reason ?? 'its system has no record')
    if (!sameBut(node.present, present)) await nodes.change({ ...node, present })
    if (words.canInstall && present.record === 'good' && words.record !== undefined)
      this.#installers.set(nodeId, { boot: words.boot })
    else this.#installers.delete(nodeId)
    const order = this.#orderFor(nodeId, words.boot)
    if (order.kind !== 'go-on' || !words.isStarting) return order
    return (await this.#installAtStart(nodeId, words.boot)) ?? this.#repair(nodeId, words.boot)
  }

  /** Only what may be done without a restart; what its own system could not do is for the boot OS. */
  async #installAtStart(nodeId: string, boot: string): Promise<NodeOrder | undefined> {
    const { nodes, repairFor, postRepair } = this.#deps
    if (repairFor(nodes.find(nodeId))?.isForItsSystem === true && this.#canInstall(nodeId, boot)) await postRepair(nodeId)
    return this.#installOrder(nodeId, boot)
  }

  async #installOrder(nodeId: string, boot: string): Promise<NodeOrder | undefined> {
    return this.#canInstall(nodeId, boot) ? this.#deps.installFor(nodeId) : undefined
  }

  #canInstall(nodeId: string, boot: string): boolean {
    return this.#installers.get(nodeId)?.boot === boot
  }

  /** Its running system takes a packages job by itself: nobody has to restart it. */
  installsByItself(nodeId: string): boolean {
    return this.isListening(nodeId) && this.#canInstall(nodeId, this.#listening.get(nodeId)?.boot ?? '')
  }

  /** Waits until there is an order or the time is over. */
  async next(nodeId: string, boot: string, waitSeconds: number, gone: () => AbortSignal): Promise<NodeOrder> {
    this.#hear(nodeId, boot)
    const order = await this.#orderNow(nodeId, boot)
    if (order.kind !== 'go-on' || waitSeconds <= 0) return order
    const signal = gone()
    await this.#waiters.wait(nodeId, Math.min(waitSeconds, MOST_WAIT_SECONDS) * 1000, signal)
    if (signal.aborted) return GO_ON
    this.#hear(nodeId, boot)
    return this.#orderNow(nodeId, boot)
  }

  async #orderNow(nodeId: string, boot: string): Promise<NodeOrder> {
    const order = this.#orderFor(nodeId, boot)
    return order.kind === 'go-on' ? ((await this.#installOrder(nodeId, boot)) ?? GO_ON) : order
  }

  isListening(nodeId: string): boolean {
    const { at } = this.#listening.get(nodeId) ?? {}
    return at !== undefined && this.#deps.clock.elapsed() - at < LISTENS_MS
  }

  /** false: its system did not ask in this time. */
  async restart(nodeId: string, reason: string, withinMs: number): Promise<boolean> {
    const told = Promise.withResolvers<boolean>()
    const callOff = this.#deps.clock.after(withinMs, () => told.resolve(false))
    const order: Order = { reason, taken: () => told.resolve(true) }
    this.#orders.set(nodeId, order)
    this.#waiters.wake(nodeId)
    const isTaken = await told.promise
    callOff()
    if (!isTaken && this.#orders.get(nodeId) === order) this.#orders.delete(nodeId)
    return isTaken
  }

  /** Its agent said hello: it has started anew. */
  hasStarted(nodeId: string): void {
    this.#orders.delete(nodeId)
    this.#listening.delete(nodeId)
    this.#installers.delete(nodeId)
  }

  stop(): void {
    this.#unsubscribe()
    this.#waiters.wakeAll()
  }

  #hear(nodeId: string, boot: string): void {
    this.#listening.set(nodeId, { boot, at: this.#deps.clock.elapsed() })
  }

  /** Only while the system starts: nobody is thrown out of a machine that is in use. */
  #repair(nodeId: string, boot: string): NodeOrder {
    const { nodes, repairFor, log } = this.#deps
    const node = nodes.find(nodeId)
    const reason = repairFor(node)?.reason
    if (reason === undefined) {
      this.#repairing.delete(nodeId)
      return GO_ON
    }
    const told = this.#repairing.get(nodeId) ?? []
    if (!told.includes(boot) && told.length >= MOST_REPAIR_RESTARTS) {
      log.warn(
        { node: node.name },
        `restarted ${told.length} times into a repair, and its system is still not right: it is let go on`,
      )
      return GO_ON
    }
    this.#repairing.set(nodeId, told.includes(boot) ? told : [...told, boot])
    return { kind: 'restart', reason }
  }

  #orderFor(nodeId: string, boot: string): NodeOrder {
    const order = this.#orders.get(nodeId)
    if (order === undefined) return GO_ON
    if (order.boot !== undefined && order.boot !== boot) {
      this.#orders.delete(nodeId)
      return GO_ON
    }
    order.boot = boot
    order.taken()
    return { kind: 'restart', reason: order.reason }
  }

  #presentOf(node: NodeRecord, { record, diskIds, health }: NodeWords): Present {
    const { key, clock } = this.#deps
    const at = instantOf(clock.now())
    const found = record === undefined ? [] : [{ text: record, disk: { ids: [...diskIds] }, isFromOutside: false }]
    const judged = found.map((each) => judgeRecord(each, nodeIdsOf(node), key))
    this.#deps.noteShown(node.id, judged[0]?.record)
    const said: Health | undefined =
      health === undefined ? node.present?.health : { state: health.isGood ? 'good' : 'bad', reasons: [...health.reasons], at }
    const withHealth = said === undefined ? {} : { health: said }
    // A system without the file says nothing against what its disk proved from outside.
    if (record === undefined && node.present !== undefined) return { ...node.present, ...withHealth }
    return presentOf(judged, { said: 'running-system', at, ...withHealth })
  }
}
