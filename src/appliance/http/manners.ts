// What all routes of all rooms share, installed once on the whole application: how input is checked, how errors are told, and the words
// that requests and replies have.
import type { FastifyInstance } from 'fastify'
import { installBearer } from './bearer.ts'
import { installErrorReply } from './error-reply.ts'
import { installLongAnswers } from './long-answers.ts'
import { installRouteTable } from './route-table.ts'
import { installSchemas } from './schemas.ts'

export function installManners(app: FastifyInstance): void {
  installRouteTable(app)
  installErrorReply(app)
  installSchemas(app)
  installBearer(app)
  installLongAnswers(app)
}
