// The door of this room: nodes, profiles, jobs and images behind one object that the appliance wires to HTTP and to netboot.
import { join } from 'node:path'
import type { Hook, Notice } from '../contract/notices.ts'
import { MAX_BOOTS_PER_JOB } from './boot/count.ts'
import type { KnownNode } from './boot/decision.ts'
import { BootDesk } from './boot/desk.ts'
import { makeBootToken } from './boot/tokens.ts'
import { instantOf, SYSTEM_CLOCK } from './clock.ts'
import { Directory } from './directory/directory.ts'
import type { Orchestrator, OrchestratorConfig, OrchestratorDeps } from './door.ts'
import { Events } from './events.ts'
import { agentApi } from './http/agent-api.ts'
import { operatorApi } from './http/operator-api.ts'
import { createImageService } from './image/create-image-service.ts'
import { policyOf, RetentionTimer } from './image/retention-timer.ts'
import { StoreWatch } from './image/store-watch.ts'
import { useOfVersion } from './image/use-of-version.ts'
import { VersionChecks } from './image/version-checks.ts'
import { ClassDeploys } from './job/class-deploys.ts'
import { Leases } from './job/leases.ts'
import { openJobRoom } from './job/open-job-room.ts'
import { Waiters } from './job/waiters.ts'
import { NodeClasses } from './node/classes.ts'
import { DriftWatch } from './node/drift.ts'
import { nodeFindings } from './node/findings.ts'
import { NodeHello } from './node/hello.ts'
import { NodeLife } from './node/life.ts'
import { NodeMerges } from './node/merges.ts'
import { Nodes } from './node/nodes.ts'
import { Provisioning } from './node/provisioning.ts'
import type { NodeRecord } from './node/record.ts'
import { wantedVersion } from './node/wanted-version.ts'
import { deliver } from './notices/deliver.ts'
import { Notices } from './notices/notices.ts'
import { NodeRestarts } from './remote/node-restarts.ts'
import { openSshKey } from './remote/ssh-key.ts'
import { Schedules } from './schedule/schedules.ts'
import { openSecrets } from './secrets.ts'
import { openStores } from './store/open-stores.ts'

export type { Orchestrator, OrchestratorConfig } from './door.ts'
export { checkProfileFolder } from './profile/check-folder.ts'

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
  const events = new Events()
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
  const classes = new NodeClasses({
    store: stores.classes,
    nodes: () => nodes.list(),
    meaningOf: (desired) => wantedVersion(desired, images.list()),
  })
  const { book, jobs, claims, departures, reports, timeouts, logs, jobFiles, profiles } = await openJobRoom({
    dataDir,
    profilesDir,
    leaseSeconds,
    maxRunning: maxRunningJobs,
    stores,
    nodes,
    classes,
    images,
    leases,
    waiters,
    events,
    clock,
    log,
    mayEnter: (node) => provisioning.mayEnter(node),
    facts: { applianceSshKey: sshKey.publicKey },
  })
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
  const versionChecks = new VersionChecks({ images, clock, log })
  const retention = new RetentionTimer({ images, policy: policyOf(config.images ?? {}), clock, log })
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
      versionChecks,
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
      retention.start()
      others.start()
    },
    async stop() {
      stopping.abort()
      others.stop()
      timeouts.stop()
      notices.stop()
      await schedules.stop()
      await storeWatch.stop()
      await versionChecks.stop()
      await retention.stop()
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
