// An appliance that answers the command line from plain objects, and remembers what it was asked to do.
import { createHash } from 'node:crypto'
import type { FileImport, NewJob, OperatorApi } from '../../src/cli/api.ts'
import type { EventTold } from '../../src/cli/event-client.ts'
import type { Finding } from '../../src/contract/doctor.ts'
import { AppError } from '../../src/contract/errors.ts'
import type { ImageVersionView, VersionDiff, VersionFacts } from '../../src/contract/image.ts'
import type {
  CollectResult,
  DamagedChunk,
  PruneResult,
  RetentionPolicy,
  ScrubStatus,
  VersionCheckEnd,
  VersionCheckStatus,
} from '../../src/contract/image-care.ts'
import type { ImageFile, ImageFiles } from '../../src/contract/image-files.ts'
import type { JobFile, JobView } from '../../src/contract/job.ts'
import type { NbdExportView, NbdRequest } from '../../src/contract/nbd.ts'
import type { Hook, HookView } from '../../src/contract/notices.ts'
import type { Operation } from '../../src/contract/operations.ts'
import type { ApprovalRule, NodeClassView, NodeRestartAnswer, NodeView, SshKeyView } from '../../src/contract/operator-api.ts'
import type { PackageList, PackageVersionView, PackageView, Resolution, ResolveQuery } from '../../src/contract/package.ts'
import type { ProfileView } from '../../src/contract/profile.ts'
import type { RollOutView } from '../../src/contract/roll-out.ts'
import type { KeptRunFile } from '../../src/contract/run.ts'
import type { Schedule, ScheduleView } from '../../src/contract/schedules.ts'
import type { ClassRollBack, MovePlan, NodeWanted, RanVersion, Wanted } from '../../src/contract/wanted.ts'
import type { SignedWipeCertificate, WipeCertificateVerdict } from '../../src/contract/wipe.ts'
import type { ExportOrder, FilesOrder, PartitionFiles } from '../../src/winpe-agent/index.ts'
import { FixedApplianceApi } from './fixed-appliance-api.ts'
import { AT, JOB, MOVES, NODE, PACKAGE, PROFILE, ROLL_OUT, VERSION, WANTED } from './operator-views.ts'

export class FixedOperatorApi extends FixedApplianceApi implements OperatorApi {
  findings: Finding[] = [{ severity: 'good', subject: 'boot OS', seen: 'there for x64' }]
  nodesNow: NodeView[] = [NODE]
  /** What each look at a job finds, one after the other; the last one stays. */
  jobLooks: JobView[] = [JOB]
  logNow: string[] = []
  profilesNow: ProfileView[] = [PROFILE]
  readonly versions = [VERSION, { ...VERSION, version: 2, tags: [], addedBytes: 1024 ** 2 }]
  readonly damaged = new Map<number, DamagedChunk[]>()
  readonly added: NewJob[] = []
  readonly cancelled: { id: string; reason: string }[] = []
  classesNow: NodeClassView[] = [
    {
      name: 'lab',
      selector: { tags: ['lab'], minMemoryBytes: 1024 ** 3 },
      runs: [{ image: 'tiny-linux', tag: 'stable' }],
      nodes: [NODE.name],
      means: [{ image: 'tiny-linux', version: 2 }],
      behind: [{ node: NODE.name, runs: 'tiny-linux version 1' }],
    },
  ]
  rulesNow: ApprovalRule[] = [{ id: 'r-1', used: 3, limit: 40, macPrefixes: ['52:54:00'], namePattern: 'rack1-{nn}' }]
  /** Whom a change was asked for, and what. */
  readonly asked: [subject: string, change: unknown][] = []

  /** Who watches, to tell them something. */
  readonly watchers: EventTold[] = []

  watchEvents(types: readonly string[], told: EventTold) {
    this.asked.push(['events', types.join()])
    this.watchers.push(told)
    return { close: () => void this.watchers.splice(this.watchers.indexOf(told), 1) }
  }

  /** Each look finds the next one; the last one stays. */
  operationLooks: Operation[] = []

  async operations() {
    return this.operationLooks.slice(0, 1)
  }
  async operation(id: string) {
    this.asked.push([id, 'operation'])
    return this.operationLooks.length > 1 ? this.operationLooks.shift()! : this.operationLooks[0]!
  }
  async cancelOperation(id: string) {
    this.asked.push([id, 'cancel'])
    return this.operationLooks[0]!
  }

  async names(of: string): Promise<readonly string[]> {
    this.asked.push(['names', of])
    return of === 'nodes' ? this.nodesNow.map(({ name }) => name) : of === 'classes' ? ['lab', 'web'] : []
  }
  async imageFiles(name: string, version: number, query: { path?: string | undefined }): Promise<ImageFiles> {
    this.asked.push([`${name}@${version}`, query])
    const files: ImageFile[] = [
      { name: 'fstab', kind: 'file', sizeBytes: 61, rights: 'rw-r--r--', modifiedAt: '2026-01-02T03:04:05Z' },
      { name: 'evil\u001b[2J', kind: 'link', sizeBytes: 11, rights: 'rwxrwxrwx', target: '../../../etc/passwd' },
    ]
    return { disk: 1, partition: 3, content: 'ext', path: query.path ?? '/', files }
  }

  /** What a file of a version holds; it breaks off behind it when there is an error. */
  fileNow: { text: string; error?: Error } = { text: 'content\n' }
  async imageFile(): Promise<ReadableStream<Uint8Array>> {
    const { text, error } = this.fileNow
    return ReadableStream.from(
      (async function* () {
        yield Buffer.from(text)
        if (error !== undefined) throw error
      })(),
    ) as ReadableStream<Uint8Array>
  }

  async offerDisk(
    name: string,
    version: number,
    { disk = 1, address = '127.0.0.1' }: Partial<NbdRequest>,
  ): Promise<NbdExportView> {
    this.asked.push([`${name}@${version}`, { disk, address }])
    return { exportName: 't/name', uri: 'nbd://10.77.0.1:10809/t/name', port: 10_809, sizeBytes: 1024 ** 3, address, until: AT }
  }

  scrubNow: ScrubStatus = { isRunning: false }
  async beginScrub(): Promise<ScrubStatus> {
    return { isRunning: true, startedAt: AT, checkedChunks: 1 }
  }
  async scrubStatus(): Promise<ScrubStatus> {
    return this.scrubNow
  }
  async diffFiles({ limit }: FilesOrder): Promise<PartitionFiles[]> {
    const files = [
      { path: 'etc/hosts', change: 'changed', sizeBefore: 100, sizeAfter: 120 },
      { path: 'etc/old', change: 'removed', sizeBefore: 2048, sizeAfter: 0 },
      { path: 'usr/new', change: 'added', sizeBefore: 0, sizeAfter: 4096 },
    ] as const
    return [
      { number: 1, kind: 'compared', added: 1, removed: 1, changed: 1, files: files.slice(0, limit) },
      { number: 2, kind: 'same' },
      { number: 3, kind: 'not-compared', reason: 'swap holds no files' },
    ]
  }
  async exportImage(order: ExportOrder): Promise<number> {
    this.asked.push(['export', order])
    return 5 * 1024 ** 2
  }
  async importImage(order: FileImport): Promise<number> {
    this.asked.push(['import', order])
    return 3
  }

  async restartNode(idOrName: string, how: object): Promise<NodeRestartAnswer> {
    this.asked.push([idOrName, how])
    return { node: idOrName, via: 'ssh', address: '10.0.4.17', hostKey: 'SHA256:abc', isFirstContact: true }
  }
  async sshKey(): Promise<SshKeyView> {
    return { publicKey: 'ssh-ed25519 AAAA platen', fingerprint: 'SHA256:def' }
  }
  async addRunFile(bytes: Uint8Array): Promise<KeptRunFile> {
    return { digest: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length }
  }
  async verifyWipeCertificate(signed: SignedWipeCertificate): Promise<WipeCertificateVerdict> {
    return { isGenuine: signed.signature.startsWith('s') }
  }
  async jobFiles(): Promise<JobFile[]> {
    return [{ name: 'setup.log', sizeBytes: 6 }]
  }
  async jobFile(): Promise<Uint8Array> {
    return Buffer.from('lines\n')
  }

  async doctor(): Promise<Finding[]> {
    return this.findings
  }
  async nodes(): Promise<NodeView[]> {
    return this.nodesNow
  }
  async node(idOrName: string): Promise<NodeView> {
    const node = this.nodesNow.find(({ id, name }) => id === idOrName || name === idOrName)
    if (node === undefined) throw new AppError('NODE_NOT_FOUND', `no node "${idOrName}"`, 'List them with `platen node list`.')
    return node
  }
  async approveNode(idOrName: string, change: object): Promise<NodeView> {
    return this.#change(idOrName, { ...said(change), state: 'approved' })
  }
  async changeNode(idOrName: string, change: object): Promise<NodeView> {
    return this.#change(idOrName, said(change))
  }
  async holdNode(idOrName: string, holdReason: string): Promise<NodeView> {
    return this.#change(idOrName, { state: 'held', holdReason })
  }
  async proveNode(idOrName: string): Promise<NodeView> {
    return this.#change(idOrName, {})
  }
  async releaseNode(idOrName: string): Promise<NodeView> {
    return this.#change(idOrName, { state: 'approved' })
  }
  async reclaimNode(idOrName: string, holdReason: string): Promise<NodeView> {
    return this.#change(idOrName, { state: 'held', holdReason })
  }
  async retireNode(idOrName: string): Promise<NodeView> {
    return this.#change(idOrName, { state: 'retired' })
  }
  async #change(idOrName: string, change: Partial<NodeView>): Promise<NodeView> {
    this.asked.push([idOrName, change])
    return { ...(await this.node(idOrName)), ...change }
  }

  async classes(): Promise<NodeClassView[]> {
    return this.classesNow
  }
  async class(name: string): Promise<NodeClassView> {
    return { ...this.classesNow[0]!, name }
  }
  async setClass(name: string, content: object): Promise<NodeClassView> {
    this.asked.push([name, said(content)])
    return { ...this.classesNow[0]!, ...content, name }
  }
  async removeClass(name: string): Promise<void> {
    this.asked.push([name, 'remove'])
  }
  async deployToClass(name: string, deploy: object): Promise<JobView[]> {
    this.asked.push([name, said(deploy)])
    return [{ ...JOB, nodeName: NODE.name }]
  }
  async rules(): Promise<ApprovalRule[]> {
    return this.rulesNow
  }
  async addRule(rule: object): Promise<ApprovalRule> {
    this.asked.push(['rule', said(rule)])
    return { id: 'r-1', used: 0, ...said(rule) }
  }
  async removeRule(id: string): Promise<void> {
    this.asked.push([id, 'remove'])
  }

  async jobs(): Promise<JobView[]> {
    return this.jobLooks
  }
  async job(): Promise<JobView> {
    return (this.jobLooks.length > 1 ? this.jobLooks.shift() : this.jobLooks[0])!
  }
  async addJob(job: NewJob): Promise<JobView> {
    this.added.push(JSON.parse(JSON.stringify(job)))
    return JOB
  }
  async cancelJob(id: string, reason: string): Promise<JobView> {
    this.cancelled.push({ id, reason })
    return { ...JOB, state: 'cancelled' }
  }
  async hooks(): Promise<HookView[]> {
    return [{ name: 'chat', kind: 'webhook', events: ['job.failed'], target: 'https://chat.example', waiting: 2 }]
  }
  async setHook(name: string, hook: Hook): Promise<HookView> {
    this.asked.push([name, hook])
    return { name, kind: hook.kind, events: hook.events, target: 'its target', waiting: 0 }
  }
  async removeHook(name: string): Promise<void> {
    this.asked.push([name, 'remove'])
  }
  async mergeNode(node: string, into: string): Promise<NodeView> {
    this.asked.push([node, { into }])
    return NODE
  }
  async splitNode(node: string, mac: string, name: string | undefined): Promise<NodeView> {
    this.asked.push([node, { mac, name }])
    return { ...NODE, name: name ?? 'node-9' }
  }
  async schedules(): Promise<ScheduleView[]> {
    return [{ name: 'nightly', cron: '30 2 * * *', job: JOB.request, nextAt: '2026-01-02T02:30:00.000Z', lastFailure: 'no room' }]
  }
  async setSchedule(name: string, schedule: Schedule): Promise<ScheduleView> {
    this.asked.push([name, schedule])
    return { name, ...schedule, nextAt: '2026-01-02T02:30:00.000Z' }
  }
  async removeSchedule(name: string): Promise<void> {
    this.asked.push([name, 'remove'])
  }
  async holdJob(id: string, reason: string | undefined): Promise<JobView> {
    this.asked.push([id, { reason }])
    return JOB
  }
  async resumeJob(id: string): Promise<JobView> {
    this.asked.push([id, 'resume'])
    return JOB
  }
  async moveJob(id: string, before: string | undefined): Promise<JobView> {
    this.asked.push([id, { before }])
    return JOB
  }
  async jobLog(_id: string, fromLine: number) {
    // Two lines a page, so that a reader must ask again.
    const lines = this.logNow.slice(fromLine, fromLine + 2)
    return { lines, nextLine: fromLine + lines.length }
  }
  async images() {
    return [{ name: 'tiny-linux', versions: this.versions }]
  }
  /** Each is begun, found half way once, and over at the next look. */
  readonly #verifyLooks = new Map<number, number>()
  async beginVerify(_name: string, version: number): Promise<VersionCheckStatus> {
    this.#verifyLooks.set(version, 0)
    return { isRunning: true, startedAt: AT, checkedChunks: 0, chunkCount: 50 }
  }
  async verifyStatus(imageName: string, version: number): Promise<VersionCheckStatus> {
    const looks = this.#verifyLooks.get(version)!
    this.#verifyLooks.set(version, looks + 1)
    if (looks === 0) return { isRunning: true, startedAt: AT, checkedChunks: 25, chunkCount: 50 }
    const last = this.verifyEnd(imageName, version)
    return { isRunning: false, chunkCount: 50, ...(last === undefined ? {} : { last }) }
  }
  verifyEnd = (imageName: string, version: number): VersionCheckEnd | undefined => ({
    startedAt: AT,
    endedAt: AT,
    result: {
      imageName,
      version,
      chunkCount: 50,
      damaged: this.damaged.get(version) ?? [],
      signatures: [{ as: 'made', keyId: '0123456789abcdef', standing: 'own' }],
    },
  })
  async tagImage(imageName: string, version: number, tag: string): Promise<ImageVersionView> {
    this.asked.push([imageName, { version, tag }])
    return { ...this.versions[0]!, imageName, version, tags: [tag] }
  }
  async planRollOut(): Promise<MovePlan> {
    return MOVES
  }
  async beginRollOut(name: string, wish: object): Promise<RollOutView> {
    this.asked.push([name, wish])
    return ROLL_OUT
  }
  async rollOuts(): Promise<readonly RollOutView[]> {
    return [ROLL_OUT]
  }
  async rollOut(): Promise<RollOutView> {
    return ROLL_OUT
  }
  async steerRollOut(id: string, how: string): Promise<RollOutView> {
    this.asked.push([id, how])
    return { ...ROLL_OUT, phase: 'paused' }
  }
  wantedNow: NodeWanted = WANTED
  async wanted(): Promise<NodeWanted> {
    return this.wantedNow
  }
  async setWanted(node: string, wanted: Wanted): Promise<NodeWanted> {
    this.asked.push([node, wanted])
    return { ...this.wantedNow, node, own: wanted }
  }
  async nodeHistory(): Promise<readonly RanVersion[]> {
    return [
      { imageName: 'tiny-linux', version: 2, from: AT, by: 'wanted', jobId: JOB.id },
      { imageName: 'tiny-linux', version: 1, from: AT, to: AT, by: 'a person' },
    ]
  }
  async planNodeRollBack(): Promise<MovePlan> {
    return MOVES
  }
  async rollBackNode(node: string, to: number | undefined): Promise<JobView> {
    this.asked.push([node, { to }])
    return JOB
  }
  async planClassRollBack(): Promise<MovePlan> {
    return MOVES
  }
  async rollBackClass(name: string, wish: ClassRollBack): Promise<readonly JobView[]> {
    this.asked.push([name, wish])
    return [JOB]
  }
  async sayOfImage(imageName: string, version: number, facts: VersionFacts): Promise<ImageVersionView> {
    this.asked.push([`${imageName} ${version}`, facts])
    return { ...VERSION, imageName, version, ...facts }
  }
  async untagImage(imageName: string, tag: string): Promise<void> {
    this.asked.push([imageName, { tag }])
  }
  async removeImageVersion(imageName: string, version: number): Promise<void> {
    this.asked.push([imageName, { version }])
  }
  async pruneImage(imageName: string, policy: RetentionPolicy): Promise<PruneResult> {
    this.asked.push([imageName, policy])
    return { imageName, removed: [1], kept: [{ version: 2, because: 'it is the newest' }] }
  }
  async collectImages(): Promise<CollectResult> {
    return { keptChunks: 50, removedChunks: 7, freedBytes: 3 * 1024 * 1024 }
  }
  async diffImage(imageName: string, from: number, to: number): Promise<VersionDiff> {
    const facts = { imageName, from, to, sameTable: true, chunkCount: 50 }
    if (from === to) return { ...facts, sameContent: true, changedChunks: 0, changedBytes: 0, partitions: [] }
    const partition = {
      number: 2,
      content: 'ext',
      change: 'kept',
      usedBytesBefore: 4096,
      usedBytesAfter: 8192,
      changedBytes: 4096,
    } as const
    return { ...facts, sameContent: false, changedChunks: 3, changedBytes: 4096, partitions: [partition] }
  }
  async profiles(): Promise<ProfileView[]> {
    return this.profilesNow
  }
  packagesNow: PackageVersionView[] = [PACKAGE]
  resolutionNow: Resolution = { kind: 'resolved', packages: [], leftToImage: [] }
  async packages(): Promise<PackageList> {
    const packages = this.packagesNow.map((version) => ({ name: version.name, versions: [version] }))
    return { packages, problems: [{ item: 'bad', line: 2, reason: 'unknown key "nme"' }] }
  }
  async package(name: string): Promise<PackageView> {
    return { name, versions: this.packagesNow.filter((version) => version.name === name) }
  }
  async addPackage(path: string): Promise<PackageVersionView> {
    this.asked.push([path, 'add'])
    return PACKAGE
  }
  async removePackage(name: string, version: string): Promise<void> {
    this.asked.push([name, version])
  }
  async resolvePackages(query: ResolveQuery): Promise<Resolution> {
    this.asked.push(['resolve', query])
    return this.resolutionNow
  }

  async checkProfile(name: string): Promise<ProfileView> {
    const profile = this.profilesNow.find((one) => one.name === name)
    if (profile === undefined) throw new AppError('PROFILE_NOT_FOUND', `no profile "${name}"`, 'List them.')
    return profile
  }
}

/** What would travel: keys that are undefined do not. */
function said<T extends object>(change: T): T {
  return JSON.parse(JSON.stringify(change))
}
