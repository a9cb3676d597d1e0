// A disk of a version as a raw file, whole or from any byte on: for browsers, `curl` and programs that know nothing of bundles. Mounted inside the
// operator API, which authenticates.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '../../contract/errors.ts'
import type { DiskManifest } from '../../contract/image.ts'
import { Name } from '../../contract/values.ts'
import { type ByteRange, parseRange } from '../../imaging/byte-range.ts'
import { diskBytes } from '../image/disk-bytes.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import { noDisk } from '../nbd/nbd-desk.ts'

interface DiskRoutesDeps {
  readonly images: ImageStoreService
}

const one = Type.Integer({ minimum: 1 })
const DiskParams = Type.Object({ imageName: Name, version: one, disk: one })

export const diskRoutes: FastifyPluginAsyncTypebox<DiskRoutesDeps> = async (app, { images }) => {
  app.get(
    '/images/:imageName/versions/:version/disks/:disk',
    { schema: { tags: ['images'], summary: 'A disk as a raw file, or a range of its bytes', params: DiskParams } },
    async (request, reply) => {
      const { imageName, version, disk: number } = request.params
      const { manifestDigest } = images.find(imageName, version)
      const { disks } = await images.manifest(imageName, version)
      const disk = disks[number - 1]
      if (disk === undefined) throw noDisk({ imageName, version, disk: number }, disks.length)
      const tag = `"${manifestDigest}-${number}"`
      const name = number === 1 ? `${imageName}-${version}.raw` : `${imageName}-${version}-${number}.raw`
      reply.headers({ etag: tag, 'accept-ranges': 'bytes', 'content-disposition': `attachment; filename="${name}"` })
      // A range of what the client has the beginning of; of another version it gets the whole.
      const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === tag
      const range = parseRange(isSame ? request.headers.range : undefined, disk.sizeBytes)
      return sendRange(reply, range, disk, request.method === 'HEAD' ? undefined : images)
    },
  )
}

/** images: left out, when only the headers are wanted. */
function sendRange(
  reply: FastifyReply,
  range: ByteRange,
  disk: DiskManifest,
  images: ImageStoreService | undefined,
): FastifyReply {
  const { sizeBytes } = disk
  if (range.kind === 'unsatisfiable') {
    void reply.header('content-range', `bytes */${sizeBytes}`)
    throw outside(sizeBytes)
  }
  const { from, to } = range.kind === 'all' ? { from: 0, to: sizeBytes } : range
  void reply
    .code(range.kind === 'all' ? 200 : 206)
    .type('application/octet-stream')
    .header('content-length', to - from)
  if (range.kind === 'part') void reply.header('content-range', `bytes ${from}-${to - 1}/${sizeBytes}`)
  // What turns out to be damaged cuts the answer short of its length: no client takes that for the whole.
  const bytes = images === undefined ? [] : diskBytes(disk, { from, to }, images)
  return reply.send(Readable.from(bytes, { objectMode: false }))
}

function outside(sizeBytes: number): AppError {
  return new AppError(
    'IMAGE_RANGE_INVALID',
    `the range lies behind the disk, which has ${sizeBytes} bytes`,
    'Ask for bytes in front of its end.',
  )
}
