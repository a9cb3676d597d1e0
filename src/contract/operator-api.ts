// What a person's tools say to the appliance under /api/v1. The CLI and the console use nothing else. Pure.
// Every request carries `Authorization: Bearer <operator token>`.
import { type Static, Type } from 'typebox'
import { WorkElsewhere } from './appliances.ts'
import { ForSites } from './central/objects.ts'
import { ConfiguredFile } from './configuration.ts'
import { HardwareReport } from './hardware.ts'
import { Inventory } from './inventory.ts'
import { JobFile, JobView } from './job.ts'
import { NamedList } from './lists.ts'
import { NamedObject, NamedUnion } from './named.ts'
import { PackageRef } from './package.ts'
import { PersonaliseWish } from './personalise.ts'
import { Present } from './present.ts'
import { ProfileView } from './profile.ts'
import { Architecture, Firmware, Instant, Labels, LocalBootMethod, Mac, Name, SizeBytes } from './values.ts'
import { wantedFields } from './wanted.ts'

export { ApprovalRule, ApprovalRuleList, ExpectedMachine, NewApprovalRule } from './approval-rules.ts'

export const OPERATOR_API_PREFIX = '/api/v1'

export const NodeState = NamedUnion('NodeState', [
  Type.Literal('discovered'),
  Type.Literal('approved'),
  Type.Literal('held'),
  Type.Literal('retired'),
])
export type NodeState = Static<typeof NodeState>

export const NodeView = NamedObject('NodeView', {
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
  /** Addresses that it booted from. */
  bootMacs: Type.Array(Mac),
  runningJobId: Type.Optional(Type.String()),
  /** What the last verified deploy put on it. */
  installed: Type.Optional(
    Type.Object({
      imageName: Type.String(),
      version: Type.Integer(),
      at: Instant,
      /** Software beside the image, in the order in which it was installed. */
      packages: Type.Optional(Type.Array(PackageRef)),
      /** Files of its function that the last job put there. */
      configuration: Type.Optional(Type.Array(ConfiguredFile)),
      configuredBy: Type.Optional(Type.Object({ jobId: Type.String(), at: Instant })),
    }),
  ),
  /** What its own disk proved last. */
  present: Type.Optional(Present),
  hardware: Type.Optional(HardwareReport),
  tags: Type.Optional(Type.Array(Type.String())),
  /** Types of configuration that it builds. */
  configTypes: Type.Optional(Type.Array(Type.String())),
  location: Type.Optional(Type.String()),
  notes: Type.Optional(Type.String()),
  /** It says of itself what other nodes are: a person has to say which it is, or that it is none of them. Ids of the others. */
  doubt: Type.Optional(Type.Object({ reason: Type.String(), nodeIds: Type.Array(Type.String()) })),
  /** Where its agent, or a restart over SSH, last reached it. */
  address: Type.Optional(Type.String()),
  /** What its own system showed at the first contact over SSH since its disk was written. */
  sshHostKey: Type.Optional(Type.String()),
  /** A job of another appliance that its agent works on. */
  elsewhere: Type.Optional(Type.Object({ ...WorkElsewhere.properties, until: Instant })),
  /** How it is sent to its own disk: the first of the order is the way, the rest is tried when that one fails. */
  localBoot: Type.Optional(
    Type.Object({
      order: Type.Array(LocalBootMethod),
      /** Set by hand. */
      pinned: Type.Optional(LocalBootMethod),
      worked: Type.Optional(LocalBootMethod),
      /** After these it came straight back to the network. */
      failed: Type.Optional(Type.Array(LocalBootMethod)),
    }),
  ),
  /** What was different when it said hello again, newest last. */
  inventoryHistory: Type.Optional(Type.Array(Type.Object({ at: Instant, changes: Type.Array(Type.String()) }))),
})
export type NodeView = Static<typeof NodeView>

const strict = { additionalProperties: false }

/** PATCH /nodes/:node, and what an approval changes as well. */
export const NodeChange = NamedObject(
  'NodeChange',
  {
    name: Type.Optional(Type.String()),
    tags: Type.Optional(Labels),
    configTypes: Type.Optional(Labels),
    location: Type.Optional(Type.String({ maxLength: 200 })),
    notes: Type.Optional(Type.String({ maxLength: 4000 })),
    /** auto: what its record says worked. */
    localBoot: Type.Optional(Type.Union([LocalBootMethod, Type.Literal('auto')])),
  },
  strict,
)
export type NodeChange = Static<typeof NodeChange>

/** POST /nodes/:node/hold and /reclaim (takes its job away and boots it); POST /nodes/:node/release and /retire take no body. */
export const NodeHold = NamedObject('NodeHold', { reason: Type.String({ minLength: 1, maxLength: 500 }) }, strict)
export type NodeHold = Static<typeof NodeHold>

/** POST /nodes/:node/merge: the node becomes part of the other, whose view is the answer. */
export const NodeMerge = NamedObject('NodeMerge', { into: Type.String({ description: 'Id or name.' }) }, strict)

/** POST /nodes/:node/split: the machine that boots from this address is another one; the answer is the new node. */
export const NodeSplit = NamedObject('NodeSplit', { mac: Mac, name: Type.Optional(Type.String()) }, strict)

/** How the appliance logs into running nodes. Left out: root, 22, systemctl reboot. */
export const SshSettings = NamedObject(
  'SshSettings',
  {
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    restartCommand: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
  },
  strict,
)
export type SshSettings = Static<typeof SshSettings>

/** POST /nodes/:node/restart: over SSH, a node that runs a system of its own. */
export const NodeRestart = NamedObject(
  'NodeRestart',
  {
    /** Left out: where its agent or a restart last reached it. */
    address: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    /** It may show another host key than before, which is kept instead. */
    acceptNewKey: Type.Optional(Type.Boolean()),
  },
  strict,
)
export type NodeRestart = Static<typeof NodeRestart>
export const NodeRestartAnswer = NamedObject('NodeRestartAnswer', {
  node: Type.String(),
  via: Type.Union([Type.Literal('platen-node'), Type.Literal('ssh')]),
  /** Over SSH. */
  address: Type.Optional(Type.String()),
  /** As ssh-keygen -l shows it; kept with the node. */
  hostKey: Type.Optional(Type.String()),
  isFirstContact: Type.Optional(Type.Boolean()),
})
export type NodeRestartAnswer = Static<typeof NodeRestartAnswer>

/** GET /ssh-key: the public half of the key by which the appliance logs into nodes. */
export const SshKeyView = NamedObject('SshKeyView', { publicKey: Type.String(), fingerprint: Type.String() })
export type SshKeyView = Static<typeof SshKeyView>

/** All that is said must be true of a node; nothing said selects nothing. */
export const ClassSelector = NamedObject(
  'ClassSelector',
  {
    names: Type.Optional(Type.Array(Name)),
    tags: Type.Optional(Labels),
    architecture: Type.Optional(Architecture),
    firmware: Type.Optional(Firmware),
    manufacturer: Type.Optional(Type.String()),
    product: Type.Optional(Type.String()),
    locationPrefix: Type.Optional(Type.String()),
    minMemoryBytes: Type.Optional(SizeBytes),
  },
  strict,
)
export type ClassSelector = Static<typeof ClassSelector>

/** PUT /classes/:name makes or replaces one; DELETE /classes/:name removes it. */
export const NodeClass = NamedObject(
  'NodeClass',
  {
    name: Name,
    title: Type.Optional(Type.String({ maxLength: 200 })),
    selector: ClassSelector,
    /** What its nodes should run, where they do not say it themselves. */
    ...wantedFields,
    /** What deploys to its nodes give them of their own; of several classes the first by name that says it. */
    personalise: Type.Optional(PersonaliseWish),
    ssh: Type.Optional(SshSettings),
    /** How many jobs run on its nodes at the same time. */
    maxRunning: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Which sites that follow this appliance have it, too. */
    sites: Type.Optional(ForSites),
  },
  strict,
)
export type NodeClass = Static<typeof NodeClass>
export const NodeClassView = NamedObject('NodeClassView', {
  ...NodeClass.properties,
  /** It is changed at the central that this appliance follows. */
  fromCentral: Type.Optional(Type.Boolean()),
  nodes: Type.Array(Type.String()),
  /** What the entries of `runs` mean today; version left out: nothing that there is. */
  means: Type.Array(
    Type.Object({ architecture: Type.Optional(Architecture), image: Name, version: Type.Optional(Type.Integer()) }),
  ),
  /** Those of the nodes that run something else, in words. */
  behind: Type.Array(Type.Object({ node: Type.String(), runs: Type.String() })),
})
export type NodeClassView = Static<typeof NodeClassView>
export const NodeClassList = NamedList('NodeClassList', 'classes', NodeClassView)

/** POST /classes/:name/deploy: one job for each node; without an image, what the class should run. `nodes` must be how many there are, or nothing is posted. */
export const ClassDeploy = NamedObject(
  'ClassDeploy',
  {
    image: Type.Optional(Name),
    version: Type.Optional(Type.Integer({ minimum: 1 })),
    nodes: Type.Integer({ minimum: 1 }),
    priority: Type.Optional(Type.Integer({ minimum: -1000, maximum: 1000 })),
    eraseForeignData: Type.Optional(Type.Boolean()),
  },
  strict,
)
export type ClassDeploy = Static<typeof ClassDeploy>

/** GET /nodes. One node: GET /nodes/:node (id or name); POST /nodes/:node/approve with a NodeChange gives the NodeView. */
export const NodeList = NamedList('NodeList', 'nodes', NodeView)
export type NodeList = Static<typeof NodeList>

/** GET /jobs, in the order of the queue, ended ones last. POST /jobs with a JobRequest and GET /jobs/:jobId give a JobView. */
export const JobList = NamedList('JobList', 'jobs', JobView)
export type JobList = Static<typeof JobList>

/** POST /jobs/:jobId/cancel gives the JobView. */
export const JobCancel = NamedObject(
  'JobCancel',
  { reason: Type.Optional(Type.String({ maxLength: 500 })) },
  { additionalProperties: false },
)
export type JobCancel = Static<typeof JobCancel>

/** POST /jobs/:jobId/hold: not offered until POST /jobs/:jobId/resume; a running one is taken from its node first. */
export const JobHold = NamedObject(
  'JobHold',
  { reason: Type.Optional(Type.String({ maxLength: 500 })) },
  { additionalProperties: false },
)
export type JobHold = Static<typeof JobHold>

/** POST /jobs/:jobId/move: to the head of the queue, or right before another queued job; it takes over that one's priority and deadline. */
export const JobMove = NamedObject('JobMove', { before: Type.Optional(Type.String()) }, { additionalProperties: false })
export type JobMove = Static<typeof JobMove>

/** GET /jobs/:jobId/log?fromLine=0: what there is from that line on; the next request starts at nextLine. */
export const JobLog = NamedObject('JobLog', { lines: Type.Array(Type.String()), nextLine: Type.Integer({ minimum: 0 }) })
export type JobLog = Static<typeof JobLog>

/** GET /jobs/:jobId/files; one of them as bytes: GET /jobs/:jobId/files/:name. */
export const JobFileList = NamedObject('JobFileList', { files: Type.Array(JobFile) })
export type JobFileList = Static<typeof JobFileList>

/** GET /profiles */
export const ProfileList = NamedList('ProfileList', 'profiles', ProfileView)
export type ProfileList = Static<typeof ProfileList>
