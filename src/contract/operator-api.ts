// What a person's tools say to the appliance under /api/v1. The CLI and the console use nothing else. Pure.
// Every request carries `Authorization: Bearer <operator token>`.
import { type Static, Type } from 'typebox'
import { Inventory } from './inventory.ts'
import { JobView } from './job.ts'
import { ProfileView } from './profile.ts'
import { Architecture, Instant } from './values.ts'

export const OPERATOR_API_PREFIX = '/api/v1'

export const NodeState = Type.Union([
  Type.Literal('discovered'),
  Type.Literal('approved'),
  Type.Literal('held'),
  Type.Literal('retired'),
])
export type NodeState = Static<typeof NodeState>

export const NodeView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  state: NodeState,
  /** Why it is held. */
  holdReason: Type.Optional(Type.String()),
  firstSeenAt: Instant,
  lastSeenAt: Instant,
  /** boot-os: its agent spoke within the last heartbeats. */
  presence: Type.Union([Type.Literal('boot-os'), Type.Literal('away')]),
  inventory: Inventory,
  runningJobId: Type.Optional(Type.String()),
  /** What the last verified deploy put on it. */
  installed: Type.Optional(Type.Object({ imageName: Type.String(), version: Type.Integer(), at: Instant })),
})
export type NodeView = Static<typeof NodeView>

export const NodeChange = Type.Object({ name: Type.Optional(Type.String()) }, { additionalProperties: false })

export const ErrorBody = Type.Object({ code: Type.String(), message: Type.String(), hint: Type.String() })
export type ErrorBody = Static<typeof ErrorBody>

/** One file of a boot OS or loader build, with what it was made from. */
export const BootArtefact = Type.Object({ name: Type.String(), sizeBytes: Type.Integer(), digest: Type.String() })
export const BootInput = Type.Object({ name: Type.String(), version: Type.String(), digest: Type.String() })
export const BootBuildView = Type.Object({
  architecture: Architecture,
  builtAt: Instant,
  artefacts: Type.Array(BootArtefact),
  inputs: Type.Array(BootInput),
})
export type BootBuildView = Static<typeof BootBuildView>

/** GET /nodes. One node: GET /nodes/:node (id or name); POST /nodes/:node/approve with a NodeChange gives the NodeView. */
export const NodeList = Type.Object({ nodes: Type.Array(NodeView) })
export type NodeList = Static<typeof NodeList>

/** GET /jobs, in the order of the queue, ended ones last. POST /jobs with a JobRequest and GET /jobs/:jobId give a JobView. */
export const JobList = Type.Object({ jobs: Type.Array(JobView) })
export type JobList = Static<typeof JobList>

/** POST /jobs/:jobId/cancel gives the JobView. */
export const JobCancel = Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false })
export type JobCancel = Static<typeof JobCancel>

/** GET /jobs/:jobId/log?fromLine=0: what there is from that line on; the next request starts at nextLine. */
export const JobLog = Type.Object({ lines: Type.Array(Type.String()), nextLine: Type.Integer({ minimum: 0 }) })
export type JobLog = Static<typeof JobLog>

/** GET /profiles */
export const ProfileList = Type.Object({ profiles: Type.Array(ProfileView) })
export type ProfileList = Static<typeof ProfileList>
