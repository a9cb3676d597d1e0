// Images out of the appliance and into it, for a person's tools: what agents use to move chunks, under the operator token, and a version as
// one file. Mounted inside the operator API, which authenticates and knows no node.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AppError } from '../../contract/errors.ts'
import { ImportStart, TRANSFER_PATH, VersionParams } from '../../contract/image-transfer.ts'
import { Name } from '../../contract/values.ts'
import { BUNDLE_TYPE, encodeBundleHead } from '../../imaging/bundle.ts'
import { encodeErrorFrame, encodeFrameHeader } from '../../imaging/chunk-frames.ts'
import { storedChunksOf } from '../../imaging/manifest-codec.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import { Imports } from '../image/imports.ts'
import { ReadGate } from '../image/read-gate.ts'
import { chunkRoutes } from './chunk-routes.ts'
import { diskRoutes } from './disk-routes.ts'
import { manifestRoutes } from './manifest-routes.ts'

interface TransferRoutesDeps {
  readonly images: ImageStoreService
}

const ImageParams = Type.Object({ imageName: Name })
const ImportParams = Type.Object({ importId: Type.String({ maxLength: 200 }) })

export const transferRoutes: FastifyPluginAsyncTypebox<TransferRoutesDeps> = async (app, { images }) => {
  const imports = new Imports({ images, nowMs: () => performance.now() })
  const gate = new ReadGate({ images, contents: imports })
  await app.register(chunkRoutes, { prefix: TRANSFER_PATH, images, captures: imports, gate })
  await app.register(manifestRoutes, { prefix: TRANSFER_PATH, images, captures: imports, gate })

  await app.register(diskRoutes, { images })

  app.post(
    '/images/:imageName/imports',
    { schema: { tags: ['images'], summary: 'Begin to bring an image', params: ImageParams, response: { 201: ImportStart } } },
    async (request, reply) => reply.code(201).send({ importId: imports.begin(request.params.imageName) }),
  )

  app.delete(
    '/imports/:importId',
    { schema: { tags: ['images'], summary: 'Give up an import', params: ImportParams, response: { 204: Type.Null() } } },
    async (request, reply) => {
      imports.end(request.params.importId)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/images/:imageName/versions/:version/bundle',
    { schema: { tags: ['images'], summary: 'A version as one file', params: VersionParams } },
    async (request, reply) => {
      const { imageName, version } = request.params
      images.find(imageName, version)
      reply.header('content-disposition', `attachment; filename="${imageName}-${version}.platen"`)
      return reply.type(BUNDLE_TYPE).send(Readable.from(bundleOf(images, imageName, version), { objectMode: false }))
    },
  )
}

/** A chunk that turns out to be damaged ends the file with the error, so that whoever imports it is told. */
async function* bundleOf(images: ImageStoreService, imageName: string, version: number): AsyncGenerator<Uint8Array> {
  const manifest = await images.manifest(imageName, version)
  yield encodeBundleHead(images.find(imageName, version), manifest, await images.compressedManifest(imageName, version))
  for (const digest of storedChunksOf(manifest)) {
    try {
      const bytes = await images.getChunk(digest)
      yield encodeFrameHeader(digest, bytes.length)
      yield bytes
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      yield encodeErrorFrame(digest, error)
      return
    }
  }
}
