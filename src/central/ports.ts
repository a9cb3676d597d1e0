// What this room asks of others. Declared here, answered where it is wired.

import type { ConfiguredFile } from '../contract/configuration.ts'
import type { NodeClass, NodeView } from '../contract/operator-api.ts'
import type { FunctionWish } from '../contract/wanted.ts'
import type { SharedRule } from './derive/objects-now.ts'

/** Answered by the orchestrator. */
export interface ClassPort {
  classes(): readonly NodeClass[]
  rules(): readonly SharedRule[]
  /** Put what came from a central; throw CENTRAL_OBJECT_FROM_ELSEWHERE when one of this appliance's own has the name. */
  takeClass(nodeClass: NodeClass): Promise<void>
  takeRule(rule: SharedRule): Promise<void>
  /** Grows with each change of either. */
  changeCount(): number
}

/** Answered by the orchestrator. */
export interface NodePort {
  /** By id or name. Throws NODE_NOT_FOUND. */
  view(idOrName: string): NodeView
  /** What it is to do; undefined: nobody says it. */
  functionOf(idOrName: string): FunctionWish | undefined
  /** What the last job put at a place of its system. undefined: no job put anything there. */
  configuredText(
    idOrName: string,
    to: string,
  ): Promise<{ readonly jobId: string; readonly at: string; readonly file: ConfiguredFile; readonly text: string } | undefined>
}
