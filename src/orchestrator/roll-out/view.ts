// A roll-out as it is kept, and as people see it. Pure.
import type { NewRollOut, RollOutView } from '../../contract/roll-out.ts'
import { failuresOf, type KeptRollOut } from './advance.ts'

export interface RollOutRecord extends KeptRollOut {
  readonly id: string
  readonly nodeClass: string
  readonly wish: NewRollOut
  readonly startedAt: string
}

export function viewRollOut(record: RollOutRecord, nameOf: (nodeId: string) => string): RollOutView {
  const { id, nodeClass, phase, startedAt, ring, nodes } = record
  const { health, ...wish } = record.wish
  return {
    id,
    nodeClass,
    ...wish,
    phase,
    startedAt,
    needsHealth: health !== undefined,
    ring,
    nodes: nodes.map(({ nodeId, at, ring: own, jobId, reason }) => ({
      node: nameOf(nodeId),
      at,
      ...(own === undefined ? {} : { ring: own }),
      ...(jobId === undefined ? {} : { jobId }),
      ...(reason === undefined ? {} : { reason }),
    })),
    failures: failuresOf(record),
  }
}
