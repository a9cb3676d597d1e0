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
  takeEmptyJson(app)
}

/** Many tools say that a body is JSON and send none, with a DELETE as well: that is no body. */
function takeEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parse(request, body, done),
  )
}
