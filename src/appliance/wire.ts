// Joins the rooms in one process: who answers whom, what starts first, what stops first.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { AppError } from '../contract/errors.ts'
import { createNetboot, type HandedSockets, type NeighbourTable } from '../netboot/index.ts'
import { SYSTEM_CLOCK } from '../store/index.ts'
import { openOnDevice } from './device-sockets.ts'
import { FigureKeeper } from './figures/keeper.ts'
import { HealthRecord } from './health.ts'
import { createHttpApp } from './http/app.ts'
import { doctorRoutes } from './http/doctor-routes.ts'
import { figureRoutes } from './http/figure-routes.ts'
import { nodeBootRoutes } from './http/node-boot-routes.ts'
import { settingsRoutes } from './http/settings-routes.ts'
import { supportRoutes } from './http/support-routes.ts'
import { HttpsPart } from './https-part.ts'
import { Metrics } from './metrics.ts'
import { rootFindings } from './own-user.ts'
import type { ApplianceConfig } from './resolve.ts'
import { netbootConfigOf, roomsConfigOf } from './room-configs.ts'
import { openRooms, type Rooms } from './rooms.ts'
import type { Tracing } from './tracing.ts'
import { VERSION } from './version.ts'

export interface Appliance {
  readonly app: FastifyInstance
  readonly routes: readonly string[]
  /** When it fails, everything that was started is stopped again. */
  start(): Promise<void>
  /** May be called twice, and after a start that failed. */
  stop(): Promise<void>
}

/** A transfer that is under way may end in this time; then it is cut, and whoever asked asks again. */
const GRACE_MS = 5000

export interface WireDeps {
  readonly log: Logger
  /** Sockets that a parent opened and tied to an interface; left out, netboot opens its own. */
  readonly handedSockets?: HandedSockets
  readonly graceMs?: number
  /** Who has which address on our links. Left out: as the kernel says. */
  readonly neighbours?: NeighbourTable
  /** Of an OpenTelemetry collector. Left out: nothing is traced. */
  readonly traceEndpoint?: string | undefined
  /** The latest lines of the log. Left out: nobody keeps them. */
  readonly recentLog?: () => readonly string[]
}

export async function wire(config: ApplianceConfig, deps: WireDeps): Promise<Appliance> {
  const { inForce = [], ...withoutWords } = config
  const { log, handedSockets = {}, graceMs = GRACE_MS, neighbours, recentLog = () => [] } = deps
  const health = new HealthRecord({ version: VERSION, startedAt: new Date().toISOString() }, () => bootOsIn(config.bootDir))
  const diagnose = async () => [
    ...rootFindings(process.getuid?.()),
    ...https.diagnose(),
    ...rooms.diagnose(),
    ...(await netboot.diagnose()),
  ]
  const macsOf = (node: string) => {
    const { bootMacs, inventory } = rooms.orchestrator.nodeView(node)
    return [...new Set([...bootMacs, ...inventory.nics.map(({ mac }) => mac)])]
  }
  const rooms = await openRooms(roomsConfigOf(config), {
    log: log.child({ room: 'orchestrator' }),
    isProven: async (mac, peer) => (await netboot.standingOf(mac, peer)).kind === 'proven',
    macAt: (peer) => netboot.macAt(peer),
    bootWords: () => https.bootWords(),
    routesForOtherTools: async (app) => void (await app.register(metrics.routes)),
    moreOperatorRoutes: async (app) => {
      await app.register(
        doctorRoutes({
          diagnose,
          bootOs: () => bootOsIn(config.bootDir),
          bootDir: config.bootDir,
        }),
      )
      await app.register(figureRoutes({ series: (span) => figures.series(span) }))
      await app.register(settingsRoutes(inForce))
      await app.register(nodeBootRoutes({ macsOf, bootsOf: (macs) => netboot.bootsOf(macs) }))
      await app.register(
        supportRoutes({
          dataDir: config.dataDir,
          version: VERSION,
          settings: withoutWords,
          recentLog,
          knownSecrets: () => rooms.orchestrator.knownSecrets(),
        }),
      )
    },
  })
  // The one question of the netboot room is answered by the orchestrator; neither knows the other.
  const netboot = createNetboot(netbootConfigOf(config, handedSockets), {
    policy: rooms.orchestrator,
    neighbours,
    log: log.child({ room: 'netboot' }),
    openOnDevice,
  })
  const metrics = new Metrics({
    events: rooms.events,
    fleet: () => rooms.orchestrator.figures(),
    space: () => rooms.library.images.space(),
    images: () => rooms.library.images.list(),
    findings: diagnose,
    onJobEnded: (job) => figures.counter.countEnd(job),
  })
  const figures = new FigureKeeper({
    path: join(config.dataDir, 'figures', 'figures.jsonl'),
    clock: SYSTEM_CLOCK,
    log: log.child({ room: 'appliance' }),
    running: () => rooms.orchestrator.runningJobs(),
    standing: async () => {
      const { running, queued } = rooms.orchestrator.figures()
      const { freeBytes, totalBytes } = await rooms.library.images.space()
      const problems = (await diagnose()).filter(({ severity }) => severity === 'problem').length
      return {
        jobsRunning: running,
        jobsQueued: queued,
        storeUsedBytes: totalBytes - freeBytes,
        storeSizeBytes: totalBytes,
        problems,
      }
    },
  })
  netboot.events.subscribe((event) => {
    metrics.countNetboot(event)
    figures.counter.countBoot(event)
  })
  health.watch('netboot', () => netboot.isServing())
  const tracing = await openTracing(deps, rooms.events)
  const { app, routes } = await createHttpApp({
    log: log.child({ room: 'http' }),
    version: VERSION,
    health: () => health.view(),
    rooms: [netboot.httpRoutes, rooms.routes],
    plainHttp: { serves: config.http.serves, httpsPort: () => rooms.access.certificates.port },
    watch(each) {
      metrics.watch(each)
      tracing?.watch(each)
    },
  })
  const https = new HttpsPart(app, rooms.access.certificates, config, log.child({ room: 'http' }))

  // HTTP before DHCP: a machine that gets an address finds everything that it asks for next.
  async function start(): Promise<void> {
    try {
      warnWithoutBootOs(config, log)
      await listen(app, config)
      await https.start()
      health.set('http', 'up')
      await rooms.start()
      await figures.start()
      health.set('orchestrator', 'up')
      await netboot.start()
      health.set('netboot', 'up')
    } catch (error) {
      await stop()
      throw error
    }
  }

  // The other way round; the rooms end their long polls, else HTTP would wait for them.
  async function stop(): Promise<void> {
    health.set('netboot', 'stopping')
    await netboot.stop()
    health.set('orchestrator', 'stopping')
    await figures.stop()
    await rooms.stop()
    health.set('http', 'stopping')
    await Promise.all([https.stop(graceMs), closeWithin(app, graceMs)])
    await tracing?.stop()
  }

  return { app, routes, start, stop }
}

/** Loaded only where somebody wants it. */
async function openTracing({ traceEndpoint: endpoint, log }: WireDeps, events: Rooms['events']): Promise<Tracing | undefined> {
  if (endpoint === undefined || endpoint === '') return undefined
  const { Tracing } = await import('./tracing.ts')
  return Tracing.open({ endpoint, version: VERSION, events, log: log.child({ room: 'appliance' }) })
}

async function closeWithin(app: FastifyInstance, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
  await app.close()
  clearTimeout(cut)
}

async function listen(app: FastifyInstance, { http }: ApplianceConfig): Promise<void> {
  try {
    await app.listen({ host: http.listen, port: http.port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const where = `TCP port ${http.port} of ${http.listen}`
    if (code === 'EADDRINUSE') {
      const hint = `See who holds it with \`ss -ltnp 'sport = :${http.port}'\`, or take another: --http-port 8081.`
      throw new AppError('APPLIANCE_PORT_TAKEN', `${where} is taken`, hint, { cause: error })
    }
    const hint = 'Ports below 1024 need root or CAP_NET_BIND_SERVICE; the address must be one of this machine.'
    throw new AppError('APPLIANCE_PORT_TAKEN', `${where} cannot be opened: ${message}`, hint, { cause: error })
  }
}

function warnWithoutBootOs({ bootDir }: ApplianceConfig, log: Logger): void {
  if (bootOsIn(bootDir).length > 0) return
  log.warn(
    { code: 'BOOT_OS_NOT_BUILT', bootDir },
    `no boot OS in ${bootDir}: no machine can boot until \`platen boot build\` has made one`,
  )
}

function bootOsIn(bootDir: string): string[] {
  return ['x64', 'arm64'].filter((architecture) => existsSync(join(bootDir, architecture, 'build.json')))
}
