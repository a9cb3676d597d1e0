// The queued jobs in their order, so that a claim looks at few of them: one list for anybody, one for each node that is named. In memory.
import type { NodeRecord } from '../node-record.ts'
import { fitOf } from './fit.ts'
import { compareInQueue, placeInQueue } from './queue-order.ts'
import type { JobRecord } from './record.ts'

export class JobQueue {
  readonly #open: JobRecord[] = []
  readonly #named = new Map<string, JobRecord[]>()

  add(job: JobRecord): void {
    const list = this.#listOf(job)
    list.splice(placeInQueue(list, job), 0, job)
  }

  remove(job: JobRecord): void {
    const list = this.#listOf(job)
    const index = placeInQueue(list, job)
    if (list[index]?.id === job.id) list.splice(index, 1)
    if (list.length === 0 && job.pins.nodeId !== undefined) this.#named.delete(job.pins.nodeId)
  }

  /** The first job that the node may take. */
  firstFor(node: NodeRecord): JobRecord | undefined {
    const named = this.#named.get(node.id)?.find((job) => fitOf(job, node).fits)
    const open = this.#open.find((job) => fitOf(job, node).fits)
    if (named === undefined || open === undefined) return named ?? open
    return compareInQueue(named, open) < 0 ? named : open
  }

  mayTake(job: JobRecord, node: NodeRecord): boolean {
    return fitOf(job, node).fits
  }

  #listOf({ pins }: JobRecord): JobRecord[] {
    if (pins.nodeId === undefined) return this.#open
    const list = this.#named.get(pins.nodeId) ?? []
    this.#named.set(pins.nodeId, list)
    return list
  }
}
