// Images as a person's tools see them. Mounted inside the operator API, which authenticates.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ImageList, ImageVersionView, ImageView, VersionCheck } from '../../contract/image.ts'
import { VersionParams } from '../../contract/image-transfer.ts'
import { Name } from '../../contract/values.ts'
import type { ImageService } from '../image/image-service.ts'

interface OperatorImageRoutesDeps {
  readonly images: ImageService
}

const ImageParams = Type.Object({ imageName: Name })

export const operatorImageRoutes: FastifyPluginAsyncTypebox<OperatorImageRoutesDeps> = async (app, { images }) => {
  app.get('/images', { schema: { tags: ['images'], response: { 200: ImageList } } }, async () => ({ images: [...images.list()] }))

  app.get(
    '/images/:imageName',
    { schema: { tags: ['images'], params: ImageParams, response: { 200: ImageView } } },
    async (request) => {
      const { imageName } = request.params
      images.find(imageName)
      return images.list().find((image) => image.name === imageName)!
    },
  )

  app.get(
    '/images/:imageName/versions/:version',
    { schema: { tags: ['images'], params: VersionParams, response: { 200: ImageVersionView } } },
    async (request) => images.find(request.params.imageName, request.params.version),
  )

  app.post(
    '/images/:imageName/versions/:version/verify',
    {
      schema: {
        tags: ['images'],
        summary: 'Read a version out of the store and digest it',
        params: VersionParams,
        response: { 200: VersionCheck },
      },
    },
    async (request) => images.verify(request.params.imageName, request.params.version),
  )
}
