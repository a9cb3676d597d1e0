// One place up or down in the queue, in the words of the appliance, which knows "before" alone. Pure.
import type { JobView } from '../app/api.ts'

export interface QueueMove {
  readonly jobId: string
  /** Left out: to the head. */
  readonly before?: string
}

/** undefined: it is the first, or the last, already. One place down is: the next one goes before it. */
export function targetOf(
  queue: readonly Pick<JobView, 'id'>[],
  jobId: string,
  where: 'earlier' | 'later',
): QueueMove | undefined {
  const at = queue.findIndex(({ id }) => id === jobId)
  const neighbour = queue[where === 'earlier' ? at - 1 : at + 1]
  if (at < 0 || neighbour === undefined) return undefined
  return where === 'earlier' ? { jobId, before: neighbour.id } : { jobId: neighbour.id, before: jobId }
}
