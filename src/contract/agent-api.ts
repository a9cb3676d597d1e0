// What an agent and the appliance say to each other under /agent/v1. Both sides check the same schemas. Pure.
// Every request carries `Authorization: Bearer <boot token>`; the token names one boot of one machine, is good from the address of that
// machine alone, and expires after hours.
import { type Static, Type } from 'typebox'
import { AssignedBy, ListedAppliance, WorkElsewhere } from './appliances.ts'
import { BootedSystem } from './boot-build.ts'
import { Inventory } from './inventory.ts'
import { Failure, Flow, Transfer } from './job.ts'
import { NamedObject } from './named.ts'
import { OnFailureStep, Step } from './steps.ts'
import { Digest, Features, SizeBytes } from './values.ts'

export const AGENT_API_PREFIX = '/agent/v1'

/** On any answer: a token of the same boot that lives longer. The agent shows it from then on. */
export const RENEWED_TOKEN_HEADER = 'platen-token'

/** POST /hello: may be repeated at any time, for instance after the appliance came back. */
export const Hello = NamedObject('Hello', {
  agentVersion: Type.String(),
  inventory: Inventory,
  /** Types of configuration that this machine may build, when it was started with some (platen.config=). */
  configTypes: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })),
  /** Features that the kernel command line asks for (platen.features=). */
  features: Type.Optional(Features),
  /** Which boot OS this is. Left out: an older one. */
  bootOs: Type.Optional(BootedSystem),
})
export type Hello = Static<typeof Hello>

/** POST /exchange, first of all and once in a boot: the token of the boot script stood where others can read it. */
export const BootExchange = NamedObject('BootExchange', {
  /** 256 random bits in base64url, that nobody else knows: who comes again with them gets a token again. */
  secret: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
})
export type BootExchange = Static<typeof BootExchange>

export const BootExchangeAnswer = NamedObject('BootExchangeAnswer', {
  /** Shown from now on; the one before opens nothing any more. */
  token: Type.String(),
})

export const HelloAnswer = NamedObject('HelloAnswer', {
  nodeId: Type.String(),
  nodeName: Type.String(),
  nodeState: Type.String(),
  heartbeatSeconds: Type.Number(),
  /** Other appliances that this agent may ask for jobs, in this order. */
  appliances: Type.Optional(Type.Array(ListedAppliance)),
  /** What it worked on for another appliance when it was heard of last: it goes on with that first. */
  elsewhere: Type.Optional(WorkElsewhere),
  /** Its record stands in a file of its system only, and has to be looked for there. Left out: no. */
  hasRecordInFile: Type.Optional(Type.Boolean()),
  /** Whether the agent sends the machine to its disk by BootNext, where the firmware has it. Left out: no. */
  usesBootNext: Type.Optional(Type.Boolean()),
})
export type HelloAnswer = Static<typeof HelloAnswer>

/** POST /claim: waits until a job is there or waitSeconds have passed (then 204). A running job of this node is given again. */
export const Claim = NamedObject('Claim', {
  waitSeconds: Type.Number({ minimum: 0, maximum: 60 }),
})
export type Claim = Static<typeof Claim>

/** POST /leave: there is nothing further to do and the machine goes to its disk; answered when nobody has anything against it. */
export const LeaveAnswer = NamedObject('LeaveAnswer', { mayLeave: Type.Literal(true) })

export const Assignment = NamedObject('Assignment', {
  /** Another appliance's job, handed out by a directory: everything about it is said there, with this token. */
  at: Type.Optional(AssignedBy),
  jobId: Type.String(),
  /** Names this claim; a report that carries an older one is refused with JOB_LEASE_LOST. */
  leaseId: Type.String(),
  leaseSeconds: Type.Number(),
  attempt: Type.Integer(),
  kind: Type.String(),
  steps: Type.Array(Step),
  /** Where to go on: steps before it are done and recorded. */
  stepIndex: Type.Integer(),
  /** What to do when a report is answered with on-failure. */
  onFailure: Type.Optional(OnFailureStep),
  /** The step at stepIndex has failed for good: go on with onFailure. */
  hasFailed: Type.Optional(Type.Boolean()),
  /** Lines of the agent that the job's log has: it numbers its next one with this, also in another attempt. Left out: none. */
  logLineCount: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Under which the profile's files are fetched: GET /profiles/<name>/<revision>/files/<path>. */
  profile: Type.Optional(Type.Object({ name: Type.String(), revision: Type.String() })),
  whenDone: Type.Union([Type.Literal('reboot'), Type.Literal('stay'), Type.Literal('power-off')]),
})
export type Assignment = Static<typeof Assignment>

/** POST /jobs/:jobId/heartbeat: renews the lease and tells what the agent does now. Kept in memory only. */
export const Heartbeat = NamedObject('Heartbeat', {
  leaseId: Type.String(),
  step: Type.Integer({ minimum: 0 }),
  minorState: Type.String({ maxLength: 200 }),
  percent: Type.Number({ minimum: 0, maximum: 100 }),
  secondsLeft: Type.Optional(Type.Integer({ minimum: 0 })),
  transfer: Transfer,
  flow: Type.Optional(Flow),
})
export type Heartbeat = Static<typeof Heartbeat>

/**
 * stop: the job was cancelled or belongs to another agent now; the agent drops it and claims again.
 * restart: the node was reclaimed; the agent drops the job and boots again.
 */
export const HeartbeatAnswer = NamedObject('HeartbeatAnswer', {
  order: Type.Union([Type.Literal('continue'), Type.Literal('stop'), Type.Literal('restart')]),
})
export type HeartbeatAnswer = Static<typeof HeartbeatAnswer>

/** POST /jobs/:jobId/log: lines from `firstLine` on; lines that the appliance has already are ignored, so it may be repeated. */
export const LogLines = NamedObject('LogLines', {
  leaseId: Type.String(),
  /** Number of the first line within the job, from 0; an Assignment tells where to begin. */
  firstLine: Type.Integer({ minimum: 0 }),
  lines: Type.Array(Type.String({ maxLength: 8192 }), { maxItems: 1000 }),
})
export type LogLines = Static<typeof LogLines>

/** POST /jobs/:jobId/departure: the machine goes down now for the reboot step; on disk when it is answered, may be repeated. */
export const Departure = NamedObject('Departure', { leaseId: Type.String(), step: Type.Integer({ minimum: 0 }) })
export type Departure = Static<typeof Departure>

/** POST /jobs/:jobId/files/:name?leaseId= (body: the bytes): a file that belongs to the job; the same name again replaces it. */
export const JOB_FILE_MAX_BYTES = 64 * 1024 * 1024
export const JobFileName = Type.String({ pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$' })

/** POST /jobs/:jobId/reports: one step ended. The same report may come twice; the second changes nothing. */
export const StepReport = NamedObject('StepReport', {
  leaseId: Type.String(),
  step: Type.Integer({ minimum: 0 }),
  /** on-failure-over: the step failed for good before, and what was to be done in that case has been done. */
  outcome: Type.Union([Type.Literal('done'), Type.Literal('failed'), Type.Literal('on-failure-over')]),
  seconds: Type.Number({ minimum: 0 }),
  transfer: Transfer,
  imageVersion: Type.Optional(Type.Integer()),
  contentDigest: Type.Optional(Digest),
  /** personalise, packages: what lies now where the files of the node's function are to be, by digest, read back. */
  configuration: Type.Optional(Type.Array(Type.Object({ to: Type.String(), digest: Digest }), { maxItems: 1000 })),
  failure: Type.Optional(Failure),
})
export type StepReport = Static<typeof StepReport>

/**
 * next-step: go on. repeat-step: try the same step again. ended: the job is over, recorded before this answer.
 * on-failure: it has failed, which is recorded; do what is to be done in that case, then report that it is over.
 */
export const StepReportAnswer = NamedObject('StepReportAnswer', {
  order: Type.Union([Type.Literal('next-step'), Type.Literal('repeat-step'), Type.Literal('ended'), Type.Literal('on-failure')]),
})
export type StepReportAnswer = Static<typeof StepReportAnswer>

/** POST /chunks/missing */
export const MissingQuery = NamedObject('MissingQuery', { digests: Type.Array(Digest, { maxItems: 4096 }) })
export type MissingQuery = Static<typeof MissingQuery>
export const MissingAnswer = NamedObject('MissingAnswer', { missing: Type.Array(Digest) })
export type MissingAnswer = Static<typeof MissingAnswer>

/** POST /jobs/:jobId/reservation: asked before a capture sends its first chunk; refused with IMAGE_STORE_FULL. */
export const ReservationRequest = NamedObject('ReservationRequest', { leaseId: Type.String(), usedBytes: SizeBytes })
export type ReservationRequest = Static<typeof ReservationRequest>

/** POST /jobs/:jobId/disks: told before a step writes to disks, by what tells them from others; the node keeps them. */
export const DisksNote = NamedObject('DisksNote', {
  leaseId: Type.String(),
  disks: Type.Array(Type.String({ maxLength: 600 }), { maxItems: 64 }),
})
export type DisksNote = Static<typeof DisksNote>
export const DisksNoted = NamedObject('DisksNoted', { noted: Type.Boolean() })
export type DisksNoted = Static<typeof DisksNoted>

/** POST /jobs/:jobId/manifest (body: a Manifest): the version is published, or an error says which chunk lacks. */
export const ManifestAnswer = NamedObject('ManifestAnswer', {
  imageName: Type.String(),
  version: Type.Integer(),
  manifestDigest: Digest,
})
export type ManifestAnswer = Static<typeof ManifestAnswer>
