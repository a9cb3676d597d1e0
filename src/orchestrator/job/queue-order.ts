// The order in which jobs are offered: priority (higher first), then deadline (earlier first), then age. Pure.
import type { JobRecord } from './record.ts'

type Ordered = Pick<JobRecord, 'sequence' | 'request'>

/** For sort: negative when a comes first. Total: no two jobs have the same sequence. */
export function compareInQueue(a: Ordered, b: Ordered): number {
  if (a.request.priority !== b.request.priority) return b.request.priority - a.request.priority
  const deadlines = deadlineOf(a) - deadlineOf(b)
  if (deadlines !== 0 && !Number.isNaN(deadlines)) return deadlines
  return a.sequence - b.sequence
}

/** Without a deadline: after all that have one. */
function deadlineOf({ request }: Ordered): number {
  return request.deadlineAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(request.deadlineAt)
}

/** Where a job belongs in a list that is in order (binary search). */
export function placeInQueue(list: readonly Ordered[], job: Ordered): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareInQueue(list[middle]!, job) < 0) low = middle + 1
    else high = middle
  }
  return low
}
