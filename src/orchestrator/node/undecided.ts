// How many machines may wait for a person's decision: anybody can say hello, and each takes memory. Pure.
import type { NodeRecord } from './record.ts'

/** Far more than anybody approves in a day; each may hold as much as one hello. */
export const MOST_UNDECIDED = 512

type Undecided = Pick<NodeRecord, 'id' | 'name' | 'state' | 'lastSeenAt' | 'assignedMacs'>

/** Those that give way so that there is room for one more: the ones that were not heard of for longest. One that waits asks all the time. */
export function roomForOneMore(
  nodes: Iterable<Undecided>,
  lastWordAt: (id: string) => number | undefined,
): readonly Pick<NodeRecord, 'id' | 'name'>[] {
  // What a person split off is no stranger.
  const undecided = [...nodes].filter(({ state, assignedMacs }) => state === 'discovered' && assignedMacs === undefined)
  const surplus = undecided.length - MOST_UNDECIDED + 1
  if (surplus <= 0) return []
  const heardAt = ({ id, lastSeenAt }: Undecided): number => lastWordAt(id) ?? Date.parse(lastSeenAt)
  return undecided.sort((a, b) => heardAt(a) - heardAt(b)).slice(0, surplus)
}
