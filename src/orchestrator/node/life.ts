// The life of a node as people steer it: discovered -> approved (in service once something is installed) -> held -> retired.
// Nothing is written to a node before its approval; held and retired nodes get no job and boot from their own disk.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../contract/errors.ts'
import type { ApprovalRule, NewApprovalRule, NodeChange } from '../../contract/operator-api.ts'
import type { RecordStore } from '../../store/index.ts'
import { pinLocalBoot } from '../boot/local-boot.ts'
import { type Approval, findApproval, saidBy } from './approval-rules.ts'
import { freeName } from './names.ts'
import type { Nodes } from './nodes.ts'
import type { NodeRecord } from './record.ts'

export type ApprovalRuleRecord = ApprovalRule & { readonly used: number }

interface NodeLifeDeps {
  readonly nodes: Nodes
  readonly rules: RecordStore<ApprovalRuleRecord>
  readonly onHeld: (node: NodeRecord, reason: string) => void
  /** Two machines say the same of themselves, and a rule goes by it. */
  readonly onDoubted: (node: NodeRecord, reason: string) => void
  /** Ends the job of the node, to be offered to others; its agent is told to boot again. */
  readonly takeJobFrom: (node: NodeRecord, reason: string) => Promise<void>
}

export class NodeLife {
  readonly #deps: NodeLifeDeps

  constructor(deps: NodeLifeDeps) {
    this.#deps = deps
  }

  /** Also brings a held or retired node back. */
  approve(idOrName: string, change: NodeChange): Promise<NodeRecord> {
    const { holdReason: _reason, boots: _boots, doubt: _doubt, repairs: _tried, ...node } = this.#deps.nodes.find(idOrName)
    return this.#deps.nodes.change({ ...this.#changed(node, change), state: 'approved' })
  }

  edit(idOrName: string, change: NodeChange): Promise<NodeRecord> {
    return this.#deps.nodes.change(this.#changed(this.#deps.nodes.find(idOrName), change))
  }

  /** Its running job goes on to its end; no further one is given to it. */
  async hold(idOrName: string, reason: string): Promise<NodeRecord> {
    const node = this.#deps.nodes.find(idOrName)
    const held = await this.#deps.nodes.change({ ...node, state: 'held', holdReason: reason })
    this.#deps.onHeld(held, reason)
    return held
  }

  async release(idOrName: string): Promise<NodeRecord> {
    const { holdReason: _reason, boots: _boots, repairs: _tried, ...node } = this.#deps.nodes.find(idOrName)
    if (node.state === 'held') return this.#deps.nodes.change({ ...node, state: 'approved' })
    throw new AppError(
      'NODE_NOT_HELD',
      `${node.name} is ${node.state}, not held`,
      'Only a held node can be released; see `platen node list`.',
    )
  }

  /** Out of service for good; its record stays. */
  async retire(idOrName: string): Promise<NodeRecord> {
    const node = this.#deps.nodes.find(idOrName)
    await this.#deps.takeJobFrom(node, 'its node was retired')
    const { holdReason: _reason, ...rest } = node
    return this.#deps.nodes.change({ ...rest, state: 'retired' })
  }

  /** Takes it out of work at once: held first, so that the job that it loses does not come back to it. */
  async reclaim(idOrName: string, reason: string): Promise<NodeRecord> {
    const held = await this.hold(idOrName, reason)
    await this.#deps.takeJobFrom(held, `its node was reclaimed: ${reason}`)
    return held
  }

  rules(): readonly ApprovalRuleRecord[] {
    return [...this.#deps.rules.values()]
  }

  /** Nodes that wait for approval already are looked at, too. */
  async addRule(rule: NewApprovalRule): Promise<ApprovalRuleRecord> {
    const record = { ...rule, id: randomUUID(), used: 0 }
    await this.#deps.rules.put(record)
    await this.welcomeAll()
    return this.#deps.rules.get(record.id) ?? record
  }

  async welcomeAll(): Promise<void> {
    for (const node of this.#deps.nodes.list()) await this.welcome(node)
  }

  async removeRule(id: string): Promise<void> {
    if (this.#deps.rules.get(id) === undefined) {
      throw new AppError('NODE_RULE_NOT_FOUND', `there is no approval rule ${id}`, 'List them with `platen rule list`.')
    }
    await this.#deps.rules.remove(id)
  }

  /** A discovered node that a rule speaks of is approved, unless there is a doubt about who it is. */
  async welcome(node: NodeRecord): Promise<NodeRecord> {
    if (node.state !== 'discovered' || node.doubt !== undefined) return node
    const newcomer = { inventory: node.inventory, bootMac: node.bootMacs[0]! }
    const approval = findApproval(newcomer, this.#deps.rules.values(), (name) => this.#deps.nodes.isFreeName(name))
    if (approval === undefined) return node
    const others = this.#othersThatSay(approval.claims, node)
    return others.length === 0 ? this.#approveBy(node, approval) : this.#doubt(node, others)
  }

  /** What a rule goes by belongs to one machine: of two that say it, a person has to tell which. */
  #othersThatSay(claims: readonly string[], { id, inventory, bootMacs }: NodeRecord): readonly NodeRecord[] {
    if (claims.length === 0) return []
    const others = this.#deps.nodes.resembling(inventory, bootMacs[0]!).filter((other) => other.id !== id)
    return others.filter((other) => saidBy(other.inventory).some((text) => claims.includes(text)))
  }

  async #doubt(node: NodeRecord, others: readonly NodeRecord[]): Promise<NodeRecord> {
    const reason = 'a rule names it by what another machine says of itself, too'
    const doubted = await this.#deps.nodes.change({ ...node, doubt: { reason, nodeIds: others.map(({ id }) => id) } })
    this.#deps.onDoubted(doubted, reason)
    return doubted
  }

  async #approveBy(node: NodeRecord, { rule, name, tags, location }: Approval): Promise<NodeRecord> {
    const record = this.#deps.rules.get(rule.id)
    const counted = record === undefined ? undefined : this.#deps.rules.put({ ...record, used: record.used + 1 })
    const approved = this.#deps.nodes.change({
      ...node,
      state: 'approved',
      name: name ?? node.name,
      tags: [...new Set([...(node.tags ?? []), ...tags])],
      ...(location === undefined ? {} : { location }),
    })
    const [changed] = await Promise.all([approved, counted])
    return changed
  }

  #changed(node: NodeRecord, { name, tags, location, notes, configTypes, localBoot }: NodeChange): NodeRecord {
    return {
      ...node,
      ...(name === undefined ? {} : { name: freeName(name, node.id, (each) => this.#deps.nodes.ownerOf(each)) }),
      ...(tags === undefined ? {} : { tags }),
      ...(location === undefined ? {} : { location }),
      ...(notes === undefined ? {} : { notes }),
      ...(configTypes === undefined ? {} : { configTypes }),
      ...(localBoot === undefined ? {} : { localBoot: pinLocalBoot(node.localBoot ?? {}, localBoot) }),
    }
  }
}
