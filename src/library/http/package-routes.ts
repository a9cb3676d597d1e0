// Packages as a person's tools see them. Mounted inside the operator API.
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  PACKAGE_TYPE,
  PackageList,
  PackageName,
  PackageVersion,
  PackageVersionView,
  PackageView,
  Resolution,
  ResolveQuery,
} from '../../contract/package.ts'
import { Digest } from '../../contract/values.ts'
import { bringStream } from '../package/bring-stream.ts'
import type { PackageWatch } from '../package/package-watch.ts'
import type { Packages } from '../package/packages.ts'

interface PackageRoutesDeps {
  readonly packages: Packages
  readonly watch: Pick<PackageWatch, 'look' | 'problems'>
  /** Where what is brought lies until it is kept. */
  readonly incomingDir: string
}

const NameParams = Type.Object({ name: PackageName })
const VersionParams = Type.Object({ name: PackageName, version: PackageVersion })
const FileParams = Type.Object({ ...VersionParams.properties, digest: Digest })

export const packageRoutes: FastifyPluginAsyncTypebox<PackageRoutesDeps> = async (app, { packages, watch, incomingDir }) => {
  app.addContentTypeParser(PACKAGE_TYPE, (_request, payload, done) => done(null, payload))
  const list = (): PackageList => ({ packages: [...packages.list()], problems: [...watch.problems()] })

  app.get('/packages', { schema: { response: { 200: PackageList } } }, async () => list())

  app.get('/packages/:name', { schema: { params: NameParams, response: { 200: PackageView } } }, async ({ params }) => ({
    name: params.name,
    versions: [...packages.versions(params.name)],
  }))

  app.get(
    '/packages/:name/versions/:version',
    { schema: { params: VersionParams, response: { 200: PackageVersionView } } },
    async ({ params }) => packages.find(params.name, params.version),
  )

  app.get('/packages/:name/versions/:version/files/:digest', { schema: { params: FileParams } }, async ({ params }, reply) => {
    const { name, version, digest } = params
    const file = packages.filePath(packages.find(name, version), digest)
    return reply.type('application/octet-stream').header('content-length', file.sizeBytes).send(createReadStream(file.path))
  })

  app.post(
    '/packages',
    { schema: { response: { 200: PackageVersionView, 201: PackageVersionView } } },
    async ({ body }, reply) => {
      const { kind, view } = await bringStream(body instanceof Readable ? body : Readable.from([]), packages, incomingDir)
      return reply.code(kind === 'added' ? 201 : 200).send(view)
    },
  )

  app.post('/packages/check', { schema: { response: { 200: PackageList } } }, async () => {
    await watch.look(true)
    return list()
  })

  app.post('/packages/resolve', { schema: { body: ResolveQuery, response: { 200: Resolution } } }, async ({ body }) =>
    packages.resolve(body),
  )

  app.delete(
    '/packages/:name/versions/:version',
    { schema: { params: VersionParams, response: { 204: Type.Null() } } },
    async ({ params }, reply) => {
      // What was just taken out of the folder no longer keeps it.
      await watch.look(true)
      await packages.remove(params.name, params.version)
      return reply.code(204).send(null)
    },
  )
}
