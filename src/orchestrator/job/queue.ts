// The queued jobs in their order, so that a claim looks at few of them: one list for anybody, one for each node that is named. In memory.
import type { NodeRecord } from '../node/record.ts'
import { fitOf } from './fit.ts'
import { compareInQueue, indexInQueue } from './queue-order.ts'
import type { JobRecord } from './record.ts'

/** What the queue has to ask of others. */
export interface QueueDesk {
  /** Whether anybody may take the job now: not held, not waiting. */
  isOffered(job: JobRecord): boolean
  isMember(nodeClass: string, node: NodeRecord): boolean
  /** Whether the appliance and the classes of the node allow one more running job. */
  hasRoom(node: NodeRecord): boolean
}

export class JobQueue {
  readonly #desk: QueueDesk
  readonly #open: JobRecord[] = []
  readonly #named = new Map<string, JobRecord[]>()

  constructor(desk: QueueDesk) {
    this.#desk = desk
  }

  add(job: JobRecord): void {
    const list = this.#listOf(job)
    list.splice(indexInQueue(list, job), 0, job)
  }

  remove(job: JobRecord): void {
    const list = this.#listOf(job)
    const index = indexInQueue(list, job)
    // Two jobs may stand at one place when people moved them: look a little further.
    for (let at = index; at < list.length; at++) {
      if (list[at]!.id !== job.id) continue
      list.splice(at, 1)
      break
    }
    if (list.length === 0 && job.pins.nodeId !== undefined) this.#named.delete(job.pins.nodeId)
  }

  /** Queued jobs that name the node, offered or not. */
  namedFor(nodeId: string): readonly JobRecord[] {
    return this.#named.get(nodeId) ?? []
  }

  /** The first job that the node may take. */
  firstFor(node: NodeRecord): JobRecord | undefined {
    if (!this.#desk.hasRoom(node)) return undefined
    const named = this.#named.get(node.id)?.find((job) => this.#fits(job, node))
    const open = this.#open.find((job) => this.#fits(job, node))
    if (named === undefined || open === undefined) return named ?? open
    return compareInQueue(named, open) < 0 ? named : open
  }

  mayTake(job: JobRecord, node: NodeRecord): boolean {
    return this.#desk.hasRoom(node) && this.#fits(job, node)
  }

  #fits(job: JobRecord, node: NodeRecord): boolean {
    if (!this.#desk.isOffered(job) || !fitOf(job, node).fits) return false
    const { nodeClass } = job.request.needs ?? {}
    return nodeClass === undefined || this.#desk.isMember(nodeClass, node)
  }

  #listOf({ pins }: JobRecord): JobRecord[] {
    if (pins.nodeId === undefined) return this.#open
    const list = this.#named.get(pins.nodeId) ?? []
    this.#named.set(pins.nodeId, list)
    return list
  }
}
