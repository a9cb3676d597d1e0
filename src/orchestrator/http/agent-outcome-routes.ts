// What a run, a wipe and a check ask and show: files of their scripts, the bytes by which the network is measured, and what came of it. Mounted
// inside the agent API, which authenticates and sets request.agentNodeId.
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { NETWORK_TEST_MOST_BYTES, NetworkTestAnswer, networkTestBlock, networkTestReader } from '../../contract/network-test.ts'
import { OutcomeAnswer, OutcomeReport } from '../../contract/outcome.ts'
import { Digest } from '../../contract/values.ts'
import { notOfThisJob } from '../../library/index.ts'
import type { JobBook } from '../job/job-book.ts'
import type { Outcomes } from '../job/outcomes.ts'
import type { RunFiles } from '../job/run-files.ts'

export interface AgentOutcomeRoutesDeps {
  readonly book: JobBook
  readonly outcomes: Outcomes
  readonly runFiles: RunFiles
}

const JobParams = Type.Object({ jobId: Type.String() })
const FileParams = Type.Object({ jobId: Type.String(), digest: Digest })
const BytesQuery = Type.Object({ bytes: Type.Integer({ minimum: 1, maximum: NETWORK_TEST_MOST_BYTES }) })

export const agentOutcomeRoutes: FastifyPluginAsyncTypebox<AgentOutcomeRoutesDeps> = async (
  app,
  { book, outcomes, runFiles },
) => {
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
  const block = networkTestBlock()

  app.post(
    '/jobs/:jobId/outcome',
    { schema: { params: JobParams, body: OutcomeReport, response: { 200: OutcomeAnswer } } },
    async (request) => outcomes.show(request.agentNodeId, request.params.jobId, request.body),
  )

  app.get('/jobs/:jobId/run-files/:digest', { schema: { params: FileParams } }, async (request, reply) => {
    const { jobId, digest } = request.params
    const job = book.get(jobId)
    const isOwn = job?.life.phase === 'running' && job.life.nodeId === request.agentNodeId
    const file = isOwn ? job.request.run?.files.find((each) => each.digest === digest) : undefined
    if (file === undefined) throw notOfThisJob()
    const { sizeBytes } = runFiles.ref(file)
    const content = createReadStream(runFiles.pathOf(digest))
    return reply.type('application/octet-stream').header('content-length', sizeBytes).send(content)
  })

  app.get('/network-test', { schema: { querystring: BytesQuery } }, async (request, reply) => {
    const { bytes } = request.query
    return reply
      .type('application/octet-stream')
      .header('content-length', bytes)
      .send(Readable.from(repeated(block, bytes), { objectMode: false }))
  })

  app.post('/network-test', { schema: { response: { 200: NetworkTestAnswer } } }, async (request) => {
    const reader = networkTestReader(block)
    for await (const part of request.body as AsyncIterable<Uint8Array>) reader.add(part)
    return reader.result()
  })
}

function* repeated(block: Uint8Array, bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= block.length) yield left >= block.length ? block : block.subarray(0, left)
}
