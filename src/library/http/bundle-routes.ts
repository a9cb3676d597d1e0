// Composite bundles as a person's tools see them. Mounted inside the operator API.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  BroughtBundle,
  BundleInstall,
  BundleKey,
  BundleSelection,
  BundleTrust,
  COMPOSITE_TYPE,
  InstalledBundle,
} from '../../contract/bundle.ts'
import type { Bundles } from '../bundle/bundles.ts'

const IdParams = Type.Object({ id: Type.String({ maxLength: 100 }) })

export const bundleRoutes: FastifyPluginAsyncTypebox<{ readonly bundles: Bundles }> = async (app, { bundles }) => {
  app.addContentTypeParser(COMPOSITE_TYPE, (_request, payload, done) => done(null, payload))

  app.get('/bundle-key', { schema: { response: { 200: BundleKey } } }, async () => bundles.key())

  app.get('/bundle', { schema: { querystring: BundleSelection } }, async ({ query }, reply) => {
    const pieces = await bundles.make(query.select)
    reply.header('content-disposition', 'attachment; filename="platen.bundle"')
    return reply.type(COMPOSITE_TYPE).send(Readable.from(pieces, { objectMode: false }))
  })

  app.post(
    '/bundles',
    { schema: { querystring: BundleTrust, response: { 201: BroughtBundle } } },
    async ({ query, body }, reply) =>
      reply.code(201).send(await bundles.bring(body instanceof Readable ? body : Readable.from([]), query)),
  )

  app.get('/bundles/:id', { schema: { params: IdParams, response: { 200: BroughtBundle } } }, async ({ params }) =>
    bundles.show(params.id),
  )

  app.post(
    '/bundles/:id/install',
    { schema: { params: IdParams, body: BundleInstall, response: { 200: InstalledBundle } } },
    async ({ params, body }) => bundles.install(params.id, body),
  )

  app.delete('/bundles/:id', { schema: { params: IdParams, response: { 204: Type.Null() } } }, async ({ params }, reply) => {
    await bundles.drop(params.id)
    return reply.code(204).send(null)
  })
}
