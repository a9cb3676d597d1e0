// The one table of all routes: who may ask what, with how large a body, and what it is refused with. Pure data.
//
// The code reads it, nothing is open that is not in it:
//   src/appliance/http/route-table.ts   at the start every route takes its name, tag, summary, body limit and credential from its row;
//                                       a route without a row stops the start.
//   src/appliance/http/agent-scope.ts   which node states an agent route serves, and whether it needs a running job.
//   src/appliance/http/operator-scope.ts  that nothing else than operator routes is mounted there, and the role that each asks for.
// test/contract/routes.test.ts compares table, application and docs/ports-and-endpoints.md.
//
// To add a route: a row in routes/<subject>.ts, the handler in a room's http/, a line in docs/ports-and-endpoints.md.
import type { ErrorCode } from './errors.ts'
import { AGENT_ROUTES } from './routes/agents.ts'
import { BACKUP_ROUTES } from './routes/backups.ts'
import { BOOT_BUILD_ROUTES } from './routes/boot-builds.ts'
import { BUNDLE_ROUTES } from './routes/bundles.ts'
import { CENTRAL_ROUTES } from './routes/central.ts'
import { isEdit } from './routes/editions.ts'
import { IMAGE_ROUTES, TRANSFER_ROUTES } from './routes/images.ts'
import { JOB_ROUTES } from './routes/jobs.ts'
import { NODE_ROUTES } from './routes/nodes.ts'
import { OPEN_ROUTES } from './routes/open.ts'
import { OPERATION_ROUTES } from './routes/operations.ts'
import { PACKAGE_ROUTES } from './routes/packages.ts'
import { PEOPLE_ROUTES } from './routes/people.ts'
import { reachOf } from './routes/reach.ts'
import type { Route } from './routes/row.ts'
import { RUNNING_NODE_ROUTES } from './routes/running-nodes.ts'
import { SECRET_ROUTES } from './routes/secrets.ts'
import { SITE_ROUTES } from './routes/site.ts'
import { FOLLOW_ROUTES } from './routes/sites-follow.ts'

export { type Edition, editionOf, isEdit } from './routes/editions.ts'
export { type Reach, reachOf } from './routes/reach.ts'
export { type AgentState, type Caller, type Route, TAGS } from './routes/row.ts'

export const ROUTES: readonly Route[] = [
  ...OPEN_ROUTES,
  ...AGENT_ROUTES,
  ...RUNNING_NODE_ROUTES,
  ...NODE_ROUTES,
  ...JOB_ROUTES,
  ...IMAGE_ROUTES,
  ...TRANSFER_ROUTES,
  ...SITE_ROUTES,
  ...PACKAGE_ROUTES,
  ...BUNDLE_ROUTES,
  ...CENTRAL_ROUTES,
  ...BOOT_BUILD_ROUTES,
  ...BACKUP_ROUTES,
  ...OPERATION_ROUTES,
  ...PEOPLE_ROUTES,
  ...SECRET_ROUTES,
  ...FOLLOW_ROUTES,
]

const byKey = new Map(ROUTES.map((route) => [`${route.method} ${route.path}`, route]))

/** The row of a route, by method and by the path as fastify spells it. HEAD is a GET without the body. */
export function routeOf(method: string, path: string): Route | undefined {
  const known = byKey.get(`${method === 'HEAD' ? 'GET' : method} ${path}`)
  // The files of the page at /docs are its own business.
  return known ?? (path.startsWith('/docs/') && (method === 'GET' || method === 'HEAD') ? byKey.get('GET /docs') : undefined)
}

/** Reads that hand out what is worth keeping: credentials, and images as a whole. */
const HANDS_OUT: readonly string[] = ['getAgentConfig', 'getBundle', 'getDisk', 'makeBundle', 'makeSupportBundle']
/** What moves images chunk by chunk is one thing that was done, and its end says so. */
const ENDS_OF_TRANSFER: readonly string[] = ['publishImport']

/** Whether what people do by this route has an entry in the audit. Refused tries have one by every route of people. */
export function isAudited({ method, tag, operationId, caller }: Route): boolean {
  const isOfPeople =
    caller.kind === 'operator' ||
    (caller.kind === 'own-proof' &&
      !(caller.proof.endsWith('-credential') || ['site-signature', 'proven-address'].includes(caller.proof)))
  if (!isOfPeople) return false
  if (tag === 'transfer') return ENDS_OF_TRANSFER.includes(operationId)
  return method !== 'GET' || HANDS_OUT.includes(operationId)
}

const OF_KEY = ['REQUEST_KEY_REUSED', 'REQUEST_UNDER_WAY', 'REQUEST_OUTCOME_UNKNOWN'] as const

/** Whether a repetition with the same Idempotency-Key is given the first answer. No answer with a secret in it is kept for that. */
export function takesKey({ method, tag, takes, caller, operationId }: Route): boolean {
  return (
    method === 'POST' &&
    caller.kind === 'operator' &&
    takes === undefined &&
    tag !== 'people' &&
    !['addAgentCredential', 'addSiteCode'].includes(operationId)
  )
}

/** Every code that the route can give, its own and those of its kind. */
export function errorsOf(route: Route): readonly ErrorCode[] {
  const { bodyLimitBytes, errors, method } = route
  const ofBody: readonly ErrorCode[] = bodyLimitBytes > 0 ? ['REQUEST_TOO_LARGE', 'REQUEST_TYPE_UNSUPPORTED'] : []
  const ofChange: readonly ErrorCode[] = method === 'GET' ? [] : ['APPLIANCE_DISK_FULL']
  const ofWire: readonly ErrorCode[] = route.caller.kind === 'anybody' ? [] : ['REQUEST_NEEDS_HTTPS']
  return [
    ...new Set([
      ...errors,
      ...errorsOfCaller(route),
      ...ofWire,
      'REQUEST_INVALID',
      ...ofBody,
      ...ofChange,
      'REQUEST_FAILED',
    ] as const),
  ]
}

function errorsOfCaller(route: Route): readonly ErrorCode[] {
  const { caller, method, operationId } = route
  switch (caller.kind) {
    case 'anybody':
      return []
    case 'own-proof':
      if (caller.proof === 'site-signature') return ['SITE_REQUEST_REFUSED', 'SITE_CLOCK_DIFFERS']
      return caller.proof === 'node-credential' ? ['NODE_CREDENTIAL_REFUSED'] : []
    case 'operator':
      return [
        'REQUEST_NOT_AUTHORISED',
        ...(caller.role === 'viewer' ? [] : (['REQUEST_ROLE_TOO_LOW'] as const)),
        ...(method === 'GET' ? [] : (['REQUEST_ORIGIN_FOREIGN'] as const)),
        ...(isEdit(operationId) ? (['REQUEST_EDITED_MEANWHILE'] as const) : []),
        ...(takesKey(route) ? OF_KEY : []),
        ...([undefined, 'new-job'].includes(reachOf({ operationId })) ? (['REQUEST_OUT_OF_SCOPE'] as const) : []),
      ]
    case 'agent': {
      const ofState: readonly ErrorCode[] = caller.states.includes('unknown') ? [] : ['NODE_NOT_FOUND', 'NODE_NOT_APPROVED']
      const ofJob: readonly ErrorCode[] = caller.job === 'running' ? ['JOB_LEASE_LOST'] : []
      return ['AGENT_TOKEN_REFUSED', 'AGENT_TOKEN_CONTESTED', 'AGENT_CREDENTIAL_REFUSED', ...ofState, ...ofJob]
    }
  }
}
