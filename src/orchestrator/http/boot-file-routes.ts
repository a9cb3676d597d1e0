// The kernel and initrd that a profile brings, for the loader of a machine that is sent into them. Under the agent API's prefix,
// but with the boot token in the path: a loader sends no headers.
import { createReadStream } from 'node:fs'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AppError } from '../../contract/errors.ts'
import type { Profiles } from '../../library/index.ts'
import type { BootTokensPort } from '../door.ts'
import type { Departures } from '../job/departures.ts'
import type { Nodes } from '../node/nodes.ts'

interface BootFileRoutesDeps {
  readonly bootTokens: BootTokensPort
  readonly nodes: Nodes
  readonly departures: Departures
  readonly profiles: Profiles
}

const FileParams = Type.Object({
  token: Type.String(),
  name: Type.Union([Type.Literal('kernel'), Type.Literal('initrd')]),
})

export const bootFileRoutes: FastifyPluginAsyncTypebox<BootFileRoutesDeps> = async (app, deps) => {
  app.get(
    '/boot-files/:token/:name',
    { schema: { tags: ['agent'], summary: 'The kernel or initrd of a reboot step', params: FileParams } },
    async (request, reply) => {
      const { bootTokens, nodes, departures, profiles } = deps
      const session = bootTokens.sessionOf(request.params.token, request.peer())
      const isOver = session === undefined || nodes.isOverBoot(session)
      const node = isOver ? undefined : nodes.byMac(session.mac)
      if (node === undefined) throw new AppError('AGENT_TOKEN_REFUSED', 'this boot token is not good', 'Boot the machine again.')
      const file = departures.fileFor(node.id, request.params.name)
      const path = profiles.contentPath(file)
      return reply
        .type('application/octet-stream')
        .header('content-length', file.sizeBytes)
        .send(createReadStream(path, { highWaterMark: CHUNK_BYTES }))
    },
  )
}

const CHUNK_BYTES = 512 * 1024
