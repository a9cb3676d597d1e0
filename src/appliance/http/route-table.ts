// What the table of routes (src/contract/routes.ts) says of each route is so: name, tag, summary, credential and body limit come from
// its row, and a route without a row stops the start.
import type { FastifyInstance, FastifyRequest, FastifySchema, RouteOptions } from 'fastify'
import { AppError } from '../../contract/errors.ts'
import { type Caller, type Route, routeOf } from '../../contract/routes.ts'

/** An empty object is what some tools send where there is nothing to say. */
const EMPTY_OBJECT_BYTES = 2

export function installRouteTable(app: FastifyInstance): void {
  app.addHook('onRoute', (options) => {
    const row = rowOf(options)
    options.bodyLimit = limitOf(row)
    options.schema = { ...options.schema, ...describe(row, options.schema) }
  })
  // After the credential was looked at, before the body is read: also for bodies that a route takes as a stream.
  app.addHook('preParsing', async (request) => {
    refuseLargeBody(request)
    refuseForeignBody(request)
  })
}

/** For a scope that lets in one kind of caller: nothing else may be mounted in it. */
export function onlyFor(kind: Caller['kind']): (options: RouteOptions) => void {
  return (options) => {
    const row = rowOf(options)
    if (row.caller.kind === kind) return
    throw new Error(`${row.method} ${row.path} is for ${row.caller.kind} and is mounted where ${kind} is let in`)
  }
}

/** The row of the route that a request came to. undefined: it came to none. */
export function rowOfRequest({ method, routeOptions: { url } }: FastifyRequest): Route | undefined {
  return url === undefined ? undefined : routeOf(method, url)
}

function rowOf({ method, url }: Pick<RouteOptions, 'method' | 'url'>): Route {
  const rows = [method].flat().map((one) => routeOf(one, url))
  const [row] = rows
  if (row !== undefined && rows.every((other) => other === row)) return row
  throw new Error(`${[method].flat().join(', ')} ${url} is not in the table of routes (src/contract/routes.ts)`)
}

function describe(row: Route, schema: FastifySchema = {}): FastifySchema {
  if (row.isHidden === true || schema.hide === true) return { hide: true }
  const { operationId, tag, summary, caller } = row
  const security = securityOf(caller)
  return { operationId, tags: [tag], summary, ...(security === undefined ? {} : { security }) }
}

function securityOf(caller: Caller): FastifySchema['security'] {
  switch (caller.kind) {
    case 'anybody':
      return undefined
    case 'operator':
      return [
        { operatorToken: [] },
        caller.takesBasic === true ? { operatorTokenAsPassword: [] } : { session: [] },
        ...(caller.orWorker === true ? [{ agentCredential: [] }] : []),
      ]
    case 'agent':
      return [{ bootToken: [] }]
    case 'own-proof':
      return securityOfProof(caller.proof)
  }
}

function securityOfProof(proof: Extract<Caller, { kind: 'own-proof' }>['proof']): FastifySchema['security'] {
  switch (proof) {
    case 'agent-credential':
      return [{ agentCredential: [] }, {}]
    case 'node-credential':
      return [{ nodeCredential: [] }]
    case 'site-signature':
      return [{ siteSignature: [] }]
    // In the path, or in the body.
    case 'boot-token-in-path':
    case 'password':
    case 'one-time-code':
    case 'join-code':
    case 'proven-address':
      return undefined
  }
}

const limitOf = ({ bodyLimitBytes }: Route): number => Math.max(bodyLimitBytes, EMPTY_OBJECT_BYTES)

function refuseLargeBody(request: FastifyRequest): void {
  const row = rowOfRequest(request)
  const announced = Number(request.headers['content-length'] ?? 0)
  if (row === undefined || announced <= limitOf(row)) return
  throw tooLarge(row, announced)
}

/** Whatever some room can read: a body of another type than the row's never reaches the handler. */
function refuseForeignBody(request: FastifyRequest): void {
  const { 'content-type': type, 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
  const row = rowOfRequest(request)
  if (row === undefined) return
  // Where bytes are taken there is always a body, if an empty one.
  const hasBody = row.takes !== undefined || coding !== undefined || Number(length) > 0
  if (type === undefined && row.takesUntyped === true) return
  if (hasBody && mediaTypeOf(type) !== (row.takes ?? 'application/json')) throw typeUnsupported(request)
}

const mediaTypeOf = (type = ''): string => type.split(';')[0]!.trim().toLowerCase()

export function typeUnsupported({ headers }: FastifyRequest): AppError {
  const { 'content-type': type } = headers
  const what = type === undefined ? 'a body without a content type' : `a body of type ${type}`
  return new AppError('REQUEST_TYPE_UNSUPPORTED', `${what} is not taken here`, 'See /docs for what this request takes.')
}

export function tooLarge(row: Route | undefined, announced?: number): AppError {
  const size = announced === undefined ? 'the body' : `a body of ${announced} bytes`
  const [what, hint] =
    row === undefined || row.bodyLimitBytes > 0
      ? [`${size} is too large`, `Send at most ${row?.bodyLimitBytes ?? 0} bytes.`]
      : [`this request takes no body, and ${size} came`, 'Send it without a body.']
  return new AppError('REQUEST_TOO_LARGE', what, hint)
}
