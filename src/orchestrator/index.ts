// The door of this room: what machines do now. Nodes and jobs behind one object that the appliance wires to HTTP and to netboot.
import { join } from 'node:path'
import type { Hook, Notice } from '../contract/notices.ts'
import { BootCounter } from './boot/boot-counter.ts'
import { MAX_BOOTS_PER_JOB } from './boot/count.ts'
import { BootDesk } from './boot/desk.ts'
import { bundleThings } from './bundle/things.ts'
import { openCollections } from './collections.ts'
import { Directory } from './directory/directory.ts'
import type { AgentNodeView, Orchestrator, OrchestratorConfig, OrchestratorDeps } from './door.ts'
import { figuresOf } from './figures.ts'
import { ForSitesDesk } from './for-sites.ts'
import { agentRoutes } from './http/agent-routes.ts'
import { bootFileRoutes } from './http/boot-file-routes.ts'
import { operatorRoutes } from './http/operator-routes.ts'
import { redfishRoutes } from './http/redfish-routes.ts'
import { runningNodeRoutes } from './http/running-node-routes.ts'
import { workerRoutes } from './http/worker-routes.ts'
import { xmlRoutes } from './http/xml-routes.ts'
import { ClassDeploys } from './job/class-deploys.ts'
import { Leases } from './job/leases.ts'
import { openJobRoom } from './job/open-job-room.ts'
import { Waiters } from './job/waiters.ts'
import { knownSecrets } from './known-secrets.ts'
import { nodeFindings } from './node/findings.ts'
import { knownNodeOf } from './node/known-node.ts'
import { type JobsOfNodes, openNodeRoom } from './node/open-node-room.ts'
import type { NodeRecord } from './node/record.ts'
import { deliver } from './notices/deliver.ts'
import { Notices } from './notices/notices.ts'
import { originatorMail } from './notices/originator-mail.ts'
import { MustProve } from './present/must-prove.ts'
import { RecordDesk } from './present/record-desk.ts'
import { NodeRestarts } from './remote/node-restarts.ts'
import { openRunning } from './running/open-running.ts'
import { Schedules } from './schedule/schedules.ts'
import { Sight } from './sight.ts'
import { versionUse } from './version-use.ts'
import { type JobsOfWanted, openWantedRoom } from './wanted/open-wanted-room.ts'
import { upgradeClasses } from './wanted/upgrade.ts'

export type { Orchestrator, OrchestratorConfig } from './door.ts'
export type { FleetFigures } from './figures.ts'
export type {
  FunctionDesk,
  FunctionFile,
  FunctionFiles,
  FunctionMachine,
  FunctionMeaning,
  FunctionNode,
} from './wanted/function-desk.ts'
export type { NodeWants } from './wanted/merge.ts'
export { type Catalogue, type Resolution, type ResolvableVersion, resolveWanted, type TargetMachine } from './wanted/resolve.ts'
export { entryFor } from './wanted/wanted-version.ts'

const HEARTBEATS_A_LEASE = 6
/** An agent that was heard of its job within so many heartbeats is at work. */
const HEARTBEATS_AT_WORK = 2
const CONSOLES = ['console=tty0', 'console=ttyS0,115200']

export async function openOrchestrator(config: OrchestratorConfig, deps: OrchestratorDeps): Promise<Orchestrator> {
  const { dataDir, heartbeatSeconds = 10, maxBootsPerJob = MAX_BOOTS_PER_JOB, identityMode = 'score' } = config
  const { bootModels = [] } = config
  const { bootBuilds } = deps
  const { state, images, profiles, packages, sshKey, clock, events, log } = deps
  const leaseSeconds = heartbeatSeconds * HEARTBEATS_A_LEASE
  const beatSeconds = heartbeatSeconds * HEARTBEATS_AT_WORK
  const collections = await openCollections(state)
  await upgradeClasses(collections.classes)
  const deliverTo = (hook: Hook, notice: Notice) => deliver(hook, notice, join(dataDir, 'hooks'))
  const waiters = new Waiters(clock)
  const leases = new Leases(clock, leaseSeconds)
  const shared = {
    dataDir,
    collections,
    images,
    profiles,
    packages,
    bootBuilds,
    functions: deps.functions,
    leases,
    waiters,
    clock,
    events,
    log,
  }
  // Nodes come first; what they ask of jobs is asked later.
  const jobsOfNodes: JobsOfNodes = {
    takeFrom: (node, reason) => jobRoom.jobs.takeFrom(node, reason),
    unendedOf: (nodeId) => jobRoom.book.unendedOf(nodeId),
    isHere: (nodeId) => {
      const life = jobRoom.book.get(leases.jobOf(nodeId) ?? '')?.life
      return life?.phase === 'running' && life.away === undefined
    },
  }
  const nodeRoom = openNodeRoom({
    ...shared,
    jobsOfNodes,
    awaySeconds: leaseSeconds,
    beatSeconds,
    identityMode,
    deliver: deliverTo,
  })
  const { nodes, classes, provisioning, nodeLife } = nodeRoom
  const jobsOfWanted: JobsOfWanted = {
    get book() {
      return jobRoom.book
    },
    refuse: (request) => jobRoom.jobs.refuse(request),
    post: (request, by) => jobRoom.jobs.post(request, by),
    cancel: (jobId, reason) => jobRoom.jobs.cancel(jobId, reason),
  }
  const wanted = openWantedRoom({
    ...shared,
    ...nodeRoom,
    jobs: () => jobsOfWanted,
    bootModels,
    restart: async (nodeId, kind) => {
      if (kind !== 'packages' || !runningNodes.installsByItself(nodeId)) await nodeRestarts.restart(nodeId, {})
    },
  })
  const bootCounter = new BootCounter({ nodes, nodeLife, log, maxBootsPerJob })
  const jobRoom = await openJobRoom({
    ...shared,
    nodes,
    classes,
    leaseSeconds,
    recordKey: deps.recordKey,
    maxRunning: config.maxRunningJobs,
    mayEnter: (node) => provisioning.mayEnter(node),
    look: (nodeId) => wanted.repairs.look(nodeId),
    mayTake: (job, node, boot) => bootCounter.mayTake(job, node, boot),
    importUpload: deps.importUpload,
    filesOf: (node) => wanted.desk.functionFilesOf(node),
    secrets: deps.secrets,
    facts: { applianceSshKey: sshKey.publicKey },
  })
  const { jobs, book, claims, departures, reports, timeouts, logs, texts } = jobRoom
  const mustProve = new MustProve({ nodes, enforceOf: (node) => wanted.desk.factsOf(node).enforce, log })
  const recordDesk = new RecordDesk({
    nodes,
    reports,
    images,
    key: deps.recordKey,
    onProven: (nodeId) => mustProve.hasProven(nodeId),
    clock,
    log,
  })
  const { runningNodes, runningInstalls } = openRunning({ ...shared, nodes, jobRoom, wanted, recordDesk, key: deps.recordKey })
  const nodeRestarts = new NodeRestarts({
    nodes,
    classes,
    runningNodes,
    privateKey: sshKey.privateKey,
    settings: config.ssh ?? {},
    log,
  })
  const schedules = new Schedules({
    store: collections.schedules,
    clock,
    log,
    post: (request, by) => jobs.post(request, by),
    isEnded: (jobId) => book.isOver(jobId),
  })
  const { hooks, outbox } = collections
  const mailOriginator = originatorMail(config.mail ?? {})
  const notices = new Notices({ hooks, outbox, events, clock, log, deliver: deliverTo, mailOriginator })
  const others = new Directory({ mode: config.directoryMode ?? 'off', collections, nodes, clock, log })
  const bootDesk = new BootDesk({
    nodes,
    claims,
    departures,
    mustLook: (node) => mustProve.isDue(node) || wanted.desk.mustLook(node),
    noteLook: (node) => mustProve.note(node),
    bootOsOf: (node) => wanted.desk.bootOsOf(node),
    buildInUse: (architecture) => deps.bootBuilds.inUse(architecture),
    mustWaitToLeave: (node) => provisioning.mustWait(node),
    clock,
    log,
    wordsFor: (mac, peer) => ({
      token: deps.bootTokens.make(mac, peer),
      extraKernelArguments: [...kernelArgumentsOf(config), ...(deps.bootWords?.() ?? [])],
    }),
  })
  const stopping = new AbortController()
  const rooms = {
    ...nodeRoom,
    ...jobRoom,
    wanted,
    profiles,
    nodeRestarts,
    recordDesk,
    mustProve,
    runningNodes,
    runningInstalls,
    nodeCredentials: deps.nodeCredentials,
    recordKey: deps.recordKey,
    ca: deps.ca,
    schedules,
    notices,
    directory: others.directory,
    appliances: others.appliances,
    classDeploy: new ClassDeploys({ classes, jobs }),
    bootTokens: deps.bootTokens,
    sshKey: { publicKey: sshKey.publicKey, fingerprint: sshKey.fingerprint },
    clock,
    events,
    heartbeatSeconds,
    leaseSeconds,
    stopping: stopping.signal,
  }

  return {
    // Every machine may: what it gets is told by bootAnswer, and the least is its own disk.
    mayBoot: () => true,
    bootAnswer: (client) => bootDesk.answer(client),
    diagnose: () => nodeFindings(nodes.list(), { now: clock.now(), maxBootsPerJob }),
    figures: () => figuresOf(nodes.values(), book.unended()),
    runningJobs: () => jobRoom.waiting.running(),
    nodeOf: (mac) => knownNodeOf(nodes.byMac(mac)),
    agentNodeOf: (mac, boot) => agentNodeOf(nodes.bySession({ mac, boot }), leases),
    doubt(mac, reason) {
      const node = nodes.byMac(mac)
      log.warn({ mac, node: node?.name }, reason)
      if (node !== undefined) events.emit({ type: 'node.doubtful', node: nodes.view(node), reason })
    },
    isOverBoot: (mac, boot) => nodes.isOverBoot({ mac, boot }),
    loaderFor: (mac) => (nodes.byMac(mac)?.inventory.secureBoot === 'on' ? 'shim' : undefined),
    ...versionUse({ nodes, classes, book, bootModels, wantedPackages: wanted.wantedPackages }),
    captures: reports,
    contents: reports,
    agentRoutes: agentRoutes(rooms),
    bootFileRoutes: async (app) => void (await app.register(bootFileRoutes, rooms)),
    fleet: () => ({
      nodes: nodes.list().map((node) => nodes.view(node)),
      drifted: nodes.list().flatMap((node) => (wanted.desk.driftOf(node) === undefined ? [] : node.name)),
    }),
    nodeState: (nodeId) => nodes.get(nodeId)?.state,
    runningNodeRoutes: async (app) => void (await app.register(runningNodeRoutes, rooms)),
    nodeView: (idOrName) => nodes.view(nodes.find(idOrName)),
    functionOf: (idOrName) => wanted.desk.functionOf(nodes.find(idOrName)),
    configuredText: (idOrName, to) => texts.onNode(nodes.find(idOrName), to),
    forSites: new ForSitesDesk({ ...collections, welcomeAll: () => nodeLife.welcomeAll() }),
    sight: new Sight({ nodes, classes, jobs }),
    knownSecrets: () => knownSecrets(collections, deps.secrets),
    bundleThings: bundleThings({ collections, nodes, nodeLife, schedules }),
    operatorRoutes: operatorRoutes(rooms),
    xmlRoutes: async (app) => void (await app.register(xmlRoutes, rooms)),
    redfishRoutes: async (app) => void (await app.register(redfishRoutes, { nodes, events, log })),
    workerRoutes: async (app) => void (await app.register(workerRoutes, rooms)),
    async start() {
      await jobs.settleDependencies()
      wanted.drift.takeAsKnown()
      timeouts.start()
      notices.start()
      schedules.start()
      wanted.rollOuts.start()
      others.start()
    },
    async stop() {
      stopping.abort()
      others.stop()
      timeouts.stop()
      notices.stop()
      await schedules.stop()
      await wanted.rollOuts.stop()
      claims.stop()
      await jobRoom.uploads.stop()
      runningNodes.stop()
      await book.close()
      await logs.close()
    },
  }
}

function kernelArgumentsOf({ kernelArguments = CONSOLES, directories = [] }: OrchestratorConfig): readonly string[] {
  return directories.length === 0 ? kernelArguments : [...kernelArguments, `platen.directory=${directories.join(',')}`]
}

function agentNodeOf(node: NodeRecord | undefined, leases: Leases): AgentNodeView | undefined {
  if (node === undefined) return undefined
  const { id, name, state } = node
  const runningJobId = leases.jobOf(id)
  return { id, name, state, ...(runningJobId === undefined ? {} : { runningJobId }) }
}
