// The NoCloud source of cloud-init (https://docs.cloud-init.io, datasources, NoCloud) over HTTP. A machine that asks shows no secret, as its address says who it
// is: it gets its own files and nobody else's, where the wire proves that address.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AppError } from '../../contract/errors.ts'
import type { NodeView } from '../../contract/operator-api.ts'
import { type RenderFor, seedFile } from '../cloud-init/seed.ts'

interface CloudInitDeps {
  /** The MAC whose address it is, as the wire says. */
  macAt(peer: string): Promise<string | undefined>
  /** The node that has this card. */
  nodeAt(mac: string): NodeView | undefined
  readonly render: RenderFor
}

const FileParams = Type.Object({ file: Type.String({ maxLength: 40 }) })

export const cloudInitRoutes: FastifyPluginAsyncTypebox<CloudInitDeps> = async (app, { macAt, nodeAt, render }) => {
  app.get('/cloud-init/:file', { schema: { params: FileParams } }, async (request, reply) => {
    const mac = await macAt(request.peer())
    const node = mac === undefined ? undefined : nodeAt(mac)
    if (node === undefined) throw unproven(request.peer())
    if (node.state !== 'approved' && node.state !== 'held')
      throw new AppError(
        'NODE_NOT_APPROVED',
        `${node.name} is ${node.state}`,
        `Approve it first: platen node approve ${node.name}`,
      )
    return reply
      .type('text/plain; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(seedFile(request.params.file, node, render))
  })
}

function unproven(peer: string): AppError {
  const hint =
    'Only a machine that this appliance knows is told, from an address that it leased to it or that is on a network of its own. See docs/cloud-init.md.'
  return new AppError('NODE_ADDRESS_UNPROVEN', `nothing proves that ${peer} is the address of a node`, hint)
}
