// What happens in the appliance as a stream of server-sent events (WHATWG HTML §9.2). Mounted inside the operator API.
import { PassThrough } from 'node:stream'
import type { FastifyPluginAsync } from 'fastify'
import type { Events } from '../../store/index.ts'

interface EventStreamDeps {
  readonly events: Events
  readonly stopping: AbortSignal
}

/** A reader that does not keep up for so long is dropped: it connects again and asks for the lists. */
const MAX_BEHIND_BYTES = 4 * 1024 * 1024

export const eventStreamRoutes: FastifyPluginAsync<EventStreamDeps> = async (app, { events, stopping }) => {
  app.get(
    '/events',
    { schema: { tags: ['events'], summary: 'Events as they happen (text/event-stream)' } },
    async (_request, reply) => {
      const stream = new PassThrough()
      const unsubscribe = events.subscribe((event) => {
        // The audit is for admins: GET /audit.
        if (event.type === 'audit.recorded') return
        stream.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
        if (stream.writableLength > MAX_BEHIND_BYTES) stream.destroy()
      })
      const over = AbortSignal.any([reply.goneSignal(), stopping])
      over.addEventListener('abort', () => stream.end(), { once: true })
      stream.once('close', unsubscribe)
      // Something at once, so that whoever waits knows that it is connected.
      stream.write(': connected\n\n')
      return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream)
    },
  )
}
