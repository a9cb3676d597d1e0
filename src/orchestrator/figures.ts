// How many nodes and jobs there are in which state: what a chart is drawn from. Pure.
import type { NodeState } from '../contract/operator-api.ts'
import type { JobRecord } from './job/record.ts'
import type { NodeRecord } from './node/record.ts'

export interface FleetFigures {
  readonly nodes: Readonly<Record<NodeState, number>>
  readonly running: number
  /** Those that nobody holds. */
  readonly queued: number
  readonly held: number
}

export function figuresOf(nodes: Iterable<NodeRecord>, unended: Iterable<JobRecord>): FleetFigures {
  const byState: Record<NodeState, number> = { discovered: 0, approved: 0, held: 0, retired: 0 }
  for (const { state } of nodes) byState[state]++
  const jobs = { running: 0, queued: 0, held: 0 }
  for (const { life } of unended) {
    if (life.phase === 'running') jobs.running++
    else if (life.phase === 'queued') jobs[life.hold === undefined ? 'queued' : 'held']++
  }
  return { nodes: byState, ...jobs }
}
