// The door of this room: nodes, profiles, jobs and images behind one object that the appliance wires to HTTP and to netboot.
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Finding } from '../contract/doctor.ts'
import type { Hook, Notice } from '../contract/notices.ts'
import type { SshSettings } from '../contract/operator-api.ts'
import { MAX_BOOTS_PER_JOB } from './boot-count.ts'
import type { BootAnswer, BootClient, KnownNode } from './boot-decision.ts'
import { BootDesk } from './boot-desk.ts'
import { makeBootToken } from './boot-tokens.ts'
import { type Clock, instantOf, SYSTEM_CLOCK } from './clock.ts'
import { Directory } from './directory/directory.ts'
import type { DirectoryMode } from './directory/directory-desk.ts'
import { DriftWatch, wantedVersion } from './drift.ts'
import { Events } from './events.ts'
import { agentApi } from './http/agent-api.ts'
import { operatorApi } from './http/operator-api.ts'
import { createImageService } from './image/create-image-service.ts'
import { StoreWatch } from './image/store-watch.ts'
import { useOfVersion } from './image/use-of-version.ts'
import { JobChanges } from './job/changes.ts'
import { Claims } from './job/claims.ts'
import { ClassDeploys } from './job/class-deploys.ts'
import { Departures } from './job/departures.ts'
import { JobBook } from './job/job-book.ts'
import { JobFiles } from './job/job-files.ts'
import { Jobs } from './job/jobs.ts'
import { Leases } from './job/leases.ts'
import { JobLogs } from './job/log-files.ts'
import type { JobRecord } from './job/record.ts'
import { Reports } from './job/reports.ts'
import { Room } from './job/room.ts'
import { STEP_TIMES_READ, StepTimes } from './job/step-times.ts'
import { Timeouts } from './job/timeouts.ts'
import { viewJob } from './job/view.ts'
import { Waiters } from './job/waiters.ts'
import type { Log } from './log.ts'
import { NodeClasses } from './node-classes.ts'
import { nodeFindings } from './node-findings.ts'
import { type IdentityMode, NodeHello } from './node-hello.ts'
import { NodeLife } from './node-life.ts'
import { NodeMerges } from './node-merges.ts'
import type { NodeRecord } from './node-record.ts'
import { Nodes } from './nodes.ts'
import { deliver } from './notices/deliver.ts'
import { Notices } from './notices/notices.ts'
import { ProfileFileStore } from './profile/file-store.ts'
import { Profiles } from './profile/profiles.ts'
import { Provisioning } from './provisioning.ts'
import { NodeRestarts } from './remote/node-restarts.ts'
import { openSshKey } from './remote/ssh-key.ts'
import { Schedules } from './schedule/schedules.ts'
import { openSecrets } from './secrets.ts'
import { openStores } from './store/open-stores.ts'

export { checkProfileFolder } from './profile/check-folder.ts'

export interface OrchestratorConfig {
  /** Holds state/, logs/jobs/, profile-files/, secrets/, chunks/, manifests/. Made when missing. */
  readonly dataDir: string
  readonly profilesDir: string
  /** Added to the boot OS's kernel command line. Left out: console=tty0 console=ttyS0,115200. */
  readonly kernelArguments?: readonly string[]
  /** Left out: 10. A lease lasts six of them. */
  readonly heartbeatSeconds?: number
  /** How often the chunk store is read and checked (0: never by itself), and how full is nearly full. Left out: 7 days, 90 percent. */
  readonly images?: { readonly scrubDays: number; readonly fullPercent: number }
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
  /** A machine that booted so often for one step of a job is held. Left out: 5. */
  readonly maxBootsPerJob?: number
}

export interface OrchestratorDeps {
  readonly log: Log
  /** Left out: the system's. */
  readonly clock?: Clock
  /** What others serve under /api/v1 and the operator token. */
  readonly moreOperatorRoutes?: FastifyPluginAsync
}

export interface Orchestrator {
  /** From memory, at once: may be asked for every packet. */
  mayBoot(mac: string): boolean
  bootAnswer(client: BootClient): BootAnswer
  /** What the nodes' records say is wrong, with what to do. */
  diagnose(): readonly Finding[]
  /** shim for a machine that started with Secure Boot on: its firmware refuses every loader that is not signed. */
  loaderFor(mac: string): 'shim' | undefined
  /** The node that has this MAC now, with the names of its model. */
  nodeOf(mac: string): KnownNode | undefined
  /** Serves /agent/v1/*; brings its own prefix, authentication and error answers. */
  readonly agentRoutes: FastifyPluginAsync
  /** Serves /api/v1/*; likewise. The token lies in <dataDir>/secrets/operator-token (mode 0600). */
  readonly operatorRoutes: FastifyPluginAsync
  readonly events: Events
  /** Loads profiles and begins to watch them, starts the lease sweep. Routes answer before it, too. */
  start(): Promise<void>
  /** Ends long polls and event streams, stops watching, flushes. State needs no stop: every acknowledged change is on disk. */
  stop(): Promise<void>
}

const HEARTBEATS_A_LEASE = 6
const CONSOLES = ['console=tty0', 'console=ttyS0,115200']

/** Opens the state in dataDir, makes secrets at the first start. Throws APPLIANCE_STATE_UNREADABLE when a file cannot be read. */
export async function createOrchestrator(config: OrchestratorConfig, deps: OrchestratorDeps): Promise<Orchestrator> {
  const {
    dataDir,
    profilesDir,
    kernelArguments = CONSOLES,
    directories = [],
    heartbeatSeconds = 10,
    maxRunningJobs,
    directoryMode = 'off',
  } = config
  const { maxBootsPerJob = MAX_BOOTS_PER_JOB, identityMode = 'score' } = config
  const { log, clock = SYSTEM_CLOCK } = deps
  const leaseSeconds = heartbeatSeconds * HEARTBEATS_A_LEASE
  const secrets = await openSecrets(dataDir)
  const { privateKey, ...sshKey } = await openSshKey(dataDir)
  const stores = await openStores(join(dataDir, 'state'), log)
  const images = createImageService(
    { dataDir },
    {
      now: () => instantOf(clock.now()),
      nodesWith: (imageName, version) =>
        nodes
          .list()
          .filter(({ installed }) => installed?.imageName === imageName && installed.version === version)
          .map(({ name }) => name),
      useOf: (imageName, version) =>
        useOfVersion(
          { imageName, version },
          {
            nodes: nodes.list(),
            classes: classes.wanting({ imageName, version }),
            jobs: book.unended().map(({ id, request, pins }) => ({ id, image: request.image, version: pins.imageVersion })),
          },
        ),
    },
  )
  const logs = await JobLogs.open(join(dataDir, 'logs', 'jobs'), clock)
  const jobFiles = new JobFiles(dataDir)
  const events = new Events()
  const stepTimes = new StepTimes()
  for (const job of (await stores.history.latest(STEP_TIMES_READ)).toReversed()) stepTimes.note(job)
  const waiters = new Waiters(clock)
  const leases = new Leases(clock, leaseSeconds)
  const nodes = new Nodes({
    store: stores.nodes,
    clock,
    events,
    awaySeconds: leaseSeconds,
    runningJobOf: (nodeId) => leases.jobOf(nodeId),
    // It may have been approved while its agent waits.
    onChanged: (nodeId) => waiters.wake(nodeId),
  })
  const view = (job: JobRecord) =>
    viewJob(job, {
      nodeName: nodes.get(job.nodeId ?? '')?.name,
      progress: leases.progressOf(job.id),
      stepSince: leases.stepSince(job.id),
      lastSeconds: job.life.phase === 'running' ? stepTimes.of(job) : [],
      now: clock.now(),
    })
  const classes = new NodeClasses({
    store: stores.classes,
    nodes: () => nodes.list(),
    meaningOf: (desired) => wantedVersion(desired, images.list()),
  })
  const room = new Room({ nodes, classes, leases, maxRunning: maxRunningJobs })
  const queueDesk = {
    isMember: (nodeClass: string, node: NodeRecord) => classes.isMember(nodeClass, node),
    hasRoom: (node: NodeRecord) => room.isFor(node),
  }
  const book = new JobBook({ store: stores.jobs, history: stores.history, clock, events, log, view, queueDesk })
  const profiles = new Profiles({
    folder: profilesDir,
    store: await ProfileFileStore.open(dataDir),
    memoryPath: join(dataDir, 'state', 'profiles.json'),
    isUsed: (revision) => book.unended().some(({ pins }) => pins.profileRevision === revision),
    clock,
    events,
    log,
  })
  const changes = new JobChanges({
    book,
    nodes,
    leases,
    waiters,
    logs,
    clock,
    events,
    log,
    view,
    stepTimes,
    releaseImages: (jobId) => images.release(jobId),
  })
  const timeouts = new Timeouts({ book, changes, nodes, leases, clock, log, leaseSeconds })
  const jobs = new Jobs({
    book,
    changes,
    nodes,
    profiles,
    images,
    logs,
    clock,
    view,
    facts: { applianceSshKey: sshKey.publicKey },
  })
  const claims = new Claims({
    book,
    changes,
    nodes,
    leases,
    waiters,
    logs,
    clock,
    mayEnter: (node) => provisioning.mayEnter(node),
    plan: (job, node) => jobs.plan(job, node),
  })
  const departures = new Departures({ book, changes, nodes, leases, clock, log, plan: (job, node) => jobs.plan(job, node) })
  const reports = new Reports({ book, changes, nodes, leases, logs })
  const nodeLife = new NodeLife({
    nodes,
    rules: stores.approvalRules,
    onHeld: (node, reason) => events.emit({ type: 'node.held', node: nodes.view(node), reason }),
    takeJobFrom: (node, reason) => jobs.takeFrom(node, reason),
  })
  const nodeRestarts = new NodeRestarts({ nodes, classes, privateKey, settings: config.ssh ?? {}, log })
  const deliverTo = (hook: Hook, notice: Notice) => deliver(hook, notice, join(dataDir, 'hooks'))
  const provisioning = new Provisioning({
    nodes,
    nodeLife,
    hooks: () => stores.hooks.values(),
    deliver: deliverTo,
    events,
    clock,
    log,
  })
  const nodeMerges = new NodeMerges({
    nodes,
    clock,
    jobsOf: (nodeId) =>
      book
        .unended()
        .flatMap(({ id, pins, life }) =>
          pins.nodeId === nodeId || (life.phase === 'running' && life.nodeId === nodeId) ? [id] : [],
        ),
  })
  const hello = new NodeHello({
    nodes,
    clock,
    log,
    identityMode,
    onDrifted: (node, reason) => events.emit({ type: 'node.drifted', node: nodes.view(node), reason }),
    welcome: (node) => nodeLife.welcome(node),
  })
  const drift = new DriftWatch({ events, nodes, classes, runningJobOf: (nodeId) => leases.jobOf(nodeId) })
  const classDeploy = new ClassDeploys({ classes, jobs })
  const schedules = new Schedules({
    store: stores.schedules,
    clock,
    log,
    post: (request) => jobs.post(request),
    isEnded: (jobId) => book.isOver(jobId),
  })
  const notices = new Notices({
    hooks: stores.hooks,
    outbox: stores.outbox,
    events,
    clock,
    log,
    deliver: deliverTo,
  })
  const others = new Directory({ mode: directoryMode, stores, nodes, clock, log })
  const storeWatch = await StoreWatch.open({
    scrub: (run) => images.scrub(run),
    space: () => images.space(),
    clock,
    events,
    log,
    memoryPath: join(dataDir, 'state', 'scrub.json'),
    ...(config.images ?? { scrubDays: 7, fullPercent: 90 }),
  })
  const stopping = new AbortController()

  const bootDesk = new BootDesk({
    nodes,
    claims,
    departures,
    nodeLife,
    mustWaitToLeave: (node) => provisioning.mustWait(node),
    clock,
    log,
    maxBootsPerJob,
    wordsFor: (mac) => ({
      token: makeBootToken(mac, secrets.bootTokenKey, clock.now()),
      extraKernelArguments:
        directories.length === 0 ? kernelArguments : [...kernelArguments, `platen.directory=${directories.join(',')}`],
    }),
  })

  return {
    // Every machine may: what it gets is told by bootAnswer, and the least is its own disk.
    mayBoot: () => true,
    bootAnswer: (client) => bootDesk.answer(client),
    diagnose: () => nodeFindings(nodes.list(), { now: clock.now(), maxBootsPerJob }),
    nodeOf: (mac) => knownNodeOf(nodes.byMac(mac)),
    loaderFor: (mac) => (nodes.byMac(mac)?.inventory.secureBoot === 'on' ? 'shim' : undefined),
    agentRoutes: agentApi({
      ...secrets,
      clock,
      credentials: others.credentials,
      directory: others.directory,
      provisioning,
      takesIntroductions: others.takesIntroductions,
      nodes,
      hello,
      claims,
      reports,
      departures,
      nodeRestarts,
      jobFiles,
      captures: reports,
      profiles,
      images,
      heartbeatSeconds,
      leaseSeconds,
    }),
    operatorRoutes: operatorApi({
      ...secrets,
      clock,
      nodes,
      nodeLife,
      nodeRestarts,
      sshKey,
      nodeMerges,
      classes,
      classDeploy,
      drift,
      jobs,
      logs,
      jobFiles,
      profiles,
      images,
      storeWatch,
      notices,
      schedules,
      credentials: others.credentials,
      appliances: others.appliances,
      events,
      more: deps.moreOperatorRoutes,
      stopping: stopping.signal,
    }),
    events,
    async start() {
      await profiles.start()
      await jobs.settleDependencies()
      drift.takeAsKnown()
      timeouts.start()
      notices.start()
      schedules.start()
      storeWatch.start()
      others.start()
    },
    async stop() {
      stopping.abort()
      others.stop()
      timeouts.stop()
      notices.stop()
      await schedules.stop()
      await storeWatch.stop()
      claims.stop()
      await profiles.stop()
      await book.close()
      await logs.close()
      await Promise.all(Object.values(stores).map((store) => store.close()))
    },
  }
}

function knownNodeOf(node: NodeRecord | undefined): KnownNode | undefined {
  if (node === undefined) return undefined
  const { manufacturer, product } = node.inventory.smbios
  return { name: node.name, manufacturer, product }
}
