// Why a job waits: which nodes would take it, and what stands against the others, the commonest first. Pure.
import type { JobWait } from '../../contract/job-wait.ts'
import type { NodeRecord } from '../node/record.ts'
import { fitOf } from './fit.ts'
import type { JobRecord } from './record.ts'

export interface WaitFacts {
  isMember(nodeClass: string, node: NodeRecord): boolean
  /** It has a job that runs. */
  isBusy(nodeId: string): boolean
}

/** So many are named of each kind. */
const NAMED = 5

export function waitReasons(
  job: Pick<JobRecord, 'request' | 'pins'>,
  nodes: Iterable<NodeRecord>,
  { isMember, isBusy }: WaitFacts,
): Pick<JobWait, 'would' | 'against'> {
  const would: string[] = []
  const against = new Map<string, string[]>()
  for (const node of nodes) {
    // Out of service: nobody waits for it.
    if (node.state === 'retired') continue
    const reason = reasonOf(job, node, isMember) ?? (isBusy(node.id) ? 'works on another job' : undefined)
    if (reason === undefined) would.push(node.name)
    else against.set(reason, [...(against.get(reason) ?? []), node.name])
  }
  return {
    would: { count: would.length, nodes: would.slice(0, NAMED) },
    against: [...against]
      .map(([reason, names]) => ({ reason, count: names.length, nodes: names.slice(0, NAMED) }))
      .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)),
  }
}

/** Without the name of the node: the same is said of many. */
function reasonOf(
  job: Pick<JobRecord, 'request' | 'pins'>,
  node: NodeRecord,
  isMember: WaitFacts['isMember'],
): string | undefined {
  const fit = fitOf(job, node)
  if (!fit.fits) return fit.reason.startsWith(`${node.name} `) ? fit.reason.slice(node.name.length + 1) : fit.reason
  const { nodeClass } = job.request.needs ?? {}
  return nodeClass === undefined || isMember(nodeClass, node) ? undefined : `is not in the class ${nodeClass}`
}
