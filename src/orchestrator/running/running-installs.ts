// Packages jobs that the running system of a node does itself, without a restart. The job is one like any other: it is handed out, has a lease,
// a log and an end. Only a system whose disk has proven in this start that it is this node's is given one.

import { formatRecord } from '../../contract/disk-record.ts'
import { AppError } from '../../contract/errors.ts'
import type { Failure } from '../../contract/job.ts'
import type { InstallEnd, NodeOrder, NodeWords } from '../../contract/node-words.ts'
import type { PackagesStep } from '../../contract/steps.ts'
import type { Claims } from '../job/claims.ts'
import type { JobLogs } from '../job/log-files.ts'
import type { Plan } from '../job/plan.ts'
import type { JobRecord } from '../job/record.ts'
import type { Reports } from '../job/reports.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import type { RecordDesk } from '../present/record-desk.ts'
import { packagesNow } from '../wanted/difference.ts'
import { digestsOf, formatInstallPlan } from './install-plan.ts'

interface RunningInstallsDeps {
  readonly nodes: Nodes
  readonly claims: Pick<Claims, 'claimPackages'>
  readonly reports: Pick<Reports, 'heartbeat' | 'report' | 'addLog' | 'holds'>
  readonly records: Pick<RecordDesk, 'signAgain'>
  readonly logs: Pick<JobLogs, 'agentLineCount'>
  readonly plan: (job: JobRecord, node: NodeRecord) => Promise<Plan>
}

/** What a running system names of its job. */
export interface InstallLease {
  readonly jobId: string
  readonly leaseId: string
}

const LOST: Failure = {
  code: 'JOB_RECORD_REFUSED',
  message: 'the running system does not show the record that it was given after its packages changed',
  hint: 'See the log of the job; the next boot of the boot OS writes the record anew.',
}

export class RunningInstalls {
  readonly #deps: RunningInstallsDeps

  constructor(deps: RunningInstallsDeps) {
    this.#deps = deps
  }

  /** The packages job that waits for the node is handed to its system; undefined: there is none. On disk when it answers. */
  async orderFor(nodeId: string): Promise<NodeOrder | undefined> {
    const given = await this.#deps.claims.claimPackages(nodeId)
    return given === undefined ? undefined : { kind: 'install', jobId: given.job.id, leaseId: given.life.leaseId }
  }

  /** What is to be done, for a shell; where that is over and only the record lacks, nothing. */
  async plan(nodeId: string, { jobId, leaseId }: InstallLease): Promise<string> {
    return formatInstallPlan((await this.#stepOf(nodeId, { jobId, leaseId })) ?? NOTHING)
  }

  /** undefined: the job is past it. */
  async #stepOf(nodeId: string, lease: InstallLease): Promise<PackagesStep | undefined> {
    const { job, step } = this.#at(nodeId, lease)
    const { steps } = await this.#deps.plan(job, this.#deps.nodes.find(nodeId))
    const current = steps[step]
    return current?.kind === 'packages' ? current : undefined
  }

  /** false: the job is not its own any more. */
  beat(nodeId: string, { jobId, leaseId }: InstallLease): boolean {
    const words = { minorState: 'its running system changes packages', percent: 50, transfer: {} }
    const step = this.#deps.reports.holds(nodeId, jobId, leaseId)?.step ?? 0
    return this.#deps.reports.heartbeat(nodeId, jobId, { leaseId, step, ...words }).order === 'continue'
  }

  /** The signed record that the system is to keep; undefined: the job is over. */
  async end(nodeId: string, lease: InstallLease, { failure, seconds, lines }: InstallEnd): Promise<string | undefined> {
    const { reports, records, logs } = this.#deps
    const { jobId, leaseId } = lease
    const { job, step } = this.#at(nodeId, lease)
    if (lines.length > 0)
      await reports.addLog(nodeId, jobId, { leaseId, firstLine: await logs.agentLineCount(jobId), lines: [...lines] })
    if (job.stepKinds[step] === 'packages') {
      const configuration = digestsOf((await this.#stepOf(nodeId, lease))?.configuration)
      const outcome =
        failure === undefined ? ({ outcome: 'done', configuration } as const) : ({ outcome: 'failed', failure } as const)
      const { order } = await reports.report(nodeId, jobId, { leaseId, step, seconds, transfer: {}, ...outcome })
      if (order !== 'next-step') return undefined
    }
    return formatRecord(await records.signAgain(nodeId, jobId, leaseId))
  }

  /** The system has shown its disk again, and what that proves is known: the job ends by it. */
  async proven(nodeId: string, lease: InstallLease, words: NodeWords): Promise<void> {
    const { nodes, reports } = this.#deps
    const { job, step } = this.#at(nodeId, lease)
    const node = nodes.find(nodeId)
    const isShown =
      words.record !== undefined && node.present?.record === 'good' && isSame(packagesNow(node), node.installed?.packages)
    const outcome = isShown ? ({ outcome: 'done' } as const) : ({ outcome: 'failed', failure: LOST } as const)
    if (job.stepKinds[step] !== 'record') return
    await reports.report(nodeId, lease.jobId, { leaseId: lease.leaseId, step, seconds: 0, transfer: {}, ...outcome })
  }

  #at(nodeId: string, { jobId, leaseId }: InstallLease): { readonly job: JobRecord; readonly step: number } {
    const held = this.#deps.reports.holds(nodeId, jobId, leaseId)
    if (held?.job.request.kind === 'packages') return held
    throw new AppError(
      'JOB_LEASE_LOST',
      `job ${jobId} is not this system's any more`,
      'Nothing is to be done: the appliance hands it out again when it is due.',
    )
  }
}

const NOTHING = { removes: [], installs: [], checks: [] }

type Named = readonly { readonly name: string; readonly version: string }[]
const isSame = (a: Named, b: Named = []): boolean => namesOf(a) === namesOf(b)
const namesOf = (list: Named): string =>
  list
    .map(({ name, version }) => `${name} ${version}`)
    .sort()
    .join()
