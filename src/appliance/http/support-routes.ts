// The support bundle over HTTP. Mounted inside the operator API; what it holds is asked of that API, in the name of whoever asks.
import type { FastifyPluginAsync } from 'fastify'
import { type SupportDeps, supportBundle } from '../support/support-bundle.ts'

export function supportRoutes(deps: SupportDeps): FastifyPluginAsync {
  return async (app) => {
    app.get('/support-bundle', async ({ headers: { authorization, cookie } }, reply) => {
      const headers = { ...(authorization === undefined ? {} : { authorization }), ...(cookie === undefined ? {} : { cookie }) }
      const text = await supportBundle(deps, async (url) => {
        const { statusCode, body } = await app.inject({ url, headers })
        return { status: statusCode, body }
      })
      reply.header('content-disposition', 'attachment; filename="platen-support.json"')
      return reply.type('application/octet-stream').send(Buffer.from(text))
    })
  }
}
