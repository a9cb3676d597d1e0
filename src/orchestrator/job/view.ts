// A job as people see it: the kept record and the last heartbeat in the field's status words. Pure.
import type { JobStatus, JobView, Transfer } from '../../contract/job.ts'
import { workerNameOf } from '../worker/worker-name.ts'
import { describeAway } from './away.ts'
import type { Progress } from './leases.ts'
import { jobPercent, jobSecondsLeft } from './progress.ts'
import { notOfferedBecause } from './readiness.ts'
import type { JobRecord } from './record.ts'
import type { JobLife } from './transition.ts'

export interface ViewFacts {
  readonly nodeName: string | undefined
  readonly progress: Progress | undefined
  /** Since when its step runs. */
  readonly stepSince: number | undefined
  /** What its steps took the last time. */
  readonly lastSeconds: readonly (number | undefined)[]
  /** What was said of this attempt before: it is never less. */
  readonly leastPercent: number
  readonly now: number
}

export function viewJob(job: JobRecord, facts: ViewFacts): JobView {
  const { life } = job
  const { nodeName, now } = facts
  const notOffered = notOfferedBecause(job, now)
  return {
    id: job.id,
    state: life.phase,
    request: job.request,
    ...(job.by === undefined ? {} : { by: job.by }),
    ...ownerOf(job),
    ...(nodeName === undefined || life.phase === 'queued' ? {} : { nodeName }),
    attempt: life.attempt,
    stepIndex: life.phase === 'queued' ? 0 : life.stepIndex,
    stepKinds: [...job.stepKinds],
    queuedAt: job.queuedAt,
    ...(notOffered === undefined ? {} : { notOffered }),
    status: statusOf(job, facts, notOffered),
    results: [...job.results],
    ...(job.failure === undefined ? {} : { failure: job.failure }),
    ...(job.pins.imageName === undefined ? {} : { imageName: job.pins.imageName }),
    ...(job.shown === undefined ? {} : { outcome: job.shown.outcome }),
    ...(job.pins.profileRevision === undefined ? {} : { profileRevision: job.pins.profileRevision }),
    ...(job.request.kind === 'deploy' && job.pins.personalise ? { personalise: job.pins.personalise } : {}),
  }
}

/** Who has it, or had it to its end. One that waits again is nobody's, whoever had it before. */
function ownerOf({ life, nodeId }: JobRecord): { readonly nodeId?: string } {
  return nodeId === undefined || life.phase === 'queued' ? {} : { nodeId }
}

function statusOf(job: JobRecord, facts: ViewFacts, notOffered: string | undefined): JobStatus {
  const progress = progressOfStep(job.life, facts.progress)
  return {
    ...ownerOf(job),
    ...(job.startedAt === undefined ? {} : { startedAt: job.startedAt }),
    ...(job.completedAt === undefined ? {} : { completedAt: job.completedAt }),
    ...phaseOf(job, facts, notOffered),
    transfer: sum([...job.results.map(({ transfer }) => transfer), ...(progress === undefined ? [] : [progress.transfer])]),
    ...(progress?.flow === undefined ? {} : { flow: progress.flow }),
  }
}

function phaseOf(
  { life, stepKinds, failure, ...job }: JobRecord,
  { progress, stepSince, lastSeconds, leastPercent, now }: ViewFacts,
  notOffered = 'waits for a node',
): Omit<JobStatus, 'transfer' | 'flow'> {
  if (life.phase === 'queued') {
    return { majorState: 'queued', minorState: notOffered, percent: 0 }
  }
  if (life.phase === 'running') {
    const since = life.away?.at ?? stepSince ?? now
    const { percent: stepPercent, secondsLeft: stepSecondsLeft, minorState } = progressOfStep(life, progress) ?? {}
    const elapsedSeconds = Math.max(0, now - since) / 1000
    const input = { stepKinds, stepIndex: life.stepIndex, lastSeconds, elapsedSeconds, stepPercent, stepSecondsLeft }
    // A worker says how far the whole of it is.
    const ofWorker =
      workerNameOf(life.nodeId) === undefined ? undefined : { percent: stepPercent ?? 0, secondsLeft: stepSecondsLeft }
    const secondsLeft = life.isFailing ? undefined : ofWorker === undefined ? jobSecondsLeft(input) : ofWorker.secondsLeft
    return {
      majorState: life.isFailing ? 'on-failure' : stepKinds[life.stepIndex]!,
      minorState: life.away === undefined ? (minorState ?? 'starting') : describeAway(life.away),
      percent: Math.max(leastPercent, ofWorker?.percent ?? jobPercent(input)),
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
      ...(stepPercent === undefined ? {} : { stepPercent }),
    }
  }
  const byResults = Math.min(100, Math.floor((100 * job.results.length) / stepKinds.length))
  const percent = life.phase === 'succeeded' ? 100 : (job.reachedPercent ?? byResults)
  return { majorState: life.phase, minorState: failure?.message ?? '', percent }
}

/** A heartbeat that was under way when its step ended says nothing of the next one. */
function progressOfStep(life: JobLife, progress: Progress | undefined): Progress | undefined {
  return life.phase === 'running' && progress?.step === life.stepIndex ? progress : undefined
}

function sum(transfers: readonly Transfer[]): Transfer {
  const total: Transfer = {}
  for (const transfer of transfers) {
    for (const [key, bytes] of Object.entries(transfer) as [keyof Transfer, number][]) total[key] = (total[key] ?? 0) + bytes
  }
  return total
}
