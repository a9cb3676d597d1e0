// Copying the data folder while the appliance runs. Mounted inside the operator API.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { BackupCut } from '../../contract/backup.ts'
import type { BackupCuts } from '../backup/cut.ts'

const IdParams = Type.Object({ id: Type.String({ maxLength: 100 }) })

export const backupRoutes: FastifyPluginAsyncTypebox<{ readonly cuts: BackupCuts }> = async (app, { cuts }) => {
  app.post('/backup-cuts', { schema: { response: { 201: BackupCut } } }, async (_request, reply) =>
    reply.code(201).send(cuts.begin()),
  )

  app.delete('/backup-cuts/:id', { schema: { params: IdParams, response: { 204: Type.Null() } } }, async ({ params }, reply) => {
    await cuts.end(params.id)
    return reply.code(204).send(null)
  })
}
