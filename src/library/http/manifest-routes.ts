// Manifests and reservations. Mounted inside the agent API, which authenticates and sets request.agentNodeId.
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { DisksNote, DisksNoted, ManifestAnswer, ReservationRequest } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'
import { MANIFEST_TYPE, ManifestUpload, ReservationAnswer, VersionParams } from '../../contract/image-transfer.ts'
import { MANIFEST_BYTES } from '../../contract/routes/images.ts'
import { decodeManifest, manifestRoomBytes } from '../../imaging/manifest-codec.ts'
import type { CaptureDesk, ImageStoreService } from '../image/image-service.ts'

interface ManifestRoutesDeps {
  readonly images: ImageStoreService
  readonly captures: CaptureDesk
}

const decompress = promisify(zstdDecompress)

const JobParams = Type.Object({ jobId: Type.String() })

export const manifestRoutes: FastifyPluginAsyncTypebox<ManifestRoutesDeps> = async (app, { images, captures }) => {
  app.addContentTypeParser(MANIFEST_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.post(
    '/jobs/:jobId/reservation',
    { schema: { params: JobParams, body: ReservationRequest, response: { 200: ReservationAnswer } } },
    async (request) => {
      const { leaseId, usedBytes } = request.body
      const origin = captures.originOf(request.agentNodeId, request.params.jobId, leaseId)
      await images.reserve(origin, usedBytes)
      return { reserved: true, ...newestOf(images, origin.imageName) }
    },
  )

  app.post(
    '/jobs/:jobId/disks',
    { schema: { params: JobParams, body: DisksNote, response: { 200: DisksNoted } } },
    async (request) => {
      const { leaseId, disks } = request.body
      const { nodeId } = captures.originOf(request.agentNodeId, request.params.jobId, leaseId)
      if (nodeId === undefined || captures.noteDisks === undefined) return { noted: false }
      await captures.noteDisks(nodeId, disks)
      return { noted: true }
    },
  )

  app.post(
    '/jobs/:jobId/manifest',
    { schema: { params: JobParams, querystring: ManifestUpload, response: { 200: ManifestAnswer } } },
    async (request) => {
      const manifest = decodeManifest(await expand(request.body))
      // Asked after the body is there and whole: the lease may end while a large one travels.
      const origin = captures.originOf(request.agentNodeId, request.params.jobId, request.query.leaseId)
      const { imageName, version, manifestDigest } = await images.publish(origin, manifest)
      request.log.info({ imageName, version, manifestDigest, jobId: origin.jobId }, 'image version published')
      return { imageName, version, manifestDigest }
    },
  )

  app.get('/images/:imageName/versions/:version/manifest', { schema: { params: VersionParams } }, async (request, reply) => {
    const { imageName, version } = request.params
    return reply.type(MANIFEST_TYPE).send(await images.compressedManifest(imageName, version))
  })
}

function newestOf(images: ImageStoreService, imageName: string) {
  const versions = images.list().find(({ name }) => name === imageName)?.versions ?? []
  if (versions.length === 0) return {}
  return { previous: { imageName, version: Math.max(...versions.map(({ version }) => version)) } }
}

async function expand(body: unknown): Promise<Buffer> {
  try {
    if (Buffer.isBuffer(body)) {
      const maxOutputLength = Math.min(MANIFEST_BYTES, manifestRoomBytes(body.length))
      return await decompress(body, { maxOutputLength })
    }
  } catch (cause) {
    throw unreadable('it does not decompress', cause)
  }
  throw unreadable(`it does not come as ${MANIFEST_TYPE}`, undefined)
}

function unreadable(reason: string, cause: unknown): AppError {
  return new AppError(
    'IMAGE_MANIFEST_INVALID',
    `the manifest cannot be read: ${reason}`,
    `Send canonical JSON, zstd-compressed, as ${MANIFEST_TYPE}; the agent of this version does.`,
    { cause },
  )
}
