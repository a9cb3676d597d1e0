// Nodes whose own system speaks for them through platen-node: what they say at each start, and what they are told. Orders are in memory:
// what was ordered and not taken when the appliance stops is ordered again by whoever asked.
import type { NodeOrder, NodeWords } from '../../contract/node-words.ts'
import type { Health, Present } from '../../contract/present.ts'
import { type Clock, instantOf, type Log } from '../../store/index.ts'
import { Waiters } from '../job/waiters.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { judgeRecord, nodeIdsOf, presentOf, type RecordKey, sameBut } from '../present/judge.ts'

interface RunningNodesDeps {
  readonly nodes: Nodes
  readonly key: RecordKey
  /** Why the node should start into the boot OS, in words; undefined: it is as it should be, or nobody enforces that. From memory. */
  readonly repairFor: (node: NodeRecord) => string | undefined
  readonly clock: Clock
  readonly log: Log
}

interface Listening {
  /** The start of its system that asks. */
  readonly boot: string
  /** By the clock's elapsed(). */
  readonly at: number
}

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
  /** Starts of their systems that were told to restart into a repair. */
  readonly #repairing = new Map<string, readonly string[]>()

  constructor(deps: RunningNodesDeps) {
    this.#deps = deps
    this.#waiters = new Waiters(deps.clock)
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
    const order = this.#orderFor(nodeId, words.boot)
    return order.kind === 'go-on' && words.isStarting ? this.#repair(nodeId, words.boot) : order
  }

  /** Waits until there is an order or the time is over. */
  async next(nodeId: string, boot: string, waitSeconds: number, gone: () => AbortSignal): Promise<NodeOrder> {
    this.#hear(nodeId, boot)
    const order = this.#orderFor(nodeId, boot)
    if (order.kind !== 'go-on' || waitSeconds <= 0) return order
    await this.#waiters.wait(nodeId, Math.min(waitSeconds, MOST_WAIT_SECONDS) * 1000, gone())
    this.#hear(nodeId, boot)
    return this.#orderFor(nodeId, boot)
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
  }

  stop(): void {
    this.#waiters.wakeAll()
  }

  #hear(nodeId: string, boot: string): void {
    this.#listening.set(nodeId, { boot, at: this.#deps.clock.elapsed() })
  }

  /** Only while the system starts: nobody is thrown out of a machine that is in use. */
  #repair(nodeId: string, boot: string): NodeOrder {
    const { nodes, repairFor, log } = this.#deps
    const node = nodes.find(nodeId)
    const reason = repairFor(node)
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
    const said: Health | undefined =
      health === undefined ? node.present?.health : { state: health.isGood ? 'good' : 'bad', reasons: [...health.reasons], at }
    const withHealth = said === undefined ? {} : { health: said }
    // A system without the file says nothing against what its disk proved from outside.
    if (record === undefined && node.present !== undefined) return { ...node.present, ...withHealth }
    return presentOf(judged, { said: 'running-system', at, ...withHealth })
  }
}
