// Classes and approval rules that other appliances have, too: which are for sites that follow this one, and those that came from the central
// that this one follows.
import { AppError } from '../contract/errors.ts'
import type { NewApprovalRule, NodeClass } from '../contract/operator-api.ts'
import type { RecordStore } from '../store/index.ts'
import type { NodeClassRecord } from './node/classes.ts'
import type { ApprovalRuleRecord } from './node/life.ts'

interface ForSitesDeps {
  readonly classes: RecordStore<NodeClassRecord>
  readonly approvalRules: RecordStore<ApprovalRuleRecord>
  /** Machines that wait for an approval are held against the rules again. */
  readonly welcomeAll: () => Promise<void>
}

export class ForSitesDesk {
  readonly #deps: ForSitesDeps
  #changes = 0

  constructor(deps: ForSitesDeps) {
    this.#deps = deps
    const count = () => {
      this.#changes++
    }
    deps.classes.watch(count)
    // How often a rule was used is no change of it.
    deps.approvalRules.watch((changes) => {
      if (changes.some((each) => 'remove' in each || each.put.used === 0)) count()
    })
  }

  /** Grows with each change of a class or a rule. */
  changeCount(): number {
    return this.#changes
  }

  /** All; those without `sites` stay here. */
  classes(): readonly NodeClass[] {
    return [...this.#deps.classes.values()].map(({ id: _id, fromCentral: _from, ...nodeClass }) => nodeClass)
  }

  rules(): readonly (NewApprovalRule & { readonly id: string })[] {
    return [...this.#deps.approvalRules.values()].map(({ used: _used, fromCentral: _from, ...rule }) => rule)
  }

  /** Versions that it names may still be on their way. Throws CENTRAL_OBJECT_FROM_ELSEWHERE when one of this appliance's own has the name. */
  async takeClass(nodeClass: NodeClass): Promise<void> {
    const before = this.#deps.classes.get(nodeClass.name)
    if (before !== undefined && before.fromCentral !== true) throw ownName('node class', nodeClass.name)
    await this.#deps.classes.put({ ...nodeClass, id: nodeClass.name, fromCentral: true })
  }

  /** Throws CENTRAL_OBJECT_FROM_ELSEWHERE as takeClass does. What it approved here goes on counting. */
  async takeRule(rule: NewApprovalRule & { readonly id: string }): Promise<void> {
    const before = this.#deps.approvalRules.get(rule.id)
    if (before !== undefined && before.fromCentral !== true) throw ownName('approval rule', rule.id)
    await this.#deps.approvalRules.put({ ...rule, used: before?.used ?? 0, fromCentral: true })
    await this.#deps.welcomeAll()
  }
}

function ownName(what: string, name: string): AppError {
  return new AppError(
    'CENTRAL_OBJECT_FROM_ELSEWHERE',
    `${what} ${name} is one of this appliance's own`,
    'Rename the one of this appliance; central goes on without it meanwhile.',
  )
}
