// The order in which jobs are offered: priority (higher first), then deadline (earlier first), then age; or where a person put them. Pure.
import type { JobRequest } from '../../contract/job.ts'

/** Where a job stands in the queue. */
export interface QueuePlace {
  readonly priority: number
  /** Milliseconds since 1970; null: none, after all that have one. */
  readonly deadline: number | null
  /** The job's sequence number; a fraction when a person put it between two others. */
  readonly position: number
}

interface Placed {
  readonly place: QueuePlace
}

export function placeOf({ priority, deadlineAt }: Pick<JobRequest, 'priority' | 'deadlineAt'>, sequence: number): QueuePlace {
  return { priority, deadline: deadlineAt === undefined ? null : Date.parse(deadlineAt), position: sequence }
}

/** For sort: negative when a comes first. */
export function compareInQueue({ place: a }: Placed, { place: b }: Placed): number {
  if (a.priority !== b.priority) return b.priority - a.priority
  if (a.deadline !== b.deadline) return (a.deadline ?? Number.POSITIVE_INFINITY) - (b.deadline ?? Number.POSITIVE_INFINITY)
  return a.position - b.position
}

/** The place right before `target`; `before` is what stands there now, if anything. */
export function placeBefore(target: QueuePlace, before: QueuePlace | undefined): QueuePlace {
  const sharesRank = before !== undefined && before.priority === target.priority && before.deadline === target.deadline
  return { ...target, position: sharesRank ? (before.position + target.position) / 2 : target.position - 1 }
}

/** Where a job belongs in a list that is in order (binary search). */
export function indexInQueue(list: readonly Placed[], job: Placed): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareInQueue(list[middle]!, job) < 0) low = middle + 1
    else high = middle
  }
  return low
}
