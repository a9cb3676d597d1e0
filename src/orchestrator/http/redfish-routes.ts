// What the management controllers of machines tell by Redfish: each record becomes an event about the node. Mounted where a token may come as a
// password: controllers send the header that the subscription gives them.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { hardwareWords, RedfishEvent } from '../../contract/redfish.ts'
import type { Events, Log } from '../../store/index.ts'
import type { Nodes } from '../node/nodes.ts'

interface RedfishRoutesDeps {
  readonly nodes: Nodes
  readonly events: Events
  readonly log: Log
}

export const redfishRoutes: FastifyPluginAsyncTypebox<RedfishRoutesDeps> = async (app, { nodes, events, log }) => {
  app.post('/redfish-events', { schema: { body: RedfishEvent, response: { 204: Type.Null() } } }, async ({ body }, reply) => {
    const node = nodes.find(body.Context)
    for (const { severity, reason } of hardwareWords(body)) {
      log[severity === 'ok' ? 'info' : 'warn']({ node: node.name, severity }, `its hardware says: ${reason}`)
      events.emit({ type: 'node.hardware-told', node: nodes.view(node), severity, reason })
    }
    return reply.code(204).send(null)
  })
}
