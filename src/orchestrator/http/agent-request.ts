// What the authentication of the agent API leaves on a request for the routes behind it. Types only.
import 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** The node that the boot token belongs to. */
    agentNodeId: string
  }
}
