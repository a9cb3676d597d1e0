// The description of the HTTP API (OpenAPI 3.1), at /docs: what the table of routes and the schemas of the routes say.
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import type { TSchema } from 'typebox'
import { errorsOf, routeOf, TAGS } from '../../../contract/routes.ts'
import { type DescribedRoute, describeOperation } from './operation.ts'
import { problemExamples } from './problems.ts'
import { Components, type Json } from './references.ts'

const SECURITY_SCHEMES = {
  operatorToken: { type: 'http', scheme: 'bearer', description: 'The operator token, a token, or that of a login.' },
  operatorTokenAsPassword: { type: 'http', scheme: 'basic', description: 'The same as the password, with any user.' },
  session: { type: 'apiKey', in: 'cookie', name: 'platen-session', description: 'The login of a browser.' },
  bootToken: { type: 'http', scheme: 'bearer', description: 'The token of one boot of one machine.' },
  nodeCredential: { type: 'http', scheme: 'bearer', description: 'What a deploy put into the system of a machine.' },
  siteSignature: { type: 'http', scheme: 'platen-site', description: 'The signature of a site that joined; docs/sites.md.' },
  agentCredential: { type: 'http', scheme: 'bearer', description: 'An agent credential of this appliance.' },
} as const

const INFO = {
  title: 'Platen',
  description: 'Everything that an operator, an agent or a booting machine may ask.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
}

/** Before the routes: it hears of each. */
export async function installApiDescription(app: FastifyInstance, version: string): Promise<void> {
  const routes = new Map<string, DescribedRoute>()
  app.addHook('onRoute', (options) => {
    const route = describedOf(options)
    if (route !== undefined) routes.set(route.row.operationId, route)
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { ...INFO, version },
      servers: [{ url: '/' }],
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    // Bodies and answers are described below, with names.
    transform: ({ schema, url }) => ({ schema: parametersOf(schema, url), url: url.replace(/\*$/, ':path') }),
    transformObject: (given) => ('openapiObject' in given ? complete(given.openapiObject, routes) : given.swaggerObject),
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })
}

function describedOf({ method, url, schema }: RouteOptions): DescribedRoute | undefined {
  const row = [method].flat().includes('HEAD') ? undefined : routeOf([method].flat()[0] ?? '', url)
  if (row === undefined || row.isHidden === true) return undefined
  const { body, response } = (schema ?? {}) as { readonly body?: TSchema; readonly response?: Record<string, TSchema> }
  return { row, ...(body === undefined ? {} : { body }), ...(response === undefined ? {} : { answers: response }) }
}

function parametersOf(schema: FastifySchema | undefined, url: string): FastifySchema {
  const { body: _body, response: _response, ...rest } = schema ?? {}
  if (!url.endsWith('*')) return rest
  const params = (rest.params ?? { type: 'object' }) as { readonly properties?: object; readonly required?: readonly string[] }
  const path = { type: 'string', description: 'Slashes and all.' }
  return {
    ...rest,
    params: { ...params, properties: { ...params.properties, path }, required: [...(params.required ?? []), 'path'] },
  }
}

/** Whatever of the document is not about bodies and answers stays as it is. */
function complete<D extends { paths?: object; components?: object }>(
  document: D,
  routes: ReadonlyMap<string, DescribedRoute>,
): D {
  const components = new Components()
  const paths = mapValues((document.paths ?? {}) as Record<string, Json>, (path) =>
    mapValues(path as Record<string, Json>, (operation) => {
      const route = routes.get(String(operation.operationId))
      return route === undefined ? operation : { ...operation, ...describeOperation(route, components) }
    }),
  )
  const codes = new Set([...routes.values()].flatMap(({ row }) => errorsOf(row)))
  const used = new Set([...routes.values()].map(({ row }) => row.tag))
  return {
    ...document,
    tags: Object.entries(TAGS).flatMap(([name, description]) =>
      used.has(name as keyof typeof TAGS) ? [{ name, description }] : [],
    ),
    paths,
    components: { ...document.components, schemas: components.schemas, examples: problemExamples([...codes]) },
  }
}

function mapValues<V, R>(record: Readonly<Record<string, V>>, change: (value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
