// Sites as people at central see them, and their own APIs through the lines that they hold. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Relayed } from '../../../contract/central/follow.ts'
import {
  NewSiteCode,
  SiteCode,
  SiteDetail,
  SiteList,
  SiteMove,
  SiteUpdates,
  type SiteView,
} from '../../../contract/central/follow-api.ts'
import { AppError } from '../../../contract/errors.ts'
import type { Scope } from '../../../contract/people.ts'
import { PROBLEM_TYPE, readProblem } from '../../../contract/problem.ts'
import { Name } from '../../../contract/values.ts'
import type { Lines } from './lines.ts'
import type { Offers } from './offers.ts'
import type { SiteJournals } from './site-journals.ts'
import { viewOf } from './site-view.ts'
import type { Sites } from './sites.ts'

export interface PeopleRoutesDeps {
  readonly sites: Sites
  readonly offers: Offers
  readonly lines: Lines
  readonly journals: SiteJournals
  ringOf(site: string): string | undefined
  policyOf(site: string): SiteView['policy']
}

const BySite = Type.Object({ site: Name })
const Nothing = Type.Null()
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
/** Of people and streams there: a person's login is at one appliance, and a stream never ends. */
const NOT_RELAYED =
  /^\/(login|logout|first-admin|me\b|events|transfer|users|tokens|sites\/[^/]+\/api\/(login|logout|first-admin|me\b|events|transfer|users|tokens))/

export const peopleRoutes: FastifyPluginAsyncTypebox<PeopleRoutesDeps> = async (app, deps) => {
  const { sites, offers, lines, journals } = deps
  const show = (name: string) => viewOf(sites.find(name), deps)

  app.get('/sites', { schema: { response: { 200: SiteList } } }, async () => ({
    sites: sites.list().map((record) => viewOf(record, deps)),
    updates: offers.updates(),
  }))

  app.get('/sites/:site', { schema: { params: BySite, response: { 200: SiteDetail } } }, async ({ params }) => ({
    ...show(params.site),
    items: [...sites.find(params.site).offer.items],
    nodes: sites.reportOf(params.site)?.report.nodes ?? [],
    journal: [...(await journals.latest(params.site))],
  }))

  app.post(
    '/sites/:site/code',
    { schema: { params: BySite, body: NewSiteCode, response: { 201: SiteCode } } },
    async ({ params, body }, reply) => reply.code(201).send(await sites.makeCode(params.site, body.minutes)),
  )

  app.post(
    '/sites/:site/move',
    { schema: { params: BySite, body: SiteMove, response: { 204: Nothing } } },
    async ({ params, body }, reply) => {
      sites.find(params.site)
      const { status, body: text } = await lines.move(params.site, body)
      if (status >= 400) throw readProblem(JSON.parse(Buffer.from(text, 'base64').toString())) ?? unreadable(params.site)
      await sites.end(params.site, 'moved')
      lines.close(params.site)
      return reply.code(204).send(null)
    },
  )

  app.post('/sites/:site/retire', { schema: { params: BySite, response: { 204: Nothing } } }, async ({ params }, reply) => {
    await sites.end(params.site, 'retired')
    lines.close(params.site)
    return reply.code(204).send(null)
  })

  app.post('/sites/:site/resume', { schema: { params: BySite, response: { 204: Nothing } } }, async ({ params }, reply) => {
    await sites.resume(params.site)
    lines.wake(params.site)
    return reply.code(204).send(null)
  })

  app.put('/site-updates', { schema: { body: SiteUpdates, response: { 200: SiteUpdates } } }, async ({ body }) => {
    await offers.setUpdates(body)
    return offers.updates()
  })

  for (const method of METHODS)
    app.route({
      method,
      url: '/sites/:site/api/*',
      schema: {
        params: BySite,
        ...(['GET', 'DELETE'].includes(method) ? {} : { body: Type.Unknown() }),
        response: { 200: Type.Unknown() },
      },
      handler: (request, reply) => relay(request, reply, deps),
    })
}

async function relay(request: FastifyRequest, reply: FastifyReply, { sites, lines }: PeopleRoutesDeps): Promise<FastifyReply> {
  const { site } = request.params as { readonly site: string }
  sites.find(site)
  const path = (request.raw.url ?? '').split(`/sites/${site}/api`).slice(1).join(`/sites/${site}/api`)
  const { name, role, scope } = request.caller
  if (NOT_RELAYED.test(path)) throw notRelayed(path)
  const method = request.method as Relayed['method']
  const body = request.body === undefined || request.body === null ? {} : { body: request.body }
  const answer = await lines.relay(site, { method, path, person: { name, role, ...scopeThere(scope) }, ...body })
  const bytes = Buffer.from(answer.body, 'base64')
  reply.code(answer.status).header('content-type', answer.contentType ?? 'application/json')
  if (answer.contentType === PROBLEM_TYPE) request.refusal = readProblem(JSON.parse(bytes.toString()))?.code ?? ''
  return reply.send(answer.status === 204 ? null : bytes)
}

/** Whoever sees a part of the machines sees that part there, too; whoever sees sites alone sees all of them. */
function scopeThere(scope: Scope | undefined): { readonly scope?: Scope } {
  if (scope === undefined) return {}
  const { locations = [], classes = [] } = scope
  return locations.length + classes.length === 0 ? {} : { scope: { locations, classes } }
}

function notRelayed(path: string): AppError {
  return new AppError(
    'SITE_REQUEST_NOT_RELAYED',
    `${path} is asked at the site itself, not through central`,
    'Logins, users, tokens, the stream of events and images as a whole belong to one appliance: ask it with --url.',
  )
}

function unreadable(site: string): AppError {
  return new AppError('SITE_AWAY', `site ${site} could not join the other central`, 'Its log has the reason.')
}
