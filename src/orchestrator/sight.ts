// What somebody sees who does not see all machines: nodes by their place or class, jobs by their nodes. Everything else is not there for them,
// in the words in which anything is not there.
import type { JobView } from '../contract/job.ts'
import type { Scope } from '../contract/people.ts'
import { notFound } from './job/failures.ts'
import type { Jobs } from './job/jobs.ts'
import type { NodeClasses } from './node/classes.ts'
import { isInScope } from './node/in-scope.ts'
import { type Nodes, nodeNotFound } from './node/nodes.ts'

interface SightDeps {
  readonly nodes: Nodes
  readonly classes: NodeClasses
  readonly jobs: Jobs
}

export class Sight {
  readonly #deps: SightDeps

  constructor(deps: SightDeps) {
    this.#deps = deps
  }

  /** By id or name; false as well where there is no such node. */
  seesNode(idOrName: string, scope: Scope): boolean {
    const { nodes, classes } = this.#deps
    const node = nodes.get(idOrName) ?? nodes.get(nodes.ownerOf(idOrName) ?? '')
    if (node === undefined) return false
    const { location } = node
    return isInScope(scope, { ...(location === undefined ? {} : { location }), isMember: (name) => classes.isMember(name, node) })
  }

  /** A job for any node is nobody's yet. */
  seesJob({ nodeId, request }: Pick<JobView, 'nodeId' | 'request'>, scope: Scope): boolean {
    const node = nodeId ?? request.node
    return node !== undefined && this.seesNode(node, scope)
  }

  /** Throws NODE_NOT_FOUND. */
  refuseNode(idOrName: string, scope: Scope): void {
    if (!this.seesNode(idOrName, scope)) throw nodeNotFound(idOrName)
  }

  /** Throws JOB_NOT_FOUND. */
  async refuseJob(jobId: string, scope: Scope): Promise<void> {
    if (!this.seesJob(await this.#deps.jobs.show(jobId), scope)) throw notFound(jobId)
  }
}
