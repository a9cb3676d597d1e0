// What happens in the appliance as a stream of server-sent events (WHATWG HTML section 9.2). Mounted inside the operator API.
import { PassThrough } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { ApplianceEvent } from '../../contract/events.ts'
import type { EventHistory } from './event-history.ts'

interface EventStreamDeps {
  readonly history: EventHistory
  readonly stopping: AbortSignal
}

/** A reader that does not keep up for so long is dropped: it connects again and asks for the lists. */
const MAX_BEHIND_BYTES = 4 * 1024 * 1024

const EventQuery = Type.Object({
  types: Type.Optional(Type.String({ maxLength: 1000, description: 'Only these: `job.failed,node.*`. Left out: all.' })),
  node: Type.Optional(Type.String({ maxLength: 200, description: 'Only what is about this node: id or name.' })),
  job: Type.Optional(Type.String({ maxLength: 200, description: 'Only what is about this job.' })),
})

export const eventStreamRoutes: FastifyPluginAsyncTypebox<EventStreamDeps> = async (app, { history, stopping }) => {
  app.get('/events', { schema: { querystring: EventQuery } }, async (request, reply) => {
    const isWanted = filterOf(request.query)
    const stream = new PassThrough()
    const lastId = String(request.headers['last-event-id'] ?? '')
    // Something at once, so that whoever waits knows that it is connected, and from where on.
    if (lastId === '') stream.write(sign('events.begun', history.lastId))
    const { isWhole, end } = history.readFrom(lastId, (numbered) => {
      if (!isWanted(numbered.event)) return
      stream.write(numbered.text)
      if (stream.writableLength > MAX_BEHIND_BYTES) stream.destroy()
    })
    if (!isWhole) stream.write(sign('events.missed', history.lastId))
    const over = AbortSignal.any([reply.goneSignal(), stopping])
    over.addEventListener('abort', () => stream.end(), { once: true })
    stream.once('close', end)
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream)
  })
}

/** About the stream itself. */
const sign = (type: 'events.begun' | 'events.missed', id: string): string =>
  `id: ${id}\nevent: ${type}\ndata: {"type":"${type}"}\n\n`

function filterOf({ types, node, job }: { types?: string; node?: string; job?: string }): (event: ApplianceEvent) => boolean {
  const patterns = types?.split(',').map((type) => type.trim())
  return (event) =>
    (patterns?.some((pattern) => fits(event.type, pattern)) ?? true) &&
    (node === undefined || nodesOf(event).includes(node)) &&
    (job === undefined || ('job' in event && event.job.id === job))
}

const fits = (type: string, pattern: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern

function nodesOf(event: ApplianceEvent): readonly (string | undefined)[] {
  if ('node' in event) return [event.node.id, event.node.name]
  return 'job' in event ? [event.job.nodeId, event.job.nodeName] : []
}
