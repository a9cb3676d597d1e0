// How sites follow: the side of central and the side of a site, both in every appliance, because one that follows may be followed.
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import type { Finding } from '../../contract/doctor.ts'
import type { NodeView } from '../../contract/operator-api.ts'
import type { KnownKey } from '../../contract/version-signature.ts'
import type { Library } from '../../library/index.ts'
import type { Clock, Events, Log, State } from '../../store/index.ts'
import { contentRoutes } from './central/content-routes.ts'
import { centralFindings } from './central/findings.ts'
import { Lines } from './central/lines.ts'
import { OfferedBodies } from './central/offered-bodies.ts'
import { Offers } from './central/offers.ts'
import { peopleRoutes } from './central/people-routes.ts'
import { SiteGate } from './central/site-gate.ts'
import { SiteJournals } from './central/site-journals.ts'
import { joinRoutes, type SiteRoutesDeps, siteRoutes } from './central/site-routes.ts'
import { letSitesIn } from './central/site-scope.ts'
import { Sites } from './central/sites.ts'
import type { ClosurePort, ObjectPort, OwnApiPort } from './ports.ts'
import type { Signer } from './signed.ts'
import { Follower } from './site/follower.ts'
import { Journal } from './site/journal.ts'
import { bootBuildKind } from './site/kinds/boot-build.ts'
import { imageKind } from './site/kinds/image.ts'
import type { ItemKind } from './site/kinds/kind.ts'
import { objectKind, packageKind, profileKind } from './site/kinds/records.ts'
import { Orders } from './site/orders.ts'
import { centralRoutes } from './site/people-routes.ts'
import { Puller } from './site/puller.ts'
import { TokenBucket } from './site/token-bucket.ts'

export interface FollowDeps {
  readonly dataDir: string
  /** Of this program. */
  readonly version: string
  readonly state: State
  readonly library: Library
  readonly closures: ClosurePort
  readonly objects: ObjectPort
  readonly ownApi: OwnApiPort
  readonly signer: Signer
  /** PEM of the authority that this appliance's certificates are of. Left out: it has none. */
  readonly authority?: () => string | undefined
  fleet(): { readonly nodes: readonly NodeView[]; readonly drifted: readonly string[] }
  readonly clock: Clock
  readonly events: Events
  readonly log: Log
}

export interface Follow {
  /** Where a site joins; mounted beside the next, with an audit: what a stranger tries is written down. */
  readonly joinRoutes: FastifyPluginAsync
  /** For sites that joined, by their signatures. */
  readonly siteRoutes: FastifyPluginAsync
  /** Mounted inside the operator API. */
  readonly operatorRoutes: FastifyPluginAsync
  /** Whether the central that this appliance follows offers what has this digest. From memory. */
  isOffered(digest: string): boolean
  /** The key of the central that this appliance follows, if any. */
  knownKeys(): readonly KnownKey[]
  diagnose(): readonly Finding[]
  start(): Promise<void>
  stop(): Promise<void>
}

export async function openFollow(deps: FollowDeps): Promise<Follow> {
  const { state, library, closures, objects, signer, clock, events, log } = deps
  const { images, bootBuilds, exchange } = library

  const sites = new Sites({
    records: await state.collection('sites'),
    reports: await state.collection('site-reports'),
    closures,
    signer,
    clock,
  })
  const lines = new Lines({ signer, clock })
  const bodies = new OfferedBodies(await state.collection('offered-bodies'), objects)
  const offers = new Offers({
    sites,
    closures,
    updates: await state.collection('site-updates'),
    bodies,
    wake: (site) => lines.wake(site),
    isConnected: (site) => lines.isConnected(site),
    clock,
    log,
  })
  const journals = new SiteJournals(await state.collection('site-journal-marks'), await state.history('site-journal'))
  const gate = new SiteGate({ sites, closures, images })
  const served: SiteRoutesDeps = { ...deps, sites, offers, lines, journals, images }

  const journal = new Journal({ store: await state.collection('journal-for-central'), clock, log })
  const bucket = new TokenBucket(clock)
  const follower = new Follower({
    dataDir: deps.dataDir,
    version: deps.version,
    central: await state.collection('followed-central'),
    brought: await state.collection('brought-up'),
    puller: new Puller({ kinds: await kindsOf(deps), log }),
    images,
    journal,
    orders: new Orders(deps.ownApi, clock),
    bucket,
    incoming: join(deps.dataDir, 'central-incoming'),
    fleet: () => deps.fleet(),
    clock,
    log,
  })
  let unsubscribe = (): void => undefined

  return {
    joinRoutes: async (app) => {
      await app.register(joinRoutes, served)
    },
    siteRoutes: async (app) => {
      letSitesIn(app, {
        keyOf: (site) => sites.keyOf(site),
        noteContact: (site) => sites.noteContact(site),
        keyId: () => signer.keyId,
        clock,
      })
      // Chunks and manifests ask who it is by this name.
      app.decorateRequest('agentNodeId', '')
      app.addHook('onRequest', async (request) => {
        request.agentNodeId = request.siteName
      })
      await app.register(siteRoutes, served)
      await app.register(contentRoutes, { gate, images, bootBuilds, exchange, bodies, signer })
      await app.register(library.transferFor({ captures: gate, gate }))
    },
    operatorRoutes: async (app) => {
      await app.register(peopleRoutes, {
        sites,
        offers,
        lines,
        journals,
        ringOf: (site) => closures.settingsOf(site)?.ring,
        policyOf(site) {
          const { ring: _ring, ...policy } = closures.settingsOf(site) ?? { mayPublish: false }
          return policy
        },
      })
      await app.register(centralRoutes, { follower })
    },
    isOffered: (digest) => follower.isOffered(digest),
    knownKeys() {
      const publicKey = follower.centralKey()
      return publicKey === undefined ? [] : [{ who: 'central', publicKey }]
    },
    diagnose: () => [...centralFindings({ sites, lines, clock }), ...follower.diagnose()],
    async start() {
      unsubscribe = events.subscribe((event) => {
        if (event.type === 'audit.recorded' || event.type === 'job.progressed' || !follower.isFollowing) return
        journal.note(event)
        follower.tellSoon()
      })
      offers.start()
      await follower.start()
    },
    async stop() {
      unsubscribe()
      lines.closeAll()
      await follower.stop()
      await offers.stop()
    },
  }
}

async function kindsOf({
  library: { images, bootBuilds, exchange },
  objects,
  state,
}: FollowDeps): Promise<ReadonlyMap<string, ItemKind>> {
  const object = objectKind(objects, await state.collection('taken-objects'))
  return new Map<string, ItemKind>([
    ['boot-build', bootBuildKind(bootBuilds)],
    ['image', imageKind(images)],
    ['package', packageKind(exchange)],
    ['profile', profileKind(exchange)],
    ...objects.kinds.map((kind) => [kind, object] as const),
  ])
}
