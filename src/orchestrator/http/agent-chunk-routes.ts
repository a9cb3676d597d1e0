// Chunks in and out, many in one request. Mounted inside the agent API, which authenticates and sets request.agentNodeId.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { MissingAnswer, MissingQuery } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'
import { ChunkFetch, ChunkUpload, ChunkUploadAnswer } from '../../contract/image-transfer.ts'
import { CHUNK_STREAM_TYPE, decodeFrames, encodeErrorFrame, encodeFrameHeader } from '../../imaging/chunk-frames.ts'
import { ChunkShelf } from '../../imaging/chunk-shelf.ts'
import type { CaptureDesk, ImageStoreService } from '../image/image-service.ts'
import './agent-request.ts'

interface ChunkRoutesDeps {
  readonly images: ImageStoreService
  readonly captures: CaptureDesk
}

/** Chunks of one batch that are checked and written, or read, at the same time. */
const IN_FLIGHT = 16

/** What arrives waits here until the store has it. */
const shelf = new ChunkShelf()

const JobParams = Type.Object({ jobId: Type.String() })

export const agentChunkRoutes: FastifyPluginAsyncTypebox<ChunkRoutesDeps> = async (app, { images, captures }) => {
  app.addContentTypeParser(CHUNK_STREAM_TYPE, (_request, payload, done) => done(null, payload))

  app.post('/chunks/missing', { schema: { body: MissingQuery, response: { 200: MissingAnswer } } }, async (request) => ({
    missing: images.missing(request.body.digests),
  }))

  app.post(
    '/jobs/:jobId/chunks',
    { schema: { params: JobParams, querystring: ChunkUpload, response: { 200: ChunkUploadAnswer } } },
    async (request) => {
      const { jobId } = captures.originOf(request.agentNodeId, request.params.jobId, request.query.leaseId)
      if (!(request.body instanceof Readable)) throw notAStream()
      return { stored: await storeAll(images, jobId, request.body) }
    },
  )

  app.post('/chunks/fetch', { schema: { body: ChunkFetch } }, async (request, reply) =>
    reply.type(CHUNK_STREAM_TYPE).send(Readable.from(framesOf(images, request.body.digests), { objectMode: false })),
  )
}

async function storeAll(images: ImageStoreService, jobId: string, body: Readable): Promise<number> {
  let stored = 0
  const running = new Set<Promise<void>>()
  try {
    for await (const { digest, bytes } of decodeFrames(body, (length) => shelf.take(length))) {
      const put = images.putChunk(jobId, digest, bytes)
      const tracked = put.finally(() => {
        shelf.giveBack(bytes)
        running.delete(tracked)
      })
      running.add(tracked)
      tracked.catch(() => undefined)
      stored++
      if (running.size >= IN_FLIGHT) await Promise.race(running)
    }
    await Promise.all(running)
    return stored
  } finally {
    await Promise.allSettled(running)
  }
}

/** In the order asked. Headers are gone when a chunk turns out to be damaged, so the error travels as a frame. */
async function* framesOf(images: ImageStoreService, digests: readonly string[]): AsyncGenerator<Uint8Array> {
  const ahead: Promise<Uint8Array>[] = []
  for (const [position, digest] of digests.entries()) {
    while (ahead.length < IN_FLIGHT && position + ahead.length < digests.length) {
      const next = images.getChunk(digests[position + ahead.length]!)
      next.catch(() => undefined)
      ahead.push(next)
    }
    try {
      const bytes = await ahead.shift()!
      yield encodeFrameHeader(digest, bytes.length)
      yield bytes
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      yield encodeErrorFrame(digest, error)
      return
    }
  }
}

function notAStream(): AppError {
  return new AppError(
    'IMAGE_CHUNK_STREAM_INVALID',
    `chunks come as ${CHUNK_STREAM_TYPE}`,
    'Send the batch with this content type; the agent of this version does.',
  )
}
