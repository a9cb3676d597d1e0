// Images as a person's tools see them. Mounted inside the operator API, which authenticates.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ImageList, ImageVersionView, ImageView, TagParams, VersionDiff, VersionFacts } from '../../contract/image.ts'
import { CollectResult, PruneResult, RetentionPolicy, VersionCheckStatus } from '../../contract/image-care.ts'
import { VersionParams } from '../../contract/image-transfer.ts'
import { Name } from '../../contract/values.ts'
import type { Operations } from '../../store/index.ts'
import type { ImageService } from '../image/image-service.ts'
import type { VersionChecks } from '../image/version-checks.ts'
import type { StartsOnDesk } from '../image-files/starts-on-desk.ts'

interface ImageRoutesDeps {
  readonly images: ImageService
  readonly startsOn: Pick<StartsOnDesk, 'refuse'>
  readonly versionChecks: Pick<VersionChecks, 'begin' | 'status'>
  readonly operations: Operations
}

const ImageParams = Type.Object({ imageName: Name })
const ImageTagParams = Type.Object({ imageName: Name, tag: Name })
const versionNumber = Type.Integer({ minimum: 1 })
const DiffParams = Type.Object({ imageName: Name, from: versionNumber, to: versionNumber })

export const imageRoutes: FastifyPluginAsyncTypebox<ImageRoutesDeps> = async (app, deps) => {
  const { images, startsOn, versionChecks, operations } = deps
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

  app.put(
    '/images/:imageName/versions/:version/facts',
    {
      schema: {
        tags: ['images'],
        summary: 'Say what a version starts on and provides',
        params: VersionParams,
        body: VersionFacts,
        response: { 200: ImageVersionView },
      },
    },
    async ({ params, body }) => {
      await startsOn.refuse(params.imageName, params.version, body)
      return images.say(params.imageName, params.version, body)
    },
  )

  app.post(
    '/images/:imageName/versions/:version/verify',
    {
      schema: {
        tags: ['images'],
        summary: 'Begin to read a version out of the store and to digest it',
        params: VersionParams,
        response: { 202: VersionCheckStatus },
      },
    },
    async ({ params }, reply) => reply.code(202).send(versionChecks.begin(params.imageName, params.version)),
  )

  app.get(
    '/images/:imageName/versions/:version/verify',
    {
      schema: {
        tags: ['images'],
        summary: 'How far that is, and what the last time found',
        params: VersionParams,
        response: { 200: VersionCheckStatus },
      },
    },
    async ({ params }) => versionChecks.status(params.imageName, params.version),
  )

  app.put(
    '/images/:imageName/versions/:version/tags/:tag',
    { schema: { tags: ['images'], summary: 'Move a tag to a version', params: TagParams, response: { 200: ImageVersionView } } },
    async (request) => {
      const { imageName, version, tag } = request.params
      await images.tag(imageName, tag, version)
      return images.find(imageName, version)
    },
  )

  app.delete(
    '/images/:imageName/tags/:tag',
    { schema: { tags: ['images'], summary: 'Take a tag away', params: ImageTagParams, response: { 204: Type.Null() } } },
    async (request, reply) => {
      const { imageName, tag } = request.params
      images.find(imageName)
      await images.tag(imageName, tag, undefined)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/images/:imageName/versions/:version',
    { schema: { tags: ['images'], summary: 'Remove a version', params: VersionParams, response: { 204: Type.Null() } } },
    async (request, reply) => {
      await images.remove(request.params.imageName, request.params.version)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/images/:imageName/prune',
    {
      schema: {
        tags: ['images'],
        summary: 'Remove the versions that a policy does not keep',
        params: ImageParams,
        body: RetentionPolicy,
        response: { 200: PruneResult },
      },
    },
    async (request) => images.prune(request.params.imageName, request.body),
  )

  app.post(
    '/images/collect',
    { schema: { tags: ['images'], summary: 'Free the space of chunks that no version names', response: { 200: CollectResult } } },
    async () =>
      operations.run({ kind: 'store-collect', title: 'chunks that no version names' }, ({ signal, progress }) =>
        images.collect({ signal, onChecked: progress }),
      ),
  )

  app.get(
    '/images/:imageName/diff/:from/:to',
    { schema: { tags: ['images'], params: DiffParams, response: { 200: VersionDiff } } },
    async (request) => images.diff(request.params.imageName, request.params.from, request.params.to),
  )
}
