// What is seen of the nodes of a roll-out: how their jobs are, what their systems said, and whether they came back from their disks.
import type { JobBook } from '../job/job-book.ts'
import { isEnded, type JobRecord } from '../job/record.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import type { KeptNode, NodeSight } from './advance.ts'

export interface JobsSeen {
  readonly book: Pick<JobBook, 'find' | 'queue'>
}

const GONE: NodeSight = { isGone: true, failedWays: 0 }

/** Read before they are asked for: jobs that ended lie in the history. */
export async function sightsOf(
  kept: readonly KeptNode[],
  { nodes, jobs }: { readonly nodes: Nodes; readonly jobs: JobsSeen },
): Promise<(nodeId: string) => NodeSight> {
  const sights = new Map<string, NodeSight>()
  for (const { nodeId, jobId, at } of kept) {
    const isMoving = at === 'moving' || at === 'returning'
    const job = jobId !== undefined && isMoving ? await jobs.book.find(jobId).catch(() => undefined) : undefined
    sights.set(nodeId, { ...(job === undefined ? {} : { job: jobSight(job) }), ...nodeSight(nodes.get(nodeId)) })
  }
  return (nodeId) => sights.get(nodeId) ?? GONE
}

function jobSight(job: JobRecord): NonNullable<NodeSight['job']> {
  if (!isEnded(job)) return { state: 'under-way' }
  if (job.life.phase === 'succeeded') return { state: 'succeeded' }
  return { state: 'ended-badly', reason: job.failure?.message ?? `it ${job.life.phase}` }
}

function nodeSight(node: NodeRecord | undefined): NodeSight {
  if (node === undefined) return GONE
  const said = node.present?.health
  const health =
    said === undefined
      ? {}
      : {
          health: {
            isGood: said.state === 'good',
            atMs: Date.parse(said.at),
            reason: said.reasons.join('; ') || 'it is not well',
          },
        }
  return { isGone: node.state !== 'approved', failedWays: node.localBoot?.failed?.length ?? 0, ...health }
}
