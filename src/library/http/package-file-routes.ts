// The files of a package, for the agent or the running system that installs it. Mounted inside the API of each.
import { createReadStream } from 'node:fs'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { PackageName, PackageVersion } from '../../contract/package.ts'
import { Digest } from '../../contract/values.ts'
import { type ContentDesk, notOfThisJob } from '../image/job-content.ts'
import type { Packages } from '../package/packages.ts'

interface PackageFileRoutesDeps {
  readonly packages: Packages
  readonly contents: ContentDesk
  /** The node that asks, as the scope around it knows. */
  readonly whoAsks: (request: FastifyRequest) => string
}

const FileParams = Type.Object({ name: PackageName, version: PackageVersion, digest: Digest })

export const packageFileRoutes: FastifyPluginAsyncTypebox<PackageFileRoutesDeps> = async (
  app,
  { packages, contents, whoAsks },
) => {
  app.get('/packages/:name/:version/files/:digest', { schema: { params: FileParams } }, async (request, reply) => {
    const { name, version, digest } = request.params
    const content = contents.contentOf(whoAsks(request))
    const own = content === undefined || content === 'everything' ? [] : (content.packages ?? [])
    const ref = own.find((each) => each.name === name && each.version === version)
    if (ref === undefined) throw notOfThisJob()
    const file = packages.filePath(ref, digest)
    return reply.type('application/octet-stream').header('content-length', file.sizeBytes).send(createReadStream(file.path))
  })
}
