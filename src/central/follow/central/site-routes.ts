// What a site says and asks of its central beside content. Mounted in the scope of sites; joining stands beside it.
import { PassThrough } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  CentralHello,
  type FollowedItem,
  JoinRequest,
  JournalAck,
  JournalBatch,
  type Offer,
  OfferQuery,
  RelayAnswer,
  Signed,
  SiteReport,
} from '../../../contract/central/follow.ts'
import { AppError } from '../../../contract/errors.ts'
import type { ImageStoreService } from '../../../library/index.ts'
import { type Clock, instantOf } from '../../../store/index.ts'
import type { ClosurePort } from '../ports.ts'
import { type Signer, signAs } from '../signed.ts'
import type { Lines } from './lines.ts'
import type { Offers } from './offers.ts'
import type { SiteJournals } from './site-journals.ts'
import type { Sites } from './sites.ts'

export interface SiteRoutesDeps {
  readonly sites: Sites
  readonly offers: Offers
  readonly lines: Lines
  readonly journals: SiteJournals
  readonly closures: Pick<ClosurePort, 'settingsOf'>
  readonly images: Pick<ImageStoreService, 'list'>
  readonly signer: Signer
  /** PEM. Left out: this appliance has no authority of its own. */
  readonly authority?: () => string | undefined
  readonly clock: Clock
}

const Nothing = Type.Null()
const AnswerParams = Type.Object({ id: Type.String({ maxLength: 100 }) })

export const joinRoutes: FastifyPluginAsyncTypebox<SiteRoutesDeps> = async (app, { sites, offers, signer, authority }) => {
  app.get('/central', { schema: { response: { 200: CentralHello } } }, async () => ({
    publicKey: signer.publicKeys()[0]!.publicKey,
  }))

  app.post('/join', { schema: { body: JoinRequest, response: { 200: Signed } } }, async ({ body }) => {
    const site = await sites.join(body)
    await offers.look()
    const pem = authority?.()
    return signAs('join', { nonce: body.nonce, site, ...(pem === undefined ? {} : { authority: pem }) }, signer)
  })
}

export const siteRoutes: FastifyPluginAsyncTypebox<SiteRoutesDeps> = async (app, deps) => {
  const { sites, offers, lines, journals, signer } = deps

  app.post('/offer', { schema: { body: OfferQuery, response: { 200: Signed, 204: Nothing } } }, async (request, reply) => {
    const { siteName, body } = request
    if (!sites.noteSeen(siteName, body.seen)) throw wentBack(siteName)
    const offer = offerOf(siteName, deps)
    return offer.id === body.seen ? reply.code(204).send(null) : signAs('offer', offer, signer)
  })

  // No beat: a site that nothing concerns is sent not one byte. That the other side went is told by the connection's own keep-alive.
  app.get('/events', async (request, reply) => {
    const stream = new PassThrough()
    stream.write(': connected\n\n')
    lines.open(request.siteName, stream)
    reply.goneSignal().addEventListener('abort', () => stream.destroy(), { once: true })
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream)
  })

  app.post(
    '/answers/:id',
    { schema: { params: AnswerParams, body: RelayAnswer, response: { 204: Nothing } } },
    async (request, reply) => {
      lines.answered(request.siteName, request.params.id, request.body)
      return reply.code(204).send(null)
    },
  )

  app.post('/report', { schema: { body: SiteReport, response: { 204: Nothing } } }, async ({ siteName, body }, reply) => {
    await sites.noteReport(siteName, body)
    offers.lookSoon()
    return reply.code(204).send(null)
  })

  app.post('/journal', { schema: { body: JournalBatch, response: { 200: JournalAck } } }, async ({ siteName, body }) => ({
    seq: await journals.add(siteName, body.journal, body.entries),
  }))
}

function offerOf(site: string, { sites, closures, images, clock }: SiteRoutesDeps): Offer {
  const { revision, items, lineage, isEmptyOnPurpose } = sites.find(site).offer
  const { ring: _ring, ...policy } = closures.settingsOf(site) ?? { mayPublish: false }
  return {
    site,
    revision,
    id: lineage[0]!,
    lineage: [...lineage],
    at: instantOf(clock.now()),
    items: items.map((item) => ({ ...item, why: [...item.why] })),
    tags: tagsOf(items, images),
    policy,
    ...(isEmptyOnPurpose === undefined ? {} : { isEmptyOnPurpose }),
  }
}

/** Of versions that are offered: where a tag points elsewhere it is left out. */
function tagsOf(items: readonly FollowedItem[], images: Pick<ImageStoreService, 'list'>): Offer['tags'] {
  const offered = new Set(items.filter(({ kind }) => kind === 'image').map(({ name, version }) => `${name} ${version}`))
  const tags: Offer['tags'] = {}
  for (const { versions } of images.list())
    for (const { imageName, version, tags: own } of versions)
      if (offered.has(`${imageName} ${version}`)) for (const tag of own) tags[imageName] = { ...tags[imageName], [tag]: version }
  return tags
}

function wentBack(site: string): AppError {
  return new AppError(
    'SITE_CENTRAL_WENT_BACK',
    `site ${site} holds an offer that this central never made: this central was emptied, or restored from a backup`,
    `The site keeps what it has and waits. When what this central has now is right: platen site resume ${site}`,
  )
}
