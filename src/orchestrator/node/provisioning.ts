// A node enters provisioning with its first job and leaves it when it goes to its disk. Hooks may have to do something before
// (move its port to another network); while one of them says no, the node waits, and it alone.
//
//   entering -> (hooks agree) -> entered -> jobs … -> leaving -> (hooks agree) -> left
//        \-> (one fails) held                  \-> (one fails) held, stays in the boot OS
//
// Nothing of this is kept or asked while no hook listens to one of the four events.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'
import type { Hook, Notice, NoticeEvent } from '../../contract/notices.ts'
import type { Events, Log } from '../../store/index.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import type { DeliverNotice } from '../notices/deliver.ts'
import type { NodeLife } from './life.ts'
import type { Nodes } from './nodes.ts'
import type { NodeRecord } from './record.ts'

type Asked = 'node.entering-provisioning' | 'node.leaving-provisioning'
const PROVISIONING_EVENTS: readonly NoticeEvent[] = [
  'node.entering-provisioning',
  'node.entered-provisioning',
  'node.leaving-provisioning',
  'node.left-provisioning',
]

interface ProvisioningDeps {
  readonly nodes: Nodes
  readonly nodeLife: NodeLife
  readonly hooks: () => Iterable<Hook & { readonly id: string }>
  readonly deliver: DeliverNotice
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
}

const TRIES = 3
const PAUSE_MS = 2000

export class Provisioning {
  readonly #deps: ProvisioningDeps
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(deps: ProvisioningDeps) {
    this.#deps = deps
  }

  /** True: a job may be handed to it. False: a hook said no, and the node is held. */
  async mayEnter(node: NodeRecord): Promise<boolean> {
    if (node.isInProvisioning === true || !this.#isListenedTo()) return true
    try {
      await this.#once(node.id, () => this.#enter(node))
      return true
    } catch (error) {
      if (error instanceof AppError) return false
      throw error
    }
  }

  /** Resolves when it may go to its disk. Throws HOOK_FAILED when a hook said no; the node is held then. */
  async leave(nodeId: string): Promise<void> {
    const node = this.#deps.nodes.get(nodeId)
    if (node?.isInProvisioning === true) await this.#once(nodeId, () => this.#leave(node))
  }

  /** For a machine that is at its boot prompt: begins what leave does, and tells whether it must wait for that. */
  mustWait(node: NodeRecord): boolean {
    if (node.isInProvisioning !== true) return false
    // A failure holds the node and is in the log; its next question begins again.
    void this.leave(node.id).catch(() => undefined)
    return true
  }

  async #enter(node: NodeRecord): Promise<void> {
    await this.#ask('node.entering-provisioning', node)
    const { nodes, events } = this.#deps
    const entered = await nodes.change({ ...(nodes.get(node.id) ?? node), isInProvisioning: true })
    events.emit({ type: 'node.entered-provisioning', node: nodes.view(entered) })
  }

  async #leave(node: NodeRecord): Promise<void> {
    await this.#ask('node.leaving-provisioning', node)
    const { nodes, events } = this.#deps
    const { isInProvisioning: _was, ...rest } = nodes.get(node.id) ?? node
    events.emit({ type: 'node.left-provisioning', node: nodes.view(await nodes.change(rest)) })
  }

  /** One after the other, each until it agrees or has been asked often enough. */
  async #ask(event: Asked, node: NodeRecord): Promise<void> {
    const { nodes, nodeLife, hooks, clock, log } = this.#deps
    const summary = `${node.name} is ${event === 'node.entering-provisioning' ? 'entering' : 'leaving'} provisioning`
    const notice: Notice = { id: randomUUID(), at: instantOf(clock.now()), event, subject: nodes.view(node), summary }
    for (const hook of hooks()) {
      const failure = hook.events.includes(event) ? await this.#askOne(hook, notice) : undefined
      if (failure === undefined) continue
      const reason = `hook ${hook.id} failed at ${event}: ${failure}`
      log.warn({ node: node.name }, reason)
      await nodeLife.hold(node.id, reason)
      throw new AppError('HOOK_FAILED', reason, `Mend the hook, then: platen node release ${node.name}`)
    }
  }

  async #askOne(hook: Hook, notice: Notice): Promise<string | undefined> {
    for (let left = TRIES; ; ) {
      try {
        await this.#deps.deliver(hook, notice)
        return undefined
      } catch (error) {
        if (--left === 0) return error instanceof Error ? error.message : String(error)
        await new Promise<void>((done) => this.#deps.clock.after(PAUSE_MS, done))
      }
    }
  }

  /** Whoever asks while it is under way waits for the same end. */
  #once(nodeId: string, work: () => Promise<void>): Promise<void> {
    const known = this.#underWay.get(nodeId)
    if (known !== undefined) return known
    const begun = work().finally(() => this.#underWay.delete(nodeId))
    this.#underWay.set(nodeId, begun)
    return begun
  }

  #isListenedTo(): boolean {
    for (const { events } of this.#deps.hooks()) if (PROVISIONING_EVENTS.some((event) => events.includes(event))) return true
    return false
  }
}
