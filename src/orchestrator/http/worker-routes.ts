// What a worker says of its job in the older XML, and the image that it sends. Mounted where an agent credential was shown.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AppError } from '../../contract/errors.ts'
import { UploadGoesOn, UploadPublished } from '../../contract/image-transfer.ts'
import { readWorkerStatus } from '../../contract/xml/job-status.ts'
import type { Jobs } from '../job/jobs.ts'
import type { Piece } from '../worker/uploads.ts'
import type { Workers } from '../worker/workers.ts'
import { findJob, statusTextOf, XML } from './xml-routes.ts'

interface WorkerRoutesDeps {
  readonly jobs: Jobs
  readonly workers: Workers
}

const JobParams = Type.Object({ jobId: Type.String() })

export const workerRoutes: FastifyPluginAsyncTypebox<WorkerRoutesDeps> = async (app, { jobs, workers }) => {
  await app.register(statusRoutes, { jobs, workers })
  await app.register(imageRoutes, { jobs, workers })
}

const statusRoutes: FastifyPluginAsyncTypebox<WorkerRoutesDeps> = async (app, { jobs, workers }) => {
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  app.put('/jobs/:jobId.xml', { schema: { params: JobParams } }, async (request, reply) => {
    const { params, headers, worker } = request
    const status = readWorkerStatus(String(request.body ?? ''), 'the status')
    const { id } = await findJob(jobs, params.jobId)
    const lease = unquoted(headers['if-match'])
    if (headers['if-none-match'] !== undefined) {
      const leaseId = await workers.take(worker, status, id)
      reply.code(201).header('etag', `"${leaseId}"`)
    } else await workers.tell(worker, status, id, lease)
    return reply.type(XML).send(statusTextOf(await jobs.show(id)))
  })
}

const imageRoutes: FastifyPluginAsyncTypebox<WorkerRoutesDeps> = async (app, { jobs, workers }) => {
  // As they come: they go to the disk, not into memory.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  app.get('/jobs/:jobId/image', { schema: { params: JobParams } }, async ({ params, worker }, reply) => {
    const { id } = await findJob(jobs, params.jobId)
    return reply.type('text/plain').send(`${await workers.receivedBytes(worker, id)}\n`)
  })

  const upload = { params: JobParams, response: { 201: UploadPublished, 202: UploadGoesOn } }
  app.put('/jobs/:jobId/image', { schema: upload }, async ({ params, headers, worker, body }, reply) => {
    const { id } = await findJob(jobs, params.jobId)
    const piece = pieceOf(headers['content-range'], headers['content-length'])
    const came = await workers.upload(worker, id, piece, body instanceof Readable ? body : Readable.from([]))
    if (came.kind === 'more') return reply.code(202).send({ receivedBytes: came.receivedBytes })
    return reply.code(201).send({ imageName: came.imageName, version: came.version })
  })
}

/** RFC 9110 §14.4, as `curl -C` sends it: bytes 500-999/1000. */
function pieceOf(range: string | undefined, length: string | undefined): Piece {
  if (range === undefined) return { from: 0, totalBytes: length === undefined ? undefined : Number(length) }
  const [, from, total] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(range) ?? []
  if (from !== undefined && total !== undefined) return { from: Number(from), totalBytes: Number(total) }
  throw new AppError('REQUEST_INVALID', `the Content-Range is "${range}"`, 'Send one like: bytes 500-999/1000.')
}

const unquoted = (tag: string | undefined): string | undefined => tag?.replace(/^"(.*)"$/, '$1')
