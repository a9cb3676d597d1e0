// The files of a profile revision, for the agent that builds with it. Mounted inside the agent API.
import { createReadStream } from 'node:fs'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { Digest, Name } from '../../contract/values.ts'
import { type ContentDesk, notOfThisJob } from '../image/job-content.ts'
import type { Profiles } from '../profile/profiles.ts'

interface ProfileFileRoutesDeps {
  readonly profiles: Profiles
  readonly contents: ContentDesk
}

/** The rest of the path is not named here: typebox makes a pattern of each key, and `*` is none. */
const FileParams = Type.Object({ name: Name, revision: Digest })
type FileParams = Static<typeof FileParams>

export const profileFileRoutes: FastifyPluginAsyncTypebox<ProfileFileRoutesDeps> = async (app, { profiles, contents }) => {
  app.get(
    '/profiles/:name/:revision/files/*',
    { schema: { summary: 'A file of a profile revision; never changes', params: FileParams } },
    async (request, reply) => {
      const { name, revision, '*': path = '' } = request.params as FileParams & { readonly '*'?: string }
      const content = contents.contentOf(request.agentNodeId)
      const isOfJob = content !== undefined && content !== 'everything' && content.profile?.name === name
      if (!isOfJob || content.profile?.revision !== revision) throw notOfThisJob()
      const file = await profiles.filePath(name, revision, path)
      return reply.type('application/octet-stream').header('content-length', file.sizeBytes).send(createReadStream(file.path))
    },
  )
}
