// The one HTTP server that all rooms share: its pages about itself, its API description, its manners with errors.
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, LogController } from 'fastify'
import { BootAdditions } from '../../contract/boot-additions.ts'
import { CentralObject } from '../../contract/central/objects.ts'
import { isSchemaName } from '../../contract/named.ts'
import { Package } from '../../contract/package.ts'
import { Profile } from '../../contract/profile.ts'
import { readTarget } from '../../contract/request-target.ts'
import { type Health, HealthView } from '../health.ts'
import { guardConnections } from './connection-guard.ts'
import { CONNECTION_LIMITS, type ConnectionLimits } from './connection-limits.ts'
import { consoleRoutes } from './console-routes.ts'
import { replyToBadRequest } from './error-reply.ts'
import { installManners } from './manners.ts'
import { installApiDescription } from './openapi/description.ts'
import { keepSecretsToHttps, keepToHttps, type PlainHttp } from './plain-http.ts'

export interface HttpAppDeps {
  readonly log: FastifyBaseLogger
  readonly version: string
  readonly health: () => Health
  readonly rooms: readonly FastifyPluginAsync[]
  readonly connectionLimits?: ConnectionLimits
  /** Left out: everything is served without encryption, too. */
  readonly plainHttp?: PlainHttp
  /** Adds hooks that see every request. */
  readonly watch?: (app: FastifyInstance) => void
}

export interface HttpApp {
  readonly app: FastifyInstance
  /** "GET /healthz", in the order in which they were added. */
  readonly routes: readonly string[]
}

export async function createHttpApp(deps: HttpAppDeps): Promise<HttpApp> {
  const { log, version, health, rooms, connectionLimits = CONNECTION_LIMITS, watch } = deps
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    // A rack that boots asks thousands of times; the rooms tell what matters as events.
    logController: new LogController({ disableRequestLogging: true }),
    // stop() must not wait for keep-alive connections that agents leave open.
    forceCloseConnections: 'idle',
    frameworkErrors: replyToBadRequest,
    // However a client spells what it wants: routes, handlers and logs read one spelling.
    rewriteUrl: (request) => {
      const { origin, authority } = readTarget(request.url ?? '/')
      if (authority !== undefined) request.headers.host = authority
      return origin
    },
    keepAliveTimeout: connectionLimits.keepAliveMs,
    // Peers that went without a word, while an agent's long poll or a stream of events has nothing to say.
    http: { keepAlive: true, keepAliveInitialDelay: 30_000 },
  })
  guardConnections(app.server, connectionLimits)
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    routes.push(...[method].flat().map((one) => `${one} ${url}`))
  })
  watch?.(app)
  installManners(app)
  if (deps.plainHttp !== undefined) keepSecretsToHttps(app, deps.plainHttp)
  if (deps.plainHttp?.serves === 'boot') keepToHttps(app, deps.plainHttp)
  await installApiDescription(app, version)
  // Whoever types the address alone into a browser.
  app.get('/', async (_request, reply) => reply.redirect('console/'))
  app.get('/healthz', { schema: { response: { 200: HealthView, 503: HealthView } } }, async (_request, reply) => {
    const now = health()
    return reply.code(now.status === 'up' ? 200 : 503).send(now)
  })
  for (const [path, schema] of Object.entries(SCHEMAS))
    app.get(path, async (_request, reply) => reply.type('application/schema+json').send(JSON.stringify(schema, withoutNames, 2)))
  await app.register(consoleRoutes())
  for (const room of rooms) await app.register(room)
  return { app, routes }
}

/** For editors. */
const SCHEMAS = {
  '/profile.schema.json': Profile,
  '/package.schema.json': Package,
  '/boot.schema.json': BootAdditions,
  '/central.schema.json': CentralObject,
}

/** The names that schemas have in the API description mean nothing to an editor. */
function withoutNames(key: string, value: unknown): unknown {
  return key === '$id' && isSchemaName(value) ? undefined : value
}
