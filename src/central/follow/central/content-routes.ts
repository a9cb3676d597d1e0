// What a site fetches beside chunks and manifests: records, files by digest from any byte on, objects. Mounted in the scope of sites.
import { createReadStream } from 'node:fs'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { BootBuildRecord } from '../../../contract/boot-build.ts'
import { ImageParams, Signed } from '../../../contract/central/follow.ts'
import { Architecture, Digest } from '../../../contract/values.ts'
import type { BootBuildService, Exchange, ImageStoreService, VersionThere } from '../../../library/index.ts'
import { type Signer, signAs } from '../signed.ts'
import type { OfferedBodies } from './offered-bodies.ts'
import { notFound, type SiteGate } from './site-gate.ts'

interface ContentRoutesDeps {
  readonly gate: SiteGate
  readonly images: ImageStoreService
  readonly bootBuilds: BootBuildService
  readonly exchange: Exchange
  readonly bodies: OfferedBodies
  readonly signer: Signer
}

/** Without its name: the description of the API knows no names in a path. */
const { $id: _name, ...architecture } = Architecture as typeof Architecture & { $id?: string }
const BuildParams = Type.Object({ architecture, number: Type.Integer({ minimum: 1 }) })
const BuildFile = Type.Object({ ...BuildParams.properties, digest: Digest })
const Text = Type.String({ maxLength: 200 })
const Named = Type.Object({ name: Text, version: Text })
const NamedFile = Type.Object({ ...Named.properties, digest: Digest })
const ObjectParams = Type.Object({ kind: Text, name: Text })
const ObjectVersion = Type.Object({ kind: Text, name: Text, version: Text })
type ObjectVersion = Omit<Static<typeof ObjectVersion>, 'version'> & { readonly version?: string }
const Anything = Type.Unknown()

export const contentRoutes: FastifyPluginAsyncTypebox<ContentRoutesDeps> = async (
  app,
  { gate, images, bootBuilds, exchange, bodies, signer },
) => {
  app.get(
    '/images/:imageName/versions/:version',
    { schema: { params: ImageParams, response: { 200: Signed } } },
    async ({ siteName, params }) => {
      gate.mayReadManifest(siteName, params.imageName, params.version)
      const found = images.find(params.imageName, params.version)
      const { version, createdAt, profile, profileRevision, personalise, architecture, firmware, features, signatures } = found
      const there = { version, createdAt, profile, profileRevision, personalise, architecture, firmware, features }
      const facts = { ...there, imageName: params.imageName, origin: 'central' } satisfies Loose<VersionThere>
      return signAs('image', { ...facts, ...(signatures && { signatures }) }, signer)
    },
  )

  app.get(
    '/boot-builds/:architecture/:number',
    { schema: { params: BuildParams, response: { 200: Signed } } },
    async ({ siteName, params }) => {
      const { architecture, variant, builtAt, artefacts, inputs } = offeredBuild(siteName, params)
      const record = { architecture, ...(variant === undefined ? {} : { variant }), builtAt, artefacts, inputs }
      return signAs('boot-build', record satisfies BootBuildRecord, signer)
    },
  )

  app.get('/boot-builds/:architecture/:number/files/:digest', { schema: { params: BuildFile } }, async (request, reply) => {
    const build = offeredBuild(request.siteName, request.params)
    const artefact = build.artefacts.find(({ digest }) => digest === request.params.digest)
    if (artefact === undefined) throw notFound()
    return sendFile(request, reply, { path: bootBuilds.filePath(build, artefact.name), sizeBytes: artefact.sizeBytes })
  })

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

  /** The one that was offered, also where it has another number by now. */
  function offeredBuild(site: string, { architecture, number }: Static<typeof BuildParams>) {
    const { digest } = gate.itemOf(site, 'boot-build', architecture, String(number))
    const build = bootBuilds.list().find((each) => each.digest === digest)
    if (build === undefined) throw notFound()
    return build
  }

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
