// The CA of this appliance: its certificates for anybody, what is shown by it and its change for people.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CA_PATH, CaRotation, CaView } from '../../contract/certificates.ts'
import type { Authority } from '../ca/authority.ts'
import type { ServerCertificates } from '../ca/server-certificates.ts'

interface CaFileRoutesDeps {
  readonly authority: Authority
}

interface CaRoutesDeps extends CaFileRoutesDeps {
  readonly certificates: ServerCertificates
}

/** Mounted at the root. Machines that have no CA yet fetch it here by plain HTTP, and hold it against the fingerprint of their boot. */
export const caFileRoutes: FastifyPluginAsyncTypebox<CaFileRoutesDeps> = async (app, { authority }) => {
  app.get(CA_PATH, async (_request, reply) =>
    reply.type('application/x-pem-file').header('cache-control', 'no-store').send(authority.bundle()),
  )
}

/** Mounted inside the operator API. */
export const caRoutes: FastifyPluginAsyncTypebox<CaRoutesDeps> = async (app, { authority, certificates }) => {
  app.get('/ca', { schema: { response: { 200: CaView } } }, async () => certificates.view())

  app.post('/ca/rotate', { schema: { body: CaRotation, response: { 200: CaView } } }, async ({ body }) => {
    await authority.rotate(body.overlapDays)
    await certificates.refresh()
    return certificates.view()
  })
}
