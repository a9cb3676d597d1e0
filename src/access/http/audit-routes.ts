// The audit, for admins. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AuditExpectation, AuditList, AuditQuery, AuditVerdict } from '../../contract/audit.ts'
import type { Audit } from '../audit/audit.ts'

interface AuditRoutesDeps {
  readonly audit: Audit
}

export const auditRoutes: FastifyPluginAsyncTypebox<AuditRoutesDeps> = async (app, { audit }) => {
  app.get('/audit', { schema: { querystring: AuditQuery, response: { 200: AuditList } } }, async ({ query }) => ({
    entries: [...(await audit.list(query))],
  }))

  app.get(
    '/audit/verify',
    { schema: { querystring: AuditExpectation, response: { 200: AuditVerdict } } },
    async ({ query }) => await audit.verify(query),
  )
}
