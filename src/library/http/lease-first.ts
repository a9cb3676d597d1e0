// The lease is looked at before a large body is read: whoever has none sends nothing. For routes with jobId in the path and leaseId in the query.
import type { FastifyRequest } from 'fastify'
import type { CaptureAct, CaptureDesk } from '../image/image-service.ts'

export function leaseFirst(captures: CaptureDesk, act: CaptureAct): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { jobId } = request.params as { readonly jobId: string }
    const { leaseId } = request.query as { readonly leaseId?: unknown }
    // Without a lease the schema has its own word.
    if (typeof leaseId === 'string') captures.originOf(request.agentNodeId, jobId, leaseId, act)
  }
}
