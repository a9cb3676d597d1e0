// Counts the boots that ask for a job, and holds a machine that does not get on with it: the job goes back to the queue, where another
// machine may take it. Asked by the claims.
import type { Log } from '../../store/index.ts'
import type { JobRecord } from '../job/record.ts'
import type { NodeLife } from '../node/life.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { type BootCount, countBoot } from './count.ts'

interface BootCounterDeps {
  readonly nodes: Nodes
  readonly nodeLife: NodeLife
  readonly log: Log
  readonly maxBootsPerJob: number
}

export class BootCounter {
  readonly #deps: BootCounterDeps

  constructor(deps: BootCounterDeps) {
    this.#deps = deps
  }

  /** False: it booted too often for this step of the job, and is held. */
  async mayTake(job: JobRecord, node: NodeRecord, boot: string): Promise<boolean> {
    const { nodes, log, maxBootsPerJob } = this.#deps
    const stepIndex = job.life.phase === 'queued' ? 0 : job.life.stepIndex
    const boots = countBoot(node.boots, { jobId: job.id, stepIndex, boot })
    if (isSame(boots, node.boots)) return true
    // Seen at once, on disk behind the claim: a lost count costs one boot more.
    nodes
      .change({ ...(nodes.get(node.id) ?? node), boots })
      .catch((error: unknown) => log.error({ err: error }, 'a boot was not noted'))
    if (boots.count <= maxBootsPerJob) return true
    await this.#hold(node, job, boots)
    return false
  }

  async #hold({ id, name }: NodeRecord, job: JobRecord, { stepIndex }: BootCount): Promise<void> {
    const { nodeLife, log, maxBootsPerJob } = this.#deps
    const step = job.stepKinds[stepIndex] ?? job.request.kind
    const reason = `booted ${maxBootsPerJob} times for job ${job.id} without finishing its step ${step} (JOB_BOOTS_TOO_OFTEN)`
    log.warn({ node: name, job: job.id }, reason)
    await nodeLife.reclaim(id, reason)
  }
}

function isSame(one: BootCount, other: BootCount | undefined): boolean {
  return one.jobId === other?.jobId && one.stepIndex === other.stepIndex && one.boot === other.boot && one.count === other.count
}
