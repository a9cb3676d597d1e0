// One queued unit of work: what is asked, and what a person sees of it. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { CheckWish } from './hardware.ts'
import { ReadAs } from './image.ts'
import { DiskHint } from './inventory.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { JobOutcome } from './outcome.ts'
import { PackageName, PackageRelation } from './package.ts'
import { Personalise, PersonaliseWish } from './personalise.ts'
import { RunWish } from './run.ts'
import { CheckDepth } from './steps.ts'
import { Architecture, Firmware, Instant, Name, SizeBytes } from './values.ts'
import { WipeWish } from './wipe.ts'

export const JobKind = NamedUnion('JobKind', [
  Type.Literal('build'),
  Type.Literal('capture'),
  Type.Literal('deploy'),
  Type.Literal('heal'),
  Type.Literal('try'),
  Type.Literal('packages'),
  Type.Literal('run'),
  Type.Literal('wipe'),
  Type.Literal('check'),
])
export type JobKind = Static<typeof JobKind>

export const JobState = NamedUnion('JobState', [
  Type.Literal('queued'),
  Type.Literal('running'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('timed-out'),
  Type.Literal('cancelled'),
])
export type JobState = Static<typeof JobState>

const seconds = (fallback: number) => Type.Integer({ minimum: 1, maximum: 30 * 86_400, default: fallback })

const strict = { additionalProperties: false }
const Label = Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$' })

/** What a node must be or have to take the job; nothing said, nothing asked. */
export const JobNeeds = NamedObject(
  'JobNeeds',
  {
    nodeClass: Type.Optional(Name),
    /** One of the types that the node was set up to build. */
    configType: Type.Optional(Label),
    tags: Type.Optional(Type.Array(Label, { maxItems: 50 })),
    architecture: Type.Optional(Architecture),
    firmware: Type.Optional(Firmware),
    /** At least one disk of this size. */
    minDiskBytes: Type.Optional(SizeBytes),
    minMemoryBytes: Type.Optional(SizeBytes),
  },
  strict,
)
export type JobNeeds = Static<typeof JobNeeds>

/** The head of a list in the older XML. */
export const ImportedList = Type.Object(
  {
    title: Type.Optional(Type.String({ maxLength: 200 })),
    builtAt: Type.Optional(Instant),
    logFile: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  strict,
)
export type ImportedList = Static<typeof ImportedList>

/** What a person or a program posts. */
export const JobRequest = NamedObject(
  'JobRequest',
  {
    kind: JobKind,
    /** Node id or name; left out on a build: any approved node that fits takes it. */
    node: Type.Optional(Type.String()),
    /** build: the profile that says how. */
    profile: Type.Optional(Name),
    /** capture, deploy, heal, try: the image. build: the profile names it. */
    image: Type.Optional(Name),
    /** deploy, heal, try: a version number; left out, the newest. */
    version: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Which disk; left out, the only one that the machine has. */
    disk: Type.Optional(DiskHint),
    /** Consent to erase a disk that holds data this system did not put there. */
    eraseForeignData: Type.Boolean({ default: false }),
    /** capture: copy partitions with an unknown filesystem block by block. */
    includeUnknown: Type.Boolean({ default: false }),
    /** capture: how the disk is to be read where more than one reading can be true; left out, that is refused. */
    as: Type.Optional(ReadAs),
    /** capture: copy a filesystem that its own check finds broken as it is, and mark the image. */
    includeBroken: Type.Optional(Type.Boolean()),
    /** deploy: how much the filesystems' own checks look at afterwards; left out: quick. */
    verify: Type.Optional(CheckDepth),
    /** capture, deploy: the further disks of an image of several, in its order. */
    moreDisks: Type.Optional(Type.Array(DiskHint, { maxItems: 31 })),
    /** capture: name or number of the partition that is to grow on larger disks; left out, the last that can. */
    grow: Type.Optional(Type.String({ maxLength: 36 })),
    /** deploy: partitions keep the size of the image, however large the disk is. */
    keepSizes: Type.Optional(Type.Boolean()),
    /** deploy: the copy gets disk and partition ids of its own. */
    newGuids: Type.Optional(Type.Boolean()),
    /** deploy: false leaves the blocks that nobody uses as they are; left out, the disk is told of them. */
    discard: Type.Optional(Type.Boolean()),
    /** deploy: names, ids and keys of its own for the copy; left out, as a class of the node says, else the profile of the image. */
    personalise: Type.Optional(PersonaliseWish),
    /** deploy: installed after the image. packages: installed, or changed to a version that fits; what else the node has stays as it is where it can. */
    packages: Type.Optional(Type.Array(PackageRelation, { maxItems: 500 })),
    /** packages: taken off the node. */
    removePackages: Type.Optional(Type.Array(PackageName, { maxItems: 500 })),
    /** packages: look whether all that the node has is as it was installed. */
    checkPackages: Type.Optional(Type.Boolean()),
    /** run: the scripts, and where they run. */
    run: Type.Optional(RunWish),
    /** wipe: by what; its disks are named by serial, WWN or path. */
    wipe: Type.Optional(WipeWish),
    /** check: what is measured, for how long, and what it is held against. */
    check: Type.Optional(CheckWish),
    /** Overrides of the profile's variables; run: what scripts see as PLATEN_VAR_NAME. */
    variables: Type.Optional(Type.Record(Type.String(), Type.String())),
    /** Higher runs first. */
    priority: Type.Integer({ minimum: -1000, maximum: 1000, default: 0 }),
    /** Among equals, the earlier deadline first. */
    deadlineAt: Type.Optional(Instant),
    maxAttempts: Type.Integer({ minimum: 1, maximum: 100, default: 3 }),
    /** Nobody took it for so long: who asked for it is told, and what whenNotAccepted says happens. */
    acceptTimeoutSeconds: Type.Optional(seconds(86_400)),
    /** keep (left out): it stays in the queue. remove: it ends timed-out. */
    whenNotAccepted: Type.Optional(Type.Union([Type.Literal('remove'), Type.Literal('keep')])),
    /** Taken, but not complete after so long: reclaimed. */
    completeTimeoutSeconds: seconds(6 * 3600),
    /** retry (left out): offered again while attempts are left. remove: it ends timed-out. */
    whenNotCompleted: Type.Optional(Type.Union([Type.Literal('retry'), Type.Literal('remove')])),
    /** How long a reclaimed job waits before it is offered again; doubles with each attempt, up to an hour. Left out: not at all. */
    backOffSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 3600 })),
    /** How often a failed step is tried again on the same machine, whatever its reason. Left out: as its profile says, or never. */
    stepRetries: Type.Optional(Type.Integer({ minimum: 0, maximum: 20 })),
    /** Seconds after which a step has failed, by its kind, over what the profile says. */
    stepTimeouts: Type.Optional(Type.Record(Type.String({ pattern: '^[a-z-]+$' }), Type.Integer({ minimum: 1 }))),
    needs: Type.Optional(JobNeeds),
    /** Ids of jobs that must have succeeded before this one is offered. */
    after: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
    /** Posted, but not offered before somebody resumes it. */
    held: Type.Optional(Type.Boolean()),
    /** For people: what it is for, who asked (told when it goes wrong), which batch it belongs to. */
    title: Type.Optional(Type.String({ maxLength: 200 })),
    originator: Type.Optional(Type.String({ maxLength: 200 })),
    batch: Type.Optional(Label),
    /** The id by which another system knows it. */
    externalId: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    /** What the list that it was imported from says of all of its jobs; given back with them. */
    importedFrom: Type.Optional(ImportedList),
    /** What the machine does when it has nothing further to do. */
    whenDone: Type.Union([Type.Literal('reboot'), Type.Literal('stay'), Type.Literal('power-off')], { default: 'reboot' }),
  },
  { additionalProperties: false },
)
export type JobRequest = Static<typeof JobRequest>

/** The counters of a step; each is a total since the step began. */
export const Transfer = NamedObject('Transfer', {
  bytesRead: Type.Optional(Type.Integer()),
  bytesSent: Type.Optional(Type.Integer()),
  bytesReceived: Type.Optional(Type.Integer()),
  bytesWritten: Type.Optional(Type.Integer()),
})
export type Transfer = Static<typeof Transfer>

/** What a step that moves an image waits for most. Network: or the appliance at its other end. */
export const Wall = NamedUnion('Wall', [Type.Literal('network'), Type.Literal('disk'), Type.Literal('processor')])
export type Wall = Static<typeof Wall>

/** How fast an image moves just now, and what keeps it from moving faster. */
export const Flow = NamedObject('Flow', {
  wall: Wall,
  diskBytesPerSecond: Type.Integer({ minimum: 0 }),
  networkBytesPerSecond: Type.Integer({ minimum: 0 }),
  /** Of the time of all threads that read, digest, compress and write. */
  processorPercent: Type.Integer({ minimum: 0, maximum: 100 }),
})
export type Flow = Static<typeof Flow>

/** The field's status words: client, times, major state (phase), minor state (what it does now), percent, seconds left. */
export const JobStatus = NamedObject('JobStatus', {
  nodeId: Type.Optional(Type.String()),
  startedAt: Type.Optional(Instant),
  completedAt: Type.Optional(Instant),
  majorState: Type.String(),
  minorState: Type.String(),
  /** Of the whole job. */
  percent: Type.Number({ minimum: 0, maximum: 100 }),
  /** Until the job is over; left out when nobody knows. */
  secondsLeft: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Of the step that runs, as its agent counts. */
  stepPercent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  transfer: Transfer,
  /** While a step moves an image. */
  flow: Type.Optional(Flow),
})
export type JobStatus = Static<typeof JobStatus>

/** What one finished step has to tell: seconds it took, bytes it moved, and what came of it. */
export const StepResult = NamedObject('StepResult', {
  step: Type.Integer({ minimum: 0 }),
  kind: Type.String(),
  seconds: Type.Number(),
  transfer: Transfer,
  /** capture: the version that was made. deploy, verify: the digest over the used blocks that the disk now holds. */
  imageVersion: Type.Optional(Type.Integer()),
  contentDigest: Type.Optional(Type.String()),
})
export type StepResult = Static<typeof StepResult>

export const Failure = NamedObject('Failure', { code: Type.String(), message: Type.String(), hint: Type.String() })
export type Failure = Static<typeof Failure>

/** GET /jobs/:jobId/status, and each event of GET /jobs/:jobId/status/stream. step: the number of the running one, from 1. */
export const JobStanding = NamedObject('JobStanding', {
  id: Type.String(),
  state: JobState,
  attempt: Type.Integer(),
  step: Type.Integer(),
  steps: Type.Integer(),
  nodeName: Type.Optional(Type.String()),
  ...JobStatus.properties,
  failure: Type.Optional(Failure),
})
export type JobStanding = Static<typeof JobStanding>

/** What its scripts left or collected when it failed, what they printed, certificates. */
export const JobFile = NamedObject('JobFile', { name: Type.String(), sizeBytes: Type.Integer() })
export type JobFile = Static<typeof JobFile>

/** A job as the operator sees it. */
export const JobView = NamedObject('JobView', {
  id: Type.String(),
  state: JobState,
  request: JobRequest,
  /** What posted it: wanted, a schedule, a roll-out. Left out: a person. */
  by: Type.Optional(Type.String()),
  nodeId: Type.Optional(Type.String()),
  nodeName: Type.Optional(Type.String()),
  attempt: Type.Integer(),
  stepIndex: Type.Integer(),
  stepKinds: Type.Array(Type.String()),
  queuedAt: Instant,
  /** Why nobody may take it now: held, waiting for other jobs, backing off. Left out: it is offered, or not queued. */
  notOffered: Type.Optional(Type.String()),
  status: JobStatus,
  results: Type.Array(StepResult),
  failure: Type.Optional(Failure),
  /** run, wipe, check: what its step showed in its last try. */
  outcome: Type.Optional(JobOutcome),
  /** The image that it makes or writes. */
  imageName: Type.Optional(Name),
  /** The profile revision that a build uses: fixed when the job was posted. */
  profileRevision: Type.Optional(Type.String()),
  /** deploy: what the copy gets of its own, whoever says so: fixed when the job was posted. */
  personalise: Type.Optional(Personalise),
})
export type JobView = Static<typeof JobView>
