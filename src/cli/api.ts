// What the commands ask of an appliance. Declared here; api-client.ts asks it over HTTP, tests answer by themselves.
// Each call throws the AppError that the appliance answered with, or CLI_APPLIANCE_UNREACHABLE.
import type {
  AddedAgentCredential,
  AgentConfigView,
  AgentCredentialView,
  ApplianceEntry,
  ApplianceView,
} from '../contract/appliances.ts'
import type { BackupCut } from '../contract/backup.ts'
import type { Finding } from '../contract/doctor.ts'
import type { ImageVersionView, ImageView, VersionDiff, VersionFacts } from '../contract/image.ts'
import type { CollectResult, PruneResult, RetentionPolicy, ScrubStatus, VersionCheckStatus } from '../contract/image-care.ts'
import type { FilesQuery, ImageFiles } from '../contract/image-files.ts'
import type { JobFile, JobRequest, JobView } from '../contract/job.ts'
import type { NbdExportView, NbdRequest } from '../contract/nbd.ts'
import type { Hook, HookView } from '../contract/notices.ts'
import type {
  ApprovalRule,
  ClassDeploy,
  JobLog,
  NewApprovalRule,
  NodeChange,
  NodeClass,
  NodeClassView,
  NodeRestart,
  NodeRestartAnswer,
  NodeView,
  SshKeyView,
} from '../contract/operator-api.ts'
import type { ProfileView } from '../contract/profile.ts'
import type { NewRollOut, RollOutView } from '../contract/roll-out.ts'
import type { KeptRunFile } from '../contract/run.ts'
import type { Schedule, ScheduleView } from '../contract/schedules.ts'
import type { ClassRollBack, MovePlan, NodeWanted, RanVersion, Wanted } from '../contract/wanted.ts'
import type { SignedWipeCertificate, WipeCertificateVerdict } from '../contract/wipe.ts'
import type { ExportOrder, FilesOrder, FileWork, ImportOrder, PartitionFiles } from '../winpe-agent/index.ts'
import type { BootApi } from './boot-api.ts'
import type { BundleApi } from './bundle-client.ts'
import type { CentralApi } from './central/central-api.ts'
import type { NamedThing } from './completion.ts'
import type { EventApi } from './event-client.ts'
import type { OperationApi } from './operation-client.ts'
import type { PackageApi } from './package/package-api.ts'
import type { PeopleApi } from './people-client.ts'
import type { SiteApi } from './sites/site-api.ts'
import type { WireApi } from './wire-client.ts'

/** Keys that may be left out may also be undefined: neither travels. */
type Loose<T> = { [K in keyof T]?: T[K] | undefined }
/** What a person may leave out of a job: the appliance fills in the defaults of the schema. */
export type NewJob = Pick<JobRequest, 'kind'> & Loose<JobRequest>

/** Where lines and progress of work on an image file go. */
export type FileTalk = Omit<FileWork, 'access'>
export type FileImport = Omit<ImportOrder, 'importId'>

interface NodeApi {
  nodes(): Promise<readonly NodeView[]>
  node(idOrName: string): Promise<NodeView>
  changeNode(idOrName: string, change: Loose<NodeChange>): Promise<NodeView>
  approveNode(idOrName: string, change: Loose<NodeChange>): Promise<NodeView>
  holdNode(idOrName: string, reason: string): Promise<NodeView>
  proveNode(idOrName: string): Promise<NodeView>
  releaseNode(idOrName: string): Promise<NodeView>
  /** Over SSH. */
  restartNode(idOrName: string, how: Loose<NodeRestart>): Promise<NodeRestartAnswer>
  sshKey(): Promise<SshKeyView>
  reclaimNode(idOrName: string, reason: string): Promise<NodeView>
  retireNode(idOrName: string): Promise<NodeView>
  /** The view of the one that stays. */
  mergeNode(idOrName: string, into: string): Promise<NodeView>
  /** The view of the new one. */
  splitNode(idOrName: string, mac: string, name: string | undefined): Promise<NodeView>
}

interface ClassApi {
  classes(): Promise<readonly NodeClassView[]>
  class(name: string): Promise<NodeClassView>
  planRollOut(name: string, wish: Loose<NewRollOut>): Promise<MovePlan>
  beginRollOut(name: string, wish: Loose<NewRollOut>): Promise<RollOutView>
  rollOuts(): Promise<readonly RollOutView[]>
  rollOut(id: string): Promise<RollOutView>
  steerRollOut(id: string, how: 'pause' | 'resume' | 'abort'): Promise<RollOutView>
  wanted(node: string): Promise<NodeWanted>
  setWanted(node: string, wanted: Wanted): Promise<NodeWanted>
  nodeHistory(node: string): Promise<readonly RanVersion[]>
  planNodeRollBack(node: string, to: number | undefined): Promise<MovePlan>
  rollBackNode(node: string, to: number | undefined): Promise<JobView>
  planClassRollBack(name: string, to: number | undefined): Promise<MovePlan>
  rollBackClass(name: string, wish: ClassRollBack): Promise<readonly JobView[]>
  setClass(name: string, content: Omit<NodeClass, 'name'>): Promise<NodeClassView>
  removeClass(name: string): Promise<void>
  /** One job for each node of the class. */
  deployToClass(name: string, deploy: Pick<ClassDeploy, 'nodes'> & Loose<ClassDeploy>): Promise<readonly JobView[]>
  rules(): Promise<readonly ApprovalRule[]>
  addRule(rule: Loose<NewApprovalRule>): Promise<ApprovalRule>
  removeRule(id: string): Promise<void>
}

export interface ApplianceApi {
  agentCredentials(): Promise<readonly AgentCredentialView[]>
  /** Its secret is in the answer, and never again. */
  addAgentCredential(name: string): Promise<AddedAgentCredential>
  removeAgentCredential(name: string): Promise<void>
  appliances(): Promise<readonly ApplianceView[]>
  setAppliance(name: string, entry: Pick<ApplianceEntry, 'url'> & Loose<ApplianceEntry>): Promise<ApplianceView>
  removeAppliance(name: string): Promise<void>
  agentConfig(node: string): Promise<AgentConfigView>
}

interface HookApi {
  hooks(): Promise<readonly HookView[]>
  setHook(name: string, hook: Hook): Promise<HookView>
  removeHook(name: string): Promise<void>
}

interface JobApi {
  jobs(): Promise<readonly JobView[]>
  job(id: string): Promise<JobView>
  addJob(job: NewJob): Promise<JobView>
  cancelJob(id: string, reason: string): Promise<JobView>
  holdJob(id: string, reason: string | undefined): Promise<JobView>
  resumeJob(id: string): Promise<JobView>
  /** undefined: to the head of the queue. */
  moveJob(id: string, before: string | undefined): Promise<JobView>
  jobFiles(id: string): Promise<readonly JobFile[]>
  jobFile(id: string, name: string): Promise<Uint8Array>
  jobLog(id: string, fromLine: number): Promise<JobLog>
  /** For jobs that run scripts. */
  addRunFile(bytes: Uint8Array): Promise<KeptRunFile>
  verifyWipeCertificate(signed: SignedWipeCertificate): Promise<WipeCertificateVerdict>
}

interface ScheduleApi {
  schedules(): Promise<readonly ScheduleView[]>
  setSchedule(name: string, schedule: Schedule): Promise<ScheduleView>
  removeSchedule(name: string): Promise<void>
}

interface ImageApi {
  images(): Promise<readonly ImageView[]>
  /** Gives the bytes that the file has. */
  exportImage(order: ExportOrder, talk: FileTalk): Promise<number>
  /** Gives the number of the new version. */
  importImage(order: FileImport, talk: FileTalk): Promise<number>
  imageFiles(name: string, version: number, query: Loose<FilesQuery>): Promise<ImageFiles>
  imageFile(name: string, version: number, query: Loose<FilesQuery>): Promise<ReadableStream<Uint8Array>>
  offerDisk(name: string, version: number, request: Loose<NbdRequest>): Promise<NbdExportView>
  /** Begins to read it, unless that is under way. Takes seconds for each gigabyte. */
  beginVerify(name: string, version: number): Promise<VersionCheckStatus>
  verifyStatus(name: string, version: number): Promise<VersionCheckStatus>
  tagImage(name: string, version: number, tag: string): Promise<ImageVersionView>
  sayOfImage(name: string, version: number, facts: VersionFacts): Promise<ImageVersionView>
  untagImage(name: string, tag: string): Promise<void>
  removeImageVersion(name: string, version: number): Promise<void>
  pruneImage(name: string, policy: RetentionPolicy): Promise<PruneResult>
  collectImages(): Promise<CollectResult>
  /** Begins one, unless one runs. */
  beginScrub(): Promise<ScrubStatus>
  scrubStatus(): Promise<ScrubStatus>
  /** Takes both versions to this machine. */
  diffFiles(order: FilesOrder, talk: FileTalk): Promise<readonly PartitionFiles[]>
  diffImage(name: string, from: number, to: number): Promise<VersionDiff>
}

interface ProfileApi {
  profiles(): Promise<readonly ProfileView[]>
  /** Looks at the folder now, rather than when it changes. */
  checkProfile(name: string): Promise<ProfileView>
}

interface BackupApi {
  beginBackupCut(): Promise<BackupCut>
  endBackupCut(id: string): Promise<void>
  supportBundle(): Promise<Uint8Array>
}

interface DoctorApi {
  doctor(): Promise<readonly Finding[]>
}

interface NamesApi {
  /** Names, or ids where there are no names: quick, for completion. */
  names(of: NamedThing): Promise<readonly string[]>
}

export interface OperatorApi
  extends ApplianceApi,
    EventApi,
    DoctorApi,
    NamesApi,
    OperationApi,
    PackageApi,
    CentralApi,
    BootApi,
    NodeApi,
    HookApi,
    ScheduleApi,
    ClassApi,
    JobApi,
    ImageApi,
    ProfileApi,
    BackupApi,
    BundleApi,
    PeopleApi,
    SiteApi,
    WireApi {}
