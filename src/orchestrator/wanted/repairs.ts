// Posts the jobs that a difference asks for, when the agent of a node asks for work and has none. One at a time for each node, and never for ever.
import { AppError } from '../../contract/errors.ts'
import type { JobRequest } from '../../contract/job.ts'
import type { Log } from '../../store/index.ts'
import type { JobRecord } from '../job/record.ts'
import type { NodeLife } from '../node/life.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import { type Decision, decideRepair, type Repairs as Tried } from './decide.ts'
import { deployRequest, exactly, packagesRequest } from './deploy-request.ts'
import type { Standing, WantedDesk } from './desk.ts'
import type { JobsOfWanted } from './open-wanted-room.ts'
import type { Resolved } from './resolve.ts'

interface RepairsDeps {
  readonly nodes: Nodes
  readonly nodeLife: Pick<NodeLife, 'hold'>
  readonly desk: WantedDesk
  readonly jobs: () => JobsOfWanted
  readonly log: Log
}

/** Who asked for a job that a difference made. */
export const BY_WANTED = 'wanted'

export class Repairs {
  readonly #deps: RepairsDeps
  /** Nodes for which something is being posted, held or noted. */
  readonly #busy = new Set<string>()

  constructor(deps: RepairsDeps) {
    this.#deps = deps
  }

  /** Its agent is here and has no job: what it proved is compared, and a job is in the queue when it answers, if one is due. */
  async look(nodeId: string): Promise<void> {
    if (this.#busy.has(nodeId)) return
    this.#busy.add(nodeId)
    try {
      await this.#dropWhatIsNotWanted(nodeId)
      const node = this.#deps.nodes.get(nodeId)
      if (node !== undefined) await this.#act(node, decideRepair(this.#deps.desk.factsOf(node)))
    } finally {
      this.#busy.delete(nodeId)
    }
  }

  async #act(node: NodeRecord, decision: Decision): Promise<void> {
    const { nodes, nodeLife, log } = this.#deps
    switch (decision.kind) {
      case 'leave':
        return
      case 'forget': {
        const { repairs: _over, ...right } = node
        await nodes.change(right)
        return
      }
      case 'hold': {
        const reason = `${decision.because}${await this.#lastFailure(node.repairs)} (NODE_REPAIR_DID_NOT_HELP)`
        log.warn({ node: node.name, code: 'NODE_REPAIR_DID_NOT_HELP' }, reason)
        await nodeLife.hold(node.id, reason)
        return
      }
      case 'post':
        return this.#post(node, decision.repairs)
    }
  }

  /** Counted on disk before it is posted: a crash in between costs one try, and never makes a loop. */
  async #post(node: NodeRecord, repairs: Tried): Promise<void> {
    const { nodes, desk, jobs, log } = this.#deps
    const request = requestFor(node.id, desk.standingOf(node))
    if (request === undefined) return
    await nodes.change({ ...node, repairs })
    try {
      const job = await jobs().post(request, BY_WANTED)
      log.info(
        { node: node.name, job: job.id, target: repairs.target, attempt: repairs.count },
        'posted what the node should run',
      )
      await nodes.change({ ...(nodes.get(node.id) ?? node), repairs: { ...repairs, lastJobId: job.id } })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      log.warn({ node: node.name, code: error.code }, `what it should run cannot be posted: ${error.message}`)
    }
  }

  /** A job of ours that nobody took yet, for something that is not wanted any more. */
  async #dropWhatIsNotWanted(nodeId: string): Promise<void> {
    const { nodes, desk, jobs } = this.#deps
    const node = nodes.get(nodeId)
    if (node === undefined) return
    const { resolution } = desk.standingOf(node)
    for (const job of jobs().book.queue.namedFor(nodeId)) {
      if (job.by === BY_WANTED && !brings(job, resolution.kind === 'resolved' ? resolution : undefined))
        await jobs().cancel(job.id, 'something else is wanted now')
    }
  }

  async #lastFailure(repairs: Tried | undefined): Promise<string> {
    if (repairs?.lastJobId === undefined) return ''
    const job = await this.#deps
      .jobs()
      .book.find(repairs.lastJobId)
      .catch(() => undefined)
    return job?.failure === undefined ? '' : `; the last one failed with ${job.failure.code}: ${job.failure.message}`
  }
}

function requestFor(nodeId: string, { resolution, difference }: Standing): JobRequest | undefined {
  if (difference.kind === 'packages') return packagesRequest(nodeId, difference.changes)
  if (difference.kind === 'files') return packagesRequest(nodeId, [])
  if (resolution.kind !== 'resolved' || resolution.image === undefined) return undefined
  return deployRequest(nodeId, resolution.image, resolution.packages.map(exactly))
}

function brings({ pins }: JobRecord, resolved: Resolved | undefined): boolean {
  const image = resolved?.image
  return image !== undefined && pins.imageName === image.imageName && pins.imageVersion === image.version
}
