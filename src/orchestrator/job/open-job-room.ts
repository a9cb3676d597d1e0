// Joins the parts of this folder: what is kept of jobs, who gets them, what agents say of them, and the clock that ends them.
import { join } from 'node:path'
import type { JobRequest } from '../../contract/job.ts'
import type { ImageService, PackageService, Profiles } from '../../library/index.ts'
import type { Clock, Events, Log } from '../../store/index.ts'
import type { Collections } from '../collections.ts'
import type { NodeClasses } from '../node/classes.ts'
import { NodeTexts } from '../node/node-texts.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import type { RecordKey } from '../present/judge.ts'
import type { FunctionDesk, FunctionFiles } from '../wanted/function-desk.ts'
import { type ImportUpload, Uploads } from '../worker/uploads.ts'
import { workerNameOf } from '../worker/worker-name.ts'
import { Workers } from '../worker/workers.ts'
import { JobChanges } from './changes.ts'
import { Claims } from './claims.ts'
import { Departures } from './departures.ts'
import { JobBook } from './job-book.ts'
import { JobFiles } from './job-files.ts'
import { Jobs } from './jobs.ts'
import type { Leases } from './leases.ts'
import { JobLogs } from './log-files.ts'
import { Outcomes } from './outcomes.ts'
import type { JobRecord } from './record.ts'
import { Reports } from './reports.ts'
import { Room } from './room.ts'
import { RunFiles } from './run-files.ts'
import type { StepSecretsPort } from './step-secrets.ts'
import { STEP_TIMES_READ, StepTimes } from './step-times.ts'
import { Timeouts } from './timeouts.ts'
import { viewJob } from './view.ts'
import type { Waiters } from './waiters.ts'
import { Waiting } from './waiting.ts'

interface JobRoomDeps {
  readonly dataDir: string
  readonly leaseSeconds: number
  readonly maxRunning: number | undefined
  readonly collections: Pick<Collections, 'jobs' | 'history' | 'schedules'>
  readonly nodes: Nodes
  readonly classes: NodeClasses
  readonly images: ImageService
  readonly profiles: Profiles
  readonly packages: PackageService
  /** Signs certificates. */
  readonly recordKey: RecordKey
  readonly leases: Leases
  readonly waiters: Waiters
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
  /** Whether the node may be given its first job now. */
  readonly mayEnter: (node: NodeRecord) => Promise<boolean>
  /** Whether this boot of the node may have the job: it did not boot too often for it. */
  readonly mayTake: (job: JobRecord, node: NodeRecord, boot: string) => Promise<boolean>
  /** Posts what the node should run and does not, when that is due. */
  readonly look: (nodeId: string) => Promise<void>
  /** Brings into the store what a worker uploaded. */
  readonly importUpload: ImportUpload
  /** Files that a node gets by its function. */
  readonly filesOf: (node: NodeRecord) => FunctionFiles
  /** Left out: there are no functions. */
  readonly functions?: Pick<FunctionDesk, 'filesNamed'> | undefined
  readonly secrets: StepSecretsPort
  /** Of the appliance, for every template. */
  readonly facts: Readonly<Record<string, string>>
}

export async function openJobRoom(deps: JobRoomDeps) {
  const { dataDir, leaseSeconds, collections, nodes, classes, images, profiles, packages, leases, waiters, events, clock, log } =
    deps
  const logs = await JobLogs.open(join(dataDir, 'logs', 'jobs'), clock)
  const jobFiles = new JobFiles(dataDir)
  const requests = () => [
    ...book.unended().map(({ request }) => request),
    ...[...collections.schedules.values()].map(({ job }) => job),
  ]
  const runFiles = await RunFiles.open({ dataDir, now: () => clock.now(), used: () => runFilesOf(requests()) })
  const texts = await NodeTexts.open({ dataDir, now: () => clock.now(), used: () => textsOf(book.unended(), nodes.list()) })
  const stepTimes = new StepTimes()
  for (const job of (await collections.history.latest(STEP_TIMES_READ)).toReversed()) stepTimes.note(job)
  const view = (job: JobRecord) => {
    const { phase, attempt } = job.life
    const shown = phase === 'running' ? leases.shownOf(job.id, attempt, () => stepTimes.of(job)) : undefined
    const seen = viewJob(job, {
      nodeName: workerNameOf(job.nodeId) ?? nodes.get(job.nodeId ?? '')?.name,
      progress: leases.progressOf(job.id),
      stepSince: leases.stepSince(job.id),
      lastSeconds: shown?.lastSeconds ?? [],
      leastPercent: shown?.percent ?? 0,
      now: clock.now(),
    })
    if (shown !== undefined) shown.percent = seen.status.percent
    return seen
  }
  const room = new Room({ nodes, classes, leases, maxRunning: deps.maxRunning })
  const queueDesk = {
    isMember: (nodeClass: string, node: NodeRecord) => classes.isMember(nodeClass, node),
    hasRoom: (node: NodeRecord) => room.isFor(node),
  }
  const book = new JobBook({ store: collections.jobs, history: collections.history, clock, events, log, view, queueDesk })
  const leaseIds = book.unended().flatMap(({ life }) => (life.phase === 'running' ? [life.leaseId] : []))
  const uploads = await Uploads.open({ folder: join(dataDir, 'uploads'), importUpload: deps.importUpload }, new Set(leaseIds))
  const releaseImages = (jobId: string, leaseId: string) => {
    images.release(jobId)
    uploads.forget(leaseId)
  }
  const changes = new JobChanges({ book, nodes, leases, waiters, logs, clock, events, log, view, stepTimes, releaseImages })
  const timeouts = new Timeouts({ book, changes, nodes, leases, clock, log, leaseSeconds })
  const jobs = new Jobs({
    book,
    changes,
    nodes,
    classes,
    profiles,
    images,
    packages,
    runFiles,
    texts,
    filesOf: deps.filesOf,
    filesNamed: (names) => deps.functions?.filesNamed(names) ?? noFiles(names),
    logs,
    clock,
    view,
    facts: deps.facts,
    secrets: deps.secrets,
  })
  const plan = (job: JobRecord, node: NodeRecord) => jobs.plan(job, node)
  const { mayEnter, mayTake, look } = deps
  const claims = new Claims({ book, changes, nodes, leases, waiters, logs, clock, mayEnter, mayTake, look, plan })
  const departures = new Departures({ book, changes, nodes, leases, clock, log, plan })
  const reports = new Reports({ book, changes, nodes, leases, logs, clock, images, secrets: deps.secrets })
  const workers = new Workers({ book, changes, leases, reports, uploads, clock })
  const outcomes = new Outcomes({ book, nodes, reports, jobFiles, key: deps.recordKey, clock })
  const waiting = new Waiting({ book, nodes, classes, view })
  return {
    waiting,
    logs,
    jobFiles,
    runFiles,
    texts,
    outcomes,
    book,
    jobs,
    claims,
    departures,
    reports,
    timeouts,
    workers,
    uploads,
  }
}

/** Named by jobs that have not ended, and by those that the clock will post. */
function runFilesOf(requests: readonly Pick<JobRequest, 'run'>[]): ReadonlySet<string> {
  return new Set(requests.flatMap(({ run }) => run?.files.map(({ digest }) => digest) ?? []))
}

/** Named by jobs that have not ended, and by what nodes have. */
function textsOf(jobs: readonly Pick<JobRecord, 'pins'>[], nodes: readonly Pick<NodeRecord, 'installed'>[]): ReadonlySet<string> {
  const files = [
    ...jobs.flatMap(({ pins }) => pins.configuration ?? []),
    ...nodes.flatMap(({ installed }) => installed?.configuration ?? []),
  ]
  return new Set(files.map(({ digest }) => digest))
}

const noFiles = ([name]: readonly string[]): FunctionFiles => ({
  kind: 'refused',
  reason: `there is no template and no file ${name}`,
})
