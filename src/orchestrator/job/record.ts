// A job as it is kept. Pure: types, and the few questions that everybody asks of one.
import type { StepReportAnswer } from '../../contract/agent-api.ts'
import type { ConfiguredFile } from '../../contract/configuration.ts'
import type { Failure, JobKind, JobRequest, StepResult } from '../../contract/job.ts'
import type { PackageRef } from '../../contract/package.ts'
import type { PersonaliseWish } from '../../contract/personalise.ts'
import type { Architecture } from '../../contract/values.ts'
import type { Publication, Shown } from './evidence.ts'
import type { QueuePlace } from './queue-order.ts'
import type { JobLife } from './transition.ts'

export interface JobRecord {
  readonly id: string
  /** Grows with each post: age without comparing clocks. */
  readonly sequence: number
  readonly request: JobRequest
  /** Who or what posted it. Left out: a person. */
  readonly by?: string
  readonly queuedAt: string
  /** Since when it is offered, if that was later: the accept timeout runs from here. */
  readonly offeredAt?: string
  readonly life: JobLife
  readonly place: QueuePlace
  /** Jobs that must succeed before; those that did are taken out. */
  readonly waitsFor?: readonly string[]
  readonly pins: JobPins
  readonly stepKinds: readonly string[]
  /** How often each step is tried again, as the profile says; left out: never. */
  readonly stepRetries?: readonly number[]
  /** Names of the secrets that each step is given; left out: none is. */
  readonly stepSecrets?: readonly (readonly string[])[]
  /** There is something to do when it has failed. */
  readonly hasOnFailure?: true
  readonly results: readonly StepResult[]
  /** What its capture step published last. */
  readonly publication?: Publication
  /** What its step of a run, wipe or check showed last. */
  readonly shown?: Shown
  /** Node that had it last; stays when it is queued again or ends. */
  readonly nodeId?: string
  readonly startedAt?: string
  readonly completedAt?: string
  readonly failure?: Failure
  /** How far its last attempt was when it ended badly. */
  readonly reachedPercent?: number
  /** The answer to the last step report, so that the same report gets the same answer, even after a restart. */
  readonly lastReport?: LastReport
}

/** What the request left open, decided when it was posted, so that every attempt does the same. */
export interface JobPins {
  /** Node id, when the request names a node. */
  readonly nodeId?: string
  readonly architecture?: Architecture
  readonly profileRevision?: string
  /** Left out: it works on a machine and on no image. */
  readonly imageName?: string
  readonly imageVersion?: number
  readonly manifestDigest?: string
  /** build: what its version will say that it provides. */
  readonly features?: readonly string[]
  /** Versions of packages that it installs, in this order. */
  readonly packages?: readonly PackageRef[]
  /** deploy, packages: files of the node's function. build: those that the profile names. Left out: none. */
  readonly configuration?: readonly ConfiguredFile[]
  /** deploy: what the copy gets of its own. build: what its version will say of its copies. */
  readonly personalise?: PersonaliseWish
}

export interface LastReport {
  /** Digest of the report. */
  readonly mark: string
  readonly order: StepReportAnswer['order']
}

const WRITING: Readonly<Record<JobKind, boolean>> = {
  build: true,
  deploy: true,
  capture: false,
  heal: false,
  try: false,
  packages: false,
  run: false,
  wipe: true,
  check: false,
}

/** Whether it replaces what is on the node's disk. */
export function isWriting(job: Pick<JobRecord, 'request'>): boolean {
  return WRITING[job.request.kind]
}

export function isEnded({ life }: Pick<JobRecord, 'life'>): boolean {
  return life.phase !== 'queued' && life.phase !== 'running'
}
