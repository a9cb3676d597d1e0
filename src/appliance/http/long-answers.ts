// What answers that take long are given: reply.goneSignal(), reply.pieces().
import type { FastifyInstance, FastifyReply } from 'fastify'
import { ResponseSender } from './response-sender.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** Aborted when the connection closes before the answer is sent: nobody waits for it any more. */
    goneSignal(): AbortSignal
    /** Writes the body piece by piece without copies; hijack() comes first. */
    pieces(): ResponseSender
  }
}

export function installLongAnswers(app: FastifyInstance): void {
  app.decorateReply('goneSignal', goneSignal)
  app.decorateReply('pieces', pieces)
}

function goneSignal(this: FastifyReply): AbortSignal {
  const controller = new AbortController()
  this.raw.once('close', () => {
    if (!this.raw.writableFinished) controller.abort()
  })
  return controller.signal
}

function pieces(this: FastifyReply): ResponseSender {
  return new ResponseSender(this.raw)
}
