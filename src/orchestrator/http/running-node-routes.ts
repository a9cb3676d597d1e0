// What a running system says of itself and is told: text, because it asks with a shell. Mounted under its own prefix, by the credential that
// its deploy put into it; request.runningNodeId is whose that is.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AppError } from '../../contract/errors.ts'
import { formatNodeOrder, parseNodeWords } from '../../contract/node-words.ts'
import { MOST_WAIT_SECONDS, type RunningNodes } from '../running/running-nodes.ts'

interface RunningNodeRoutesDeps {
  readonly runningNodes: RunningNodes
}

const OrdersQuery = Type.Object({
  boot: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  wait: Type.Optional(Type.Integer({ minimum: 0, maximum: MOST_WAIT_SECONDS })),
})

export const runningNodeRoutes: FastifyPluginAsyncTypebox<RunningNodeRoutesDeps> = async (app, { runningNodes }) => {
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  app.post('/present', async (request, reply) => {
    const words = typeof request.body === 'string' ? parseNodeWords(request.body) : undefined
    if (words === undefined) {
      const hint = 'The first line says which start of the system speaks: boot ID. See docs/platen-node.md.'
      throw new AppError('REQUEST_INVALID', 'these are no words of a running system', hint)
    }
    return reply.type('text/plain').send(formatNodeOrder(await runningNodes.say(request.runningNodeId, words)))
  })

  app.get('/orders', { schema: { querystring: OrdersQuery } }, async (request, reply) => {
    const { boot, wait = 0 } = request.query
    const order = await runningNodes.next(request.runningNodeId, boot, wait, () => reply.goneSignal())
    return reply.type('text/plain').send(formatNodeOrder(order))
  })
}
