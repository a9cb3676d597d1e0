// Who sees a part of the machines asks about that part alone: one function for all routes, by the table of what they may ask.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../contract/errors.ts'
import type { JobView } from '../../contract/job.ts'
import type { NodeView } from '../../contract/operator-api.ts'
import type { Scope } from '../../contract/people.ts'
import { type Reach, reachOf } from '../../contract/routes.ts'
import { rowOfRequest } from './route-table.ts'

/** Asked here, answered by whoever knows the machines. */
export interface SightPort {
  seesNode(idOrName: string, scope: Scope): boolean
  seesJob(job: Pick<JobView, 'nodeId' | 'request'>, scope: Scope): boolean
  /** Throw as for what is not there. */
  refuseNode(idOrName: string, scope: Scope): void
  refuseJob(jobId: string, scope: Scope): Promise<void>
}

/** After the hook that says who asks. */
export function limitToScope(app: FastifyInstance, sight: SightPort): void {
  app.addHook('onRequest', async (request) => {
    const limited = limitOf(request)
    if (limited === undefined) return
    const { scope, reach } = limited
    const { node = '', jobId = '', site = '' } = request.params as Readonly<Record<string, string | undefined>>
    if (reach === undefined) throw outOfScope(request)
    if (reach === 'node') sight.refuseNode(node, scope)
    if (reach === 'job') await sight.refuseJob(jobId, scope)
    if (reach === 'site' && !seesSite(site, scope)) throw noSuchSite(site)
  })
  app.addHook('preHandler', async (request) => {
    const limited = limitOf(request)
    if (limited?.reach !== 'new-job') return
    const { node } = request.body as { readonly node?: string }
    if (node === undefined) throw outOfScope(request)
    sight.refuseNode(node, limited.scope)
  })
  app.addHook('preSerialization', async (request, _reply, payload) => {
    const limited = limitOf(request)
    if (limited?.reach === 'nodes') return onlySeen(payload as { nodes?: readonly NodeView[] }, limited.scope, sight)
    if (limited?.reach === 'sites') return onlySeenSites(payload as { sites?: readonly { name: string }[] }, limited.scope)
    if (limited?.reach === 'jobs') return onlySeenJobs(payload as { jobs?: readonly JobView[] }, limited.scope, sight)
    return payload
  })
}

/** undefined: whoever asks sees everything, or came to no route. */
function limitOf(request: FastifyRequest): { readonly scope: Scope; readonly reach: Reach | undefined } | undefined {
  // A worker is no person, and sees no part.
  const scope = (request.caller as FastifyRequest['caller'] | undefined)?.scope
  const row = rowOfRequest(request)
  return scope === undefined || row === undefined ? undefined : { scope, reach: reachOf(row) }
}

/** A refusal passes by here, too: it has no list. */
function onlySeen<T extends { nodes?: readonly NodeView[] }>(payload: T, scope: Scope, sight: SightPort): T {
  const { nodes } = payload
  return nodes === undefined ? payload : { ...payload, nodes: nodes.filter(({ id }) => sight.seesNode(id, scope)) }
}

function onlySeenJobs<T extends { jobs?: readonly JobView[] }>(payload: T, scope: Scope, sight: SightPort): T {
  const { jobs } = payload
  return jobs === undefined ? payload : { ...payload, jobs: jobs.filter((job) => sight.seesJob(job, scope)) }
}

const seesSite = (name: string, { sites = [] }: Scope): boolean => sites.includes(name)

function onlySeenSites<T extends { sites?: readonly { name: string }[] }>(payload: T, scope: Scope): T {
  const { sites } = payload
  return sites === undefined ? payload : { ...payload, sites: sites.filter(({ name }) => seesSite(name, scope)) }
}

function noSuchSite(name: string): AppError {
  return new AppError('SITE_NOT_FOUND', `no site is called ${name}`, 'List them with `platen site list`.')
}

function outOfScope({ caller }: FastifyRequest): AppError {
  const hint = 'Name a node that you see, where the request takes one; or ask somebody who sees all of the site.'
  return new AppError(
    'REQUEST_OUT_OF_SCOPE',
    `${caller.name} sees a part of the machines, and this is about more than that part`,
    hint,
  )
}
