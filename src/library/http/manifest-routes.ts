// Manifests and reservations. Mounted inside the agent API, which authenticates and sets request.agentNodeId.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { DisksNote, DisksNoted, ManifestAnswer, ReservationRequest } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'
import { MANIFEST_TYPE, ManifestUpload, ReservationAnswer, VersionParams } from '../../contract/image-transfer.ts'
import { VersionSignature } from '../../contract/version-signature.ts'
import { BodyRoom } from '../image/body-room.ts'
import type { CaptureDesk, ImageStoreService } from '../image/image-service.ts'
import { ManifestReader } from '../image/manifest-reader.ts'
import { basisOf, type ContentGate } from '../image/read-gate.ts'
import { leaseFirst } from './lease-first.ts'

interface ManifestRoutesDeps {
  readonly images: ImageStoreService
  readonly captures: CaptureDesk
  readonly gate: ContentGate
}

/** So much of manifests may be on its way or being read at a time: the largest one, or many of the usual ones. */
const MANIFEST_ROOM_BYTES = 128 * 1024 * 1024
const room = new BodyRoom(MANIFEST_ROOM_BYTES)
const reader = new ManifestReader()

const Signatures = Type.Array(VersionSignature, { maxItems: 15 })
const JobParams = Type.Object({ jobId: Type.String() })

export const manifestRoutes: FastifyPluginAsyncTypebox<ManifestRoutesDeps> = async (app, { images, captures, gate }) => {
  app.addContentTypeParser(MANIFEST_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.post(
    '/jobs/:jobId/reservation',
    { schema: { params: JobParams, body: ReservationRequest, response: { 200: ReservationAnswer } } },
    async (request) => {
      const { leaseId, usedBytes } = request.body
      const origin = captures.originOf(request.agentNodeId, request.params.jobId, leaseId, 'store')
      await images.reserve(origin, usedBytes)
      const previous = basisOf(images, origin)
      gate.grant(origin.jobId, previous, usedBytes)
      return { reserved: true, ...(previous && { previous }) }
    },
  )

  app.post(
    '/jobs/:jobId/disks',
    { schema: { params: JobParams, body: DisksNote, response: { 200: DisksNoted } } },
    async (request) => {
      const { leaseId, disks } = request.body
      const { nodeId } = captures.originOf(request.agentNodeId, request.params.jobId, leaseId, 'note')
      if (nodeId === undefined || captures.noteDisks === undefined) return { noted: false }
      await captures.noteDisks(nodeId, disks)
      return { noted: true }
    },
  )

  app.post(
    '/jobs/:jobId/manifest',
    {
      schema: { params: JobParams, querystring: ManifestUpload, response: { 200: ManifestAnswer } },
      onRequest: leaseFirst(captures, 'publish'),
      preParsing: roomFirst,
    },
    async (request) => {
      if (!Buffer.isBuffer(request.body)) throw unreadable(`it does not come as ${MANIFEST_TYPE}`)
      const manifest = await reader.read(request.body)
      // Asked after the body is there and whole: the lease may end while a large one travels.
      const lease = [request.agentNodeId, request.params.jobId, request.query.leaseId] as const
      const origin = captures.originOf(...lease, 'publish')
      const signatures = signaturesIn(request.query.signatures)
      const { imageName, version, manifestDigest } = await images.publish({ ...origin, signatures }, manifest)
      await captures.notePublished?.(...lease, version)
      request.log.info({ imageName, version, manifestDigest, jobId: origin.jobId }, 'image version published')
      return { imageName, version, manifestDigest }
    },
  )

  app.get('/images/:imageName/versions/:version/manifest', { schema: { params: VersionParams } }, async (request, reply) => {
    const { imageName, version } = request.params
    gate.mayReadManifest(request.agentNodeId, imageName, version)
    return reply.type(MANIFEST_TYPE).send(await images.compressedManifest(imageName, version))
  })
}

function signaturesIn(text: string | undefined): readonly VersionSignature[] {
  if (text === undefined) return []
  const said: unknown = parsed(Buffer.from(text, 'base64url').toString())
  if (Value.Check(Signatures, said)) return said
  throw new AppError(
    'REQUEST_INVALID',
    'signatures is no list of signatures',
    'Send what the bundle says, as JSON in base64url, or leave it out.',
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Before the body is read into memory; given back when the answer is gone, however it went. */
async function roomFirst(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const giveBack = await room.take(Number(request.headers['content-length'] ?? MANIFEST_ROOM_BYTES))
  reply.raw.once('close', giveBack)
  // It may have gone while this waited.
  if (reply.raw.destroyed) giveBack()
}

function unreadable(reason: string): AppError {
  return new AppError(
    'IMAGE_MANIFEST_INVALID',
    `the manifest cannot be read: ${reason}`,
    `Send canonical JSON, zstd-compressed, as ${MANIFEST_TYPE}; the agent of this version does.`,
  )
}
