// Files of a version, looked at and fetched one by one. Mounted inside the operator API, which authenticates.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { FilesQuery, ImageFiles } from '../../contract/image-files.ts'
import { VersionParams } from '../../contract/image-transfer.ts'
import type { ImageFilesReader } from '../image-files/image-files.ts'

interface FileRoutesDeps {
  readonly imageFiles: ImageFilesReader
}

export const fileRoutes: FastifyPluginAsyncTypebox<FileRoutesDeps> = async (app, { imageFiles }) => {
  app.get(
    '/images/:imageName/versions/:version/files',
    { schema: { params: VersionParams, querystring: FilesQuery, response: { 200: ImageFiles } } },
    async ({ params, query }) => imageFiles.list(params.imageName, params.version, query),
  )

  app.get(
    '/images/:imageName/versions/:version/files/content',
    { schema: { params: VersionParams, querystring: FilesQuery } },
    async ({ params, query, method }, reply) => {
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const { entry, bytes } = await imageFiles.content(params.imageName, params.version, query, gone.signal)
      // What turns out to be damaged cuts the answer short of its length: no client takes that for the whole.
      void reply.type('application/octet-stream').header('content-length', entry.sizeBytes)
      return reply.send(Readable.from(method === 'HEAD' ? [] : bytes, { objectMode: false }))
    },
  )
}
