// Opens the rooms behind HTTP, each with what it may know of the others, and puts their routes under one roof.
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import { type Access, type AccessConfig, openAccess, peerDigestOf } from '../access/index.ts'
import { type Central, type CentralConfig, openCentral } from '../central/index.ts'
import type { Finding } from '../contract/doctor.ts'
import {
  type CaptureDesk,
  type ContentDesk,
  type Library,
  type LibraryConfig,
  type LibraryUse,
  openLibrary,
} from '../library/index.ts'
import { type Orchestrator, type OrchestratorConfig, openOrchestrator } from '../orchestrator/index.ts'
import { type Clock, Events, type Log, lowdbState, Operations, SYSTEM_CLOCK, settleFolders } from '../store/index.ts'
import { BackupCuts } from './backup/cut.ts'
import { openDataFormat } from './data-format.ts'
import { type Following, openFollowing } from './following.ts'
import { agentScope } from './http/agent-scope.ts'
import { backupRoutes } from './http/backup-routes.ts'
import { cloudInitRoutes } from './http/cloud-init-routes.ts'
import { EventHistory } from './http/event-history.ts'
import { eventStreamRoutes } from './http/event-stream.ts'
import { nodeScope } from './http/node-scope.ts'
import { operationRoutes } from './http/operation-routes.ts'
import { operatorScope } from './http/operator-scope.ts'
import type { KeptRequest } from './http/repeated-requests.ts'
import { siteScope } from './http/site-scope.ts'
import { workerScope } from './http/worker-scope.ts'
import { ImportDesk } from './imports/import-desk.ts'
import { stateFindings } from './state-findings.ts'
import { VERSION } from './version.ts'

export type RoomsConfig = LibraryConfig &
  OrchestratorConfig &
  CentralConfig &
  Pick<AccessConfig, 'siteCertificate' | 'httpsNames' | 'syslog'>

interface RoomsDeps {
  readonly log: Log
  /** Left out: the system's. */
  readonly clock?: Clock
  /** Whether the wire says that an address is that of a MAC. Left out: it says nothing, and a token is good where it was given. */
  readonly isProven?: (mac: string, peer: string) => Promise<boolean>
  /** The MAC whose address it is, as the wire says. Left out: it says nothing. */
  readonly macAt?: (peer: string) => Promise<string | undefined>
  /** More words of the boot OS's kernel command line, as they are when a machine boots. Left out: none. */
  readonly bootWords?: () => readonly string[]
  /** What else is served under the operator API. */
  readonly moreOperatorRoutes?: FastifyPluginAsync
  /** What is served to whoever has a token, at addresses of its own. */
  readonly routesForOtherTools?: FastifyPluginAsync
}

export interface Rooms {
  readonly access: Access
  readonly library: Library
  readonly orchestrator: Orchestrator
  readonly events: Events
  /** What is wrong with what the rooms keep and know. */
  diagnose(): readonly Finding[]
  /** The agent API, the operator API, and the addresses of older tools; they need the manners of the application. */
  readonly routes: FastifyPluginAsync
  start(): Promise<void>
  stop(): Promise<void>
}

/** Opens the state in dataDir, makes secrets at the first start. Throws APPLIANCE_STATE_UNREADABLE when a file cannot be read. */
export async function openRooms(config: RoomsConfig, deps: RoomsDeps): Promise<Rooms> {
  const {
    log,
    clock = SYSTEM_CLOCK,
    isProven = async () => false,
    macAt = async () => undefined,
    bootWords,
    moreOperatorRoutes,
    routesForOtherTools,
  } = deps
  const { dataDir, directoryMode = 'off', siteCertificate, httpsNames, syslog } = config
  const events = new Events()
  await openDataFormat(dataDir)
  const state = lowdbState(join(dataDir, 'state'), log)
  const operations = new Operations({ clock, events })
  const shared = { state, clock, events, log }
  const access = await openAccess(
    {
      dataDir,
      takesIntroductions: directoryMode !== 'off',
      ...(siteCertificate && { siteCertificate }),
      ...(httpsNames && { httpsNames }),
      ...(syslog && { syslog }),
    },
    shared,
  )
  // The library is opened before those that use it; what it asks of them it asks later.
  const use: LibraryUse = {
    useOf: (imageName, version) => orchestrator.useOf(imageName, version) ?? central.useOf(imageName, version),
    nodesWith: (imageName, version) => orchestrator.nodesWith(imageName, version),
    useOfPackage: (name, version) => orchestrator.useOfPackage(name, version) ?? central.useOfPackage(name, version),
    whoWantsBoot: (build, isInUse) => [
      ...orchestrator.whoWantsBoot(build, isInUse),
      ...central.whoWantsBoot(build),
      // What was removed would come again.
      ...(following.follow.isOffered(library.bootBuilds.get(build.architecture, build.number)?.digest ?? '')
        ? ['central offers it']
        : []),
    ],
    buildsWith: (revision) => orchestrator.buildsWith(revision),
  }
  const captures: Required<CaptureDesk> = {
    originOf: (...lease) => orchestrator.captures.originOf(...lease),
    notePublished: (...what) => orchestrator.captures.notePublished(...what),
    noteDisks: (...what) => orchestrator.captures.noteDisks(...what),
  }
  const contents: ContentDesk = { contentOf: (nodeId) => orchestrator.contents.contentOf(nodeId) }
  const knownKeys = () => following.follow.knownKeys()
  const signing = { signer: access.signingKey, knownKeys }
  const library = await openLibrary(config, { ...shared, operations, use, captures, contents, ...signing })
  const imports = new ImportDesk({ transfer: library.agentRoutes, operations, log })
  const orchestrator: Orchestrator = await openOrchestrator(config, {
    ...shared,
    importUpload: (order) => imports.run(order),
    images: library.images,
    profiles: library.profiles,
    packages: library.packages,
    functions: {
      changeCount: () => central.functions.changeCount(),
      meaningOf: (wish, machine) => central.functions.meaningOf(wish, machine),
      fileChangeCount: () => central.functions.fileChangeCount(),
      filesOf: (wish, node) => central.functions.filesOf(wish, node),
      filesNamed: (names) => central.functions.filesNamed(names),
      refuse: (wish, machine) => central.functions.refuse(wish, machine),
    },
    bootBuilds: library.bootBuilds,
    bootTokens: bootTokensOf(access),
    sshKey: access.sshKey,
    recordKey: access.signingKey,
    secrets: access.secrets,
    nodeCredentials: access.nodeCredentials,
    ...(bootWords && { bootWords }),
    ca: () => access.caBundle(),
  })
  // What an appliance that died had begun to install is finished here, before anybody can ask.
  const bundles = await library.openBundles({
    state,
    things: orchestrator.bundleThings,
    signer: bundleSignerOf(access),
    programVersion: VERSION,
  })
  const central: Central = await openCentral(config, {
    ...shared,
    images: library.images,
    profiles: library.profiles,
    packages: library.packages,
    bootBuilds: library.bootBuilds,
    classes: orchestrator.forSites,
    nodes: {
      view: (name) => orchestrator.nodeView(name),
      functionOf: (name) => orchestrator.functionOf(name),
      configuredText: (name, to) => orchestrator.configuredText(name, to),
    },
  })
  const cuts = new BackupCuts(dataDir, library.images)
  const following: Following = await openFollowing({ ...shared, dataDir, access, library, orchestrator, central })
  const { follow } = following
  const stopping = new AbortController()
  const history = new EventHistory(events)
  const eventStream: FastifyPluginAsync = async (app) => {
    await app.register(eventStreamRoutes, { history, stopping: stopping.signal })
  }
  const keptRequests = await state.collection<KeptRequest>('kept-requests')
  const agent = agentScope({
    access,
    agentNodeOf: (mac, boot) => orchestrator.agentNodeOf(mac, boot),
    isOverBoot: (mac, boot) => orchestrator.isOverBoot(mac, boot),
    onContest: (mac, reason) => orchestrator.doubt(mac, reason),
    isProven,
    inside: [orchestrator.agentRoutes, library.agentRoutes],
    beside: [orchestrator.bootFileRoutes],
  })
  const running = nodeScope({
    access,
    nodeState: (nodeId) => orchestrator.nodeState(nodeId),
    inside: [orchestrator.runningNodeRoutes, library.runningNodeRoutes],
  })
  const operator = operatorScope({
    access: { audit: access.audit, credentials: access.credentials, callerOf: following.callerOf },
    sight: orchestrator.sight,
    repeated: { store: keptRequests, clock },
    inside: [
      orchestrator.operatorRoutes,
      library.operatorRoutes,
      bundles.routes,
      central.operatorRoutes,
      async (app) => {
        await app.register(backupRoutes, { cuts })
      },
      follow.operatorRoutes,
      async (app) => {
        await app.register(operationRoutes, { operations })
      },
      access.operatorRoutes,
      eventStream,
      ...(moreOperatorRoutes === undefined ? [] : [moreOperatorRoutes]),
    ],
    beside: [access.loginRoutes],
    forOtherTools: [
      orchestrator.xmlRoutes,
      orchestrator.redfishRoutes,
      ...(routesForOtherTools === undefined ? [] : [routesForOtherTools]),
    ],
  })

  // Folders that were made just now: nothing is acknowledged before their names are on disk.
  await settleFolders(dataDir)
  return {
    access,
    library,
    orchestrator,
    events,
    diagnose: () => [
      ...stateFindings(state.damaged()),
      ...access.diagnose(),
      ...library.diagnose(),
      ...bundles.diagnose(),
      ...orchestrator.diagnose(),
      ...follow.diagnose(),
    ],
    routes: async (app) => {
      await app.register(agent)
      await app.register(operator)
      await app.register(running)
      await app.register(workerScope(access.credentials, orchestrator.workerRoutes))
      await app.register(access.openRoutes)
      await app.register(cloudInitRoutes, {
        macAt,
        nodeAt: (mac) => {
          const known = orchestrator.nodeOf(mac)
          return known === undefined ? undefined : orchestrator.nodeView(known.name)
        },
        render: (template, node) => central.renderFor(template, node),
      })
      await app.register(siteScope({ access, follow }))
      following.ownApi.attach(app)
    },
    async start() {
      await library.start()
      await orchestrator.start()
      await central.start()
      await follow.start()
    },
    async stop() {
      stopping.abort()
      await follow.stop()
      await central.stop()
      await orchestrator.stop()
      await imports.stop()
      await library.stop()
      await access.close()
      await state.close()
    },
  }
}

function bundleSignerOf({ signingKey }: Access) {
  return {
    get keyId() {
      return signingKey.keyId
    },
    get publicKey() {
      return signingKey.publicKeys()[0]!.publicKey
    },
    sign: (bytes: Uint8Array) => signingKey.sign(bytes),
    publicKeys: () => signingKey.publicKeys(),
  }
}

function bootTokensOf({ tokens, exchanges }: Access) {
  return {
    make: (mac: string, peer: string) => tokens.make({ mac, origin: { kind: 'booted', peerDigest: peerDigestOf(peer) } }),
    sessionOf: (text: string, peer: string) => {
      const verdict = tokens.read(text)
      if (verdict.kind === 'refused') return undefined
      const { mac, boot, origin } = verdict.token
      if (exchanges.isExchanged(verdict.token)) return undefined
      return origin.kind === 'booted' && origin.peerDigest === peerDigestOf(peer) ? { mac, boot } : undefined
    },
  }
}
