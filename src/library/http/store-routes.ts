// The chunk store as a whole, for a person's tools: scrubs. Mounted inside the operator API, which authenticates.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ScrubStatus } from '../../contract/image-care.ts'
import type { StoreWatch } from '../image/store-watch.ts'

interface StoreRoutesDeps {
  readonly storeWatch: Pick<StoreWatch, 'begin' | 'status'>
}

export const storeRoutes: FastifyPluginAsyncTypebox<StoreRoutesDeps> = async (app, { storeWatch }) => {
  app.post(
    '/images/scrub',
    { schema: { tags: ['images'], summary: 'Read every chunk of the store and digest it', response: { 202: ScrubStatus } } },
    async (_request, reply) => reply.code(202).send(storeWatch.begin()),
  )

  app.get(
    '/images/scrub',
    { schema: { tags: ['images'], summary: 'What the last scrub found, and how far one is', response: { 200: ScrubStatus } } },
    async () => storeWatch.status(),
  )
}
