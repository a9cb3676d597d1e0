// A job as people see it: the kept record and the last heartbeat in the field's status words. Pure.
import type { JobStatus, JobView, Transfer } from '../../contract/job.ts'
import type { Progress } from './leases.ts'
import { notOfferedBecause } from './readiness.ts'
import { isEnded, type JobRecord } from './record.ts'

export interface ViewFacts {
  readonly nodeName: string | undefined
  readonly progress: Progress | undefined
  readonly now: number
}

export function viewJob(job: JobRecord, { nodeName, progress, now }: ViewFacts): JobView {
  const { life } = job
  const notOffered = notOfferedBecause(job, now)
  return {
    id: job.id,
    state: life.phase,
    request: job.request,
    ...(job.nodeId === undefined ? {} : { nodeId: job.nodeId }),
    ...(nodeName === undefined ? {} : { nodeName }),
    attempt: life.attempt,
    stepIndex: life.phase === 'queued' ? 0 : life.stepIndex,
    stepKinds: [...job.stepKinds],
    queuedAt: job.queuedAt,
    ...(notOffered === undefined ? {} : { notOffered }),
    status: statusOf(job, progress, notOffered),
    results: [...job.results],
    ...(job.failure === undefined ? {} : { failure: job.failure }),
    imageName: job.pins.imageName,
    ...(job.pins.profileRevision === undefined ? {} : { profileRevision: job.pins.profileRevision }),
  }
}

function statusOf(job: JobRecord, progress: Progress | undefined, notOffered: string | undefined): JobStatus {
  return {
    ...(job.nodeId === undefined ? {} : { nodeId: job.nodeId }),
    ...(job.startedAt === undefined ? {} : { startedAt: job.startedAt }),
    ...(job.completedAt === undefined ? {} : { completedAt: job.completedAt }),
    ...phaseOf(job, progress, notOffered),
    transfer: sum([...job.results.map(({ transfer }) => transfer), ...(progress === undefined ? [] : [progress.transfer])]),
  }
}

/** percent and secondsLeft are those of the step that runs, as its agent sees them. */
function phaseOf(
  { life, stepKinds, failure, ...job }: JobRecord,
  progress: Progress | undefined,
  notOffered = 'waits for a node',
): Omit<JobStatus, 'transfer'> {
  if (life.phase === 'queued') {
    return { majorState: 'queued', minorState: notOffered, percent: 0 }
  }
  if (life.phase === 'running') {
    const { secondsLeft } = progress ?? {}
    return {
      majorState: stepKinds[life.stepIndex]!,
      minorState: progress?.minorState ?? 'starting',
      percent: progress?.percent ?? 0,
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
    }
  }
  const percent =
    isEnded({ life }) && life.phase === 'succeeded' ? 100 : Math.floor((100 * job.results.length) / stepKinds.length)
  return { majorState: life.phase, minorState: failure?.message ?? '', percent: Math.min(100, percent) }
}

function sum(transfers: readonly Transfer[]): Transfer {
  const total: Transfer = {}
  for (const transfer of transfers) {
    for (const [key, bytes] of Object.entries(transfer) as [keyof Transfer, number][]) total[key] = (total[key] ?? 0) + bytes
  }
  return total
}
