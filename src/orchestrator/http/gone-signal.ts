// Tells a long answer that nobody waits for it any more.
import type { FastifyReply } from 'fastify'

/** Aborted when the connection closes before the answer is sent. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  return controller.signal
}
