// What this room is given and what it gives. Types only; index.ts makes one.
import type { FastifyPluginAsync } from 'fastify'
import type { Finding } from '../contract/doctor.ts'
import type { JobView } from '../contract/job.ts'
import type { NodeView, SshKeyView, SshSettings } from '../contract/operator-api.ts'
import type { FunctionWish } from '../contract/wanted.ts'
import type {
  BootBuildService,
  BundleThing,
  CaptureDesk,
  ContentDesk,
  ImageService,
  LibraryUse,
  PackageService,
  Profiles,
} from '../library/index.ts'
import type { Clock, Events, Log, State } from '../store/index.ts'
import type { BootAnswer, BootClient, KnownNode } from './boot/decision.ts'
import type { DirectoryMode } from './directory/directory-desk.ts'
import type { FleetFigures } from './figures.ts'
import type { ForSitesDesk } from './for-sites.ts'
import type { StepSecretsPort } from './job/step-secrets.ts'
import type { TextOnNode } from './node/node-texts.ts'
import type { IdentityMode } from './node/recognise.ts'
import type { BootSession } from './node/record.ts'
import type { MailServer } from './notices/originator-mail.ts'
import type { RecordKey } from './present/judge.ts'
import type { Sight } from './sight.ts'
import type { BootModel } from './wanted/boot-os.ts'
import type { FunctionDesk } from './wanted/function-desk.ts'
import type { ImportUpload } from './worker/uploads.ts'

export interface OrchestratorConfig {
  /** Holds logs/jobs/, job-files/, hooks/. Made when missing. */
  readonly dataDir: string
  /** Added to the boot OS's kernel command line. Left out: console=tty0 console=ttyS0,115200. */
  readonly kernelArguments?: readonly string[]
  /** Left out: 10. A lease lasts six of them. */
  readonly heartbeatSeconds?: number
  /** How many jobs run at the same time. Left out: as many as there are nodes. */
  readonly maxRunningJobs?: number
  /** Whether it is a directory of appliances, and what that one hands out. Left out: off. */
  readonly directoryMode?: DirectoryMode
  /** Directories that machines are told of on the kernel command line. */
  readonly directories?: readonly string[]
  /** Left out: score. log-only: by the address that it boots from, and the log says what the score would have said. */
  readonly identityMode?: IdentityMode
  /** How nodes are logged into; those of a node's class go over it. */
  readonly ssh?: SshSettings
  /** By which whoever posted a job is told that nobody takes it. Left out: by hooks alone. */
  readonly mail?: MailServer
  /** A machine that booted so often for one step of a job is held. Left out: 5. */
  readonly maxBootsPerJob?: number
  /** Boot OS of models, for nodes whose record and classes say nothing. */
  readonly bootModels?: readonly BootModel[]
}

/** Asked by this room, answered by whoever keeps the secrets: the token of one boot of one machine, for the address that it asks from. */
export interface BootTokensPort {
  make(mac: string, peer: string): string
  /** The boot that a token is for, when it is good now and given to this address. */
  sessionOf(token: string, peer: string): BootSession | undefined
}

export interface OrchestratorDeps {
  readonly state: State
  readonly images: ImageService
  readonly profiles: Profiles
  readonly packages: PackageService
  /** Left out: there are no functions. */
  readonly functions?: FunctionDesk
  readonly bootBuilds: BootBuildService
  readonly bootTokens: BootTokensPort
  /** By which it logs into running nodes. */
  readonly sshKey: SshKeyView & { readonly privateKey: string }
  /** By which it signs what deploys leave on disks. */
  readonly recordKey: RecordKey
  /** What steps of profiles are given. */
  readonly secrets: StepSecretsPort
  /** Makes the secrets by which running systems speak for their nodes. */
  readonly nodeCredentials: { issue(nodeId: string): Promise<string> }
  /** Brings into the store what a worker uploaded, as a capture under its lease. */
  readonly importUpload: ImportUpload
  /** More words of the boot OS's kernel command line, as they are when a machine boots. Left out: none. */
  readonly bootWords?: () => readonly string[]
  /** Certificates in PEM by which running systems know the HTTPS of this appliance. Left out: it has none. */
  readonly ca?: () => string
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
}

/** runningJobId left out: it has no job now. */
export type AgentNodeView = Pick<NodeView, 'id' | 'name' | 'state' | 'runningJobId'>

export interface Orchestrator {
  /** From memory, at once: may be asked for every packet. */
  mayBoot(mac: string): boolean
  bootAnswer(client: BootClient): BootAnswer
  /** What the nodes' records say is wrong, with what to do. */
  diagnose(): readonly Finding[]
  /** shim for a machine that started with Secure Boot on: its firmware refuses every loader that is not signed. */
  loaderFor(mac: string): 'shim' | undefined
  /** How many nodes and jobs are in which state. */
  figures(): FleetFigures
  /** Jobs that run now. */
  runningJobs(): readonly JobView[]
  /** The node that has this MAC now, with the names of its model. */
  nodeOf(mac: string): KnownNode | undefined
  /** What an agent's requests are let in by: the node that this boot speaks for, because it said hello and none did since. From memory. */
  agentNodeOf(mac: string, boot: string): AgentNodeView | undefined
  /** People are told that something about the machine with this MAC is not as it should be. */
  doubt(mac: string, reason: string): void
  /** Its machine has booted since: what is left of this boot is void. */
  isOverBoot(mac: string, boot: string): boolean
  /** Why a version must stay; undefined: nobody needs it. */
  useOf(imageName: string, version: number): string | undefined
  /** Names of the nodes that run a version. */
  nodesWith(imageName: string, version: number): readonly string[]
  /** Why a version of a package must stay; undefined: nobody needs it. */
  useOfPackage(name: string, version: string): string | undefined
  /** Who asks for a build of the boot OS, as sentences. */
  whoWantsBoot: LibraryUse['whoWantsBoot']
  /** Whether a job that has not ended builds with this revision of a profile. */
  buildsWith(profileRevision: string): boolean
  /** Which capture an agent may publish. */
  readonly captures: Required<CaptureDesk>
  /** What an agent may read: what its running job is pinned to. */
  readonly contents: ContentDesk
  /** Mounted inside the agent API, which authenticates. */
  readonly agentRoutes: FastifyPluginAsync
  /** Mounted beside it: the token is in the path. */
  readonly bootFileRoutes: FastifyPluginAsync
  /** All nodes, and the names of those that do not have what they should. */
  fleet(): { readonly nodes: readonly NodeView[]; readonly drifted: readonly string[] }
  /** undefined: there is no such node. */
  nodeState(nodeId: string): NodeView['state'] | undefined
  /** Mounted where running systems are let in. */
  readonly runningNodeRoutes: FastifyPluginAsync
  /** By id or name. Throws NODE_NOT_FOUND. */
  nodeView(idOrName: string): NodeView
  /** What it is to do, as it or its classes say; undefined: nobody does. Throws NODE_NOT_FOUND. */
  functionOf(idOrName: string): FunctionWish | undefined
  /** What the last job put at a place of a node's system. undefined: no job put anything there. Throws NODE_NOT_FOUND. */
  configuredText(idOrName: string, to: string): Promise<TextOnNode | undefined>
  /** Classes and rules that sites have, too. */
  readonly forSites: ForSitesDesk
  /** What somebody sees who does not see all machines. */
  readonly sight: Sight
  /** Secrets that people gave to this room: what must not turn up in what it shows. */
  knownSecrets(): Iterable<string>
  /** What of this room goes into composite bundles. */
  readonly bundleThings: readonly BundleThing[]
  /** Mounted inside the operator API, which authenticates. */
  readonly operatorRoutes: FastifyPluginAsync
  /** Mounted at the addresses where older tools look. */
  readonly xmlRoutes: FastifyPluginAsync
  /** Mounted beside them: what management controllers tell. */
  readonly redfishRoutes: FastifyPluginAsync
  /** Mounted where an agent credential was shown: workers, at the same addresses. */
  readonly workerRoutes: FastifyPluginAsync
  /** Starts the lease sweep, schedules and notices. Routes answer before it, too. */
  start(): Promise<void>
  /** Ends long polls and streams, and what runs by the clock. State needs no stop: every acknowledged change is on disk. */
  stop(): Promise<void>
}
