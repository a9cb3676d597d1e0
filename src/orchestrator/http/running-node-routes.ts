// What a running system says of itself and is told: text, because it asks with a shell. Mounted under its own prefix, by the credential that
// its deploy put into it; request.runningNodeId is whose that is.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AppError } from '../../contract/errors.ts'
import { formatNodeOrder, type NodeWords, parseInstallEnd, parseNodeWords } from '../../contract/node-words.ts'
import type { RunningInstalls } from '../running/running-installs.ts'
import { MOST_WAIT_SECONDS, type RunningNodes } from '../running/running-nodes.ts'

interface RunningNodeRoutesDeps {
  readonly runningNodes: RunningNodes
  readonly runningInstalls: RunningInstalls
  /** What a roll-out that has come to the node wants to know of its system. */
  readonly wanted: { readonly rollOuts: { healthProgramFor(nodeId: string): string | undefined } }
}

const JobParams = Type.Object({ jobId: Type.String() })
const LeaseQuery = Type.Object({ lease: Type.String() })
const ofJob = { schema: { params: JobParams, querystring: LeaseQuery } }

const OrdersQuery = Type.Object({
  boot: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  wait: Type.Optional(Type.Integer({ minimum: 0, maximum: MOST_WAIT_SECONDS })),
})

export const runningNodeRoutes: FastifyPluginAsyncTypebox<RunningNodeRoutesDeps> = async (
  app,
  { runningNodes, runningInstalls, wanted },
) => {
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  app.post('/present', async (request, reply) => {
    const words = wordsOf(request.body)
    return reply.type('text/plain').send(formatNodeOrder(await runningNodes.say(request.runningNodeId, words)))
  })

  app.get('/orders', { schema: { querystring: OrdersQuery } }, async (request, reply) => {
    const { boot, wait = 0 } = request.query
    const order = await runningNodes.next(request.runningNodeId, boot, wait, () => reply.goneSignal())
    return reply.type('text/plain').send(formatNodeOrder(order))
  })

  app.get('/health-program', async (request, reply) =>
    reply.type('text/plain').send(wanted.rollOuts.healthProgramFor(request.runningNodeId) ?? ''),
  )

  app.get('/installs/:jobId', ofJob, async (request, reply) => {
    const lease = { jobId: request.params.jobId, leaseId: request.query.lease }
    return reply.type('text/plain').send(await runningInstalls.plan(request.runningNodeId, lease))
  })

  app.post('/installs/:jobId/beat', ofJob, async (request, reply) => {
    const lease = { jobId: request.params.jobId, leaseId: request.query.lease }
    return reply.type('text/plain').send(runningInstalls.beat(request.runningNodeId, lease) ? 'continue\n' : 'stop\n')
  })

  app.post('/installs/:jobId/end', ofJob, async (request, reply) => {
    const lease = { jobId: request.params.jobId, leaseId: request.query.lease }
    const end = typeof request.body === 'string' ? parseInstallEnd(request.body) : undefined
    if (end === undefined)
      throw new AppError(
        'REQUEST_INVALID',
        'this is no end of an installation',
        'The first line: done SECONDS, or failed SECONDS WORD TEXT.',
      )
    const record = await runningInstalls.end(request.runningNodeId, lease, end)
    return reply.type('text/plain').send(record === undefined ? '' : `${record}\n`)
  })

  app.post('/installs/:jobId/record', ofJob, async (request, reply) => {
    const lease = { jobId: request.params.jobId, leaseId: request.query.lease }
    const words = wordsOf(request.body)
    const order = await runningNodes.say(request.runningNodeId, { ...words, isStarting: false })
    await runningInstalls.proven(request.runningNodeId, lease, words)
    return reply.type('text/plain').send(formatNodeOrder(order))
  })
}

function wordsOf(body: unknown): NodeWords {
  const words = typeof body === 'string' ? parseNodeWords(body) : undefined
  if (words !== undefined) return words
  const hint = 'The first line says which start of the system speaks: boot ID. See docs/platen-node.md.'
  throw new AppError('REQUEST_INVALID', 'these are no words of a running system', hint)
}
