// What a site fetches beside chunks and manifests: records, files by digest from any byte on, objects. Mounted in the scope of sites.
import { createReadStream } from 'node:fs'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { ImageParams, Signed } from '../../../contract/central/follow.ts'
import { Digest } from '../../../contract/values.ts'
import type { Exchange, ImageStoreService, VersionThere } from '../../../library/index.ts'
import { type Signer, signAs } from '../signed.ts'
import type { OfferedBodies } from './offered-bodies.ts'
import { notFound, type SiteGate } from './site-gate.ts'

interface ContentRoutesDeps {
  readonly gate: SiteGate
  readonly images: ImageStoreService
  readonly exchange: Exchange
  readonly bodies: OfferedBodies
  readonly signer: Signer
}

const Text = Type.String({ maxLength: 200 })
const Named = Type.Object({ name: Text, version: Text })
const NamedFile = Type.Object({ ...Named.properties, digest: Digest })
const ObjectParams = Type.Object({ kind: Text, name: Text })
const ObjectVersion = Type.Object({ kind: Text, name: Text, version: Text })
type ObjectVersion = Omit<Static<typeof ObjectVersion>, 'version'> & { readonly version?: string }
const Anything = Type.Unknown()

export const contentRoutes: FastifyPluginAsyncTypebox<ContentRoutesDeps> = async (
  app,
  { gate, images, exchange, bodies, signer },
) => {
  app.get(
    '/images/:imageName/versions/:version',
    { schema: { params: ImageParams, response: { 200: Signed } } },
    async ({ siteName, params }) => {
      gate.mayReadManifest(siteName, params.imageName, params.version)
      const { version, createdAt, profile, profileRevision, personalise, architecture, firmware, features } = images.find(
        params.imageName,
        params.version,
      )
      const facts = { version, createdAt, profile, profileRevision, personalise, architecture, firmware, features }
      return signAs('image', { ...facts, imageName: params.imageName, origin: 'central' } satisfies Loose<VersionThere>, signer)
    },
  )

  app.get(
    '/packages/:name/:version',
    { schema: { params: Named, response: { 200: Anything } } },
    async ({ siteName, params }) => {
      gate.itemOf(siteName, 'package', params.name, params.version)
      return exchange.packageRecord(params.name, params.version)
    },
  )

  app.get('/packages/:name/:version/files/:digest', { schema: { params: NamedFile } }, async (request, reply) => {
    const { name, version, digest } = request.params
    gate.itemOf(request.siteName, 'package', name, version)
    return sendFile(request, reply, exchange.packageFile(name, version, digest))
  })

  app.get(
    '/profiles/:name/:version',
    { schema: { params: Named, response: { 200: Anything } } },
    async ({ siteName, params }) => {
      gate.itemOf(siteName, 'profile', params.name, params.version)
      return exchange.profileRevision(params.name, params.version)
    },
  )

  app.get('/profiles/:name/:version/files/:digest', { schema: { params: NamedFile } }, async (request, reply) => {
    const { name, version, digest } = request.params
    gate.itemOf(request.siteName, 'profile', name, version)
    return sendFile(request, reply, await exchange.profileFile(name, version, digest))
  })

  const sendObject = (site: string, { kind, name, version }: ObjectVersion, reply: FastifyReply): FastifyReply => {
    const text = bodies.find(gate.itemOf(site, kind, name, version).digest)
    if (text === undefined) throw notFound()
    // As it is: its digest is over these bytes.
    return reply.type('application/json').send(Buffer.from(text))
  }
  app.get('/objects/:kind/:name', { schema: { params: ObjectParams, response: { 200: Anything } } }, async (request, reply) =>
    sendObject(request.siteName, request.params, reply),
  )
  app.get(
    '/objects/:kind/:name/:version',
    { schema: { params: ObjectVersion, response: { 200: Anything } } },
    async (request, reply) => sendObject(request.siteName, request.params, reply),
  )
}

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined } & { readonly imageName: string }

/** From the byte that a Range begins with: what a cut line brought is not fetched twice. */
function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { path, sizeBytes }: { path: string; sizeBytes: number },
): FastifyReply {
  const [, first] = /^bytes=(\d{1,15})-$/.exec(request.headers.range ?? '') ?? []
  const start = Math.min(Number(first ?? 0), sizeBytes)
  reply.type('application/octet-stream').header('content-length', sizeBytes - start)
  if (first !== undefined) reply.code(206).header('content-range', `bytes ${start}-${sizeBytes - 1}/${sizeBytes}`)
  return start === sizeBytes ? reply.send(Buffer.alloc(0)) : reply.send(createReadStream(path, { start }))
}
