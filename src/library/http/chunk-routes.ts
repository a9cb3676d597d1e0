// Chunks in and out, many in one request. Mounted inside the agent API, which authenticates and sets request.agentNodeId.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { MissingAnswer, MissingQuery } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'
import {
  BlocksAnswer,
  BlocksQuery,
  ChunkFetch,
  ChunkUpload,
  ChunkUploadAnswer,
  DifferencesQuery,
  SectionsAnswer,
  SectionsQuery,
} from '../../contract/image-transfer.ts'
import { CHUNK_STREAM_TYPE, decodeFrames, encodeErrorFrame, encodeFrameHeader } from '../../imaging/chunk-frames.ts'
import { ChunkShelf } from '../../imaging/chunk-shelf.ts'
import { type ChunkDifferences, createChunkDifferences } from '../image/chunk-differences.ts'
import type { CaptureDesk, ImageStoreService } from '../image/image-service.ts'
import type { ContentGate } from '../image/read-gate.ts'
import { leaseFirst } from './lease-first.ts'

interface ChunkRoutesDeps {
  readonly images: ImageStoreService
  readonly captures: CaptureDesk
  readonly gate: ContentGate
}

type PieceSender = ReturnType<FastifyReply['pieces']>

/** Chunks of one batch that are checked and written at the same time. */
const IN_FLIGHT = 16
/** Chunks that are read while one is sent. More of them, times many readers, leave the processor's cache before they are sent: 8 % slower with 2. */
const READ_AHEAD = 1
/** Chunks that the threads of the store look into for one question. */
const COMPARED_AT_ONCE = 4

/** What arrives waits here until the store has it, what leaves until the network has it. */
const shelf = new ChunkShelf()

const JobParams = Type.Object({ jobId: Type.String() })

export const chunkRoutes: FastifyPluginAsyncTypebox<ChunkRoutesDeps> = async (app, { images, captures, gate }) => {
  app.addContentTypeParser(CHUNK_STREAM_TYPE, (_request, payload, done) => done(null, payload))

  app.post('/chunks/missing', { schema: { body: MissingQuery, response: { 200: MissingAnswer } } }, async (request) => ({
    missing: await gate.missing(request.agentNodeId, request.body.digests),
  }))

  app.post('/chunks/sections', { schema: { body: SectionsQuery, response: { 200: SectionsAnswer } } }, async (request) => ({
    chunks: (await told(await gate.ofReadable(request.agentNodeId, request.body.digests), images.sections)).map(
      ({ digest, bytes }) => ({ digest, sections: bytes }),
    ),
  }))

  app.post('/chunks/blocks', { schema: { body: BlocksQuery, response: { 200: BlocksAnswer } } }, async (request) => ({
    chunks: (await told(await gate.ofReadable(request.agentNodeId, request.body.digests), images.blocks)).map(
      ({ digest, bytes }) => ({ digest, blocks: bytes }),
    ),
  }))

  app.post(
    '/jobs/:jobId/chunks',
    {
      schema: { params: JobParams, querystring: ChunkUpload, response: { 200: ChunkUploadAnswer } },
      onRequest: leaseFirst(captures, 'store'),
    },
    async (request) => {
      const { jobId } = captures.originOf(request.agentNodeId, request.params.jobId, request.query.leaseId, 'store')
      if (!(request.body instanceof Readable)) throw notAStream()
      const announced = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY)
      return { stored: await storeAll(images, jobId, request.body, announced) }
    },
  )

  app.post('/chunks/fetch', { schema: { body: ChunkFetch } }, async (request, reply) => {
    await gate.mayFetch(request.agentNodeId, request.body.digests)
    // From here on the response is written by hand: a stream in between would copy what it is given and keep its memory.
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': CHUNK_STREAM_TYPE })
    await sendChunks(reply.pieces(), images, request.body).catch((error: unknown) => {
      if (!reply.raw.destroyed) request.log.error({ err: error }, 'chunks could not be sent')
      reply.raw.destroy()
    })
    return reply
  })

  const differences = createChunkDifferences(images)
  app.post('/chunks/differences', { schema: { body: DifferencesQuery } }, async (request, reply) => {
    await gate.mayFetch(
      request.agentNodeId,
      request.body.chunks.flatMap(({ digest, composition }) => composition?.chunks ?? digest),
    )
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': CHUNK_STREAM_TYPE })
    await sendDifferences(reply.pieces(), differences, request.body).catch((error: unknown) => {
      if (!reply.raw.destroyed) request.log.error({ err: error }, 'differences of chunks could not be sent')
      reply.raw.destroy()
    })
    return reply
  })
}

/** In the order asked; an error travels as a frame. */
async function sendDifferences(sender: PieceSender, differences: ChunkDifferences, { chunks }: DifferencesQuery): Promise<void> {
  const ahead: Promise<Uint8Array | AppError>[] = []
  for (const [position, { digest }] of chunks.entries()) {
    while (ahead.length < COMPARED_AT_ONCE && position + ahead.length < chunks.length)
      ahead.push(orError(differences(chunks[position + ahead.length]!)))
    const answer = await ahead.shift()!
    if (answer instanceof AppError) {
      await sender.send([encodeErrorFrame(digest, answer)])
      break
    }
    await sender.send([encodeFrameHeader(digest, answer.length), answer])
  }
  await sender.end()
}

/** Whoever asks does without what cannot be told: the chunk is stored, or fetched, as one. */
async function told(
  digests: readonly string[],
  ask: (digest: string) => Promise<Uint8Array>,
): Promise<{ readonly digest: string; readonly bytes: string }[]> {
  const answers = new Map<string, string>()
  const rest = digests.values()
  const asker = async (): Promise<void> => {
    for (const digest of rest) {
      const answer = await orError(ask(digest))
      if (!(answer instanceof AppError)) answers.set(digest, Buffer.from(answer).toString('base64'))
    }
  }
  await Promise.all(Array.from({ length: COMPARED_AT_ONCE }, asker))
  return digests.flatMap((digest) => (answers.has(digest) ? { digest, bytes: answers.get(digest)! } : []))
}

function orError<T>(asked: Promise<T>): Promise<T | AppError> {
  const answer = asked.catch((error: unknown) => {
    if (error instanceof AppError) return error
    throw error
  })
  // Whoever waits for an earlier one may give up first.
  answer.catch(() => undefined)
  return answer
}

/** announced: of the whole body. No memory is taken for a chunk that says to be longer. */
async function storeAll(images: ImageStoreService, jobId: string, body: Readable, announced: number): Promise<number> {
  const placeFor = (length: number): Uint8Array => {
    if (length > announced) throw longerThanBody(length, announced)
    return shelf.take(length)
  }
  let stored = 0
  const running = new Set<Promise<void>>()
  try {
    for await (const { digest, bytes } of decodeFrames(body, placeFor)) {
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
async function sendChunks(sender: PieceSender, images: ImageStoreService, { digests, again = false }: ChunkFetch): Promise<void> {
  const ahead: ChunkOnItsWay[] = []
  try {
    for (const [position, digest] of digests.entries()) {
      while (ahead.length < READ_AHEAD && position + ahead.length < digests.length) {
        ahead.push(startReading(images, digests[position + ahead.length]!, again))
      }
      const { place, reading } = ahead.shift()!
      const read = await reading
      if (read instanceof AppError) {
        shelf.giveBack(place)
        await sender.send([encodeErrorFrame(digest, read)])
        break
      }
      const sent = sender.send([encodeFrameHeader(digest, read.length), read]).finally(() => shelf.giveBack(place))
      await sender.room(sent)
    }
    await sender.end()
  } finally {
    for (const { place, reading } of ahead) void reading.then(() => shelf.giveBack(place)).catch(() => undefined)
  }
}

interface ChunkOnItsWay {
  readonly place: Uint8Array
  readonly reading: Promise<Uint8Array | AppError>
}

function startReading(images: ImageStoreService, digest: string, again: boolean): ChunkOnItsWay {
  const place = shelf.take()
  const reading = orError(images.getChunk(digest, { place, again }))
  return { place, reading }
}

function longerThanBody(length: number, announced: number): AppError {
  return new AppError(
    'IMAGE_CHUNK_STREAM_INVALID',
    `a chunk announces ${length} bytes in a body of ${announced}`,
    'The agent sends the batch again by itself. If it stays, compare the versions of both sides.',
  )
}

function notAStream(): AppError {
  return new AppError(
    'IMAGE_CHUNK_STREAM_INVALID',
    `chunks come as ${CHUNK_STREAM_TYPE}`,
    'Send the batch with this content type; the agent of this version does.',
  )
}
