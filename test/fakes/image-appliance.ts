// The image side of an appliance on loopback: real store, real routes, a desk that grants every lease called "lease".
import Fastify, { type FastifyInstance } from 'fastify'
import { AGENT_API_PREFIX } from '../../src/contract/agent-api.ts'
import { AppError, ERROR_CODES } from '../../src/contract/errors.ts'
import { OPERATOR_API_PREFIX } from '../../src/contract/operator-api.ts'
import { SYSTEM_CLOCK } from '../../src/orchestrator/clock.ts'
import { agentChunkRoutes } from '../../src/orchestrator/http/agent-chunk-routes.ts'
import { agentImageRoutes } from '../../src/orchestrator/http/agent-image-routes.ts'
import { operatorImageRoutes } from '../../src/orchestrator/http/operator-image-routes.ts'
import { operatorTransferRoutes } from '../../src/orchestrator/http/operator-transfer-routes.ts'
import { createImageService } from '../../src/orchestrator/image/create-image-service.ts'
import type { CaptureDesk, ImageStoreService } from '../../src/orchestrator/image/image-service.ts'
import { VersionChecks } from '../../src/orchestrator/image/version-checks.ts'
import { SilentLog } from './silent-log.ts'

export interface ImageAppliance {
  readonly app: FastifyInstance
  readonly images: ImageStoreService
  /** Listens on the port (0: any) and gives the URL. */
  listen(port?: number): Promise<string>
  close(): Promise<void>
}

export interface ImageApplianceOptions {
  readonly dataDir: string
  readonly imageName?: string
  /** Sees every request first; throw to fail it. */
  readonly onRequest?: (url: string) => void
  /** May change the chunks that the store gives. */
  readonly onChunk?: (bytes: Uint8Array) => Uint8Array
}

export async function imageAppliance({
  dataDir,
  imageName = 'disk',
  onRequest,
  onChunk,
}: ImageApplianceOptions): Promise<ImageAppliance> {
  const service = createImageService({ dataDir }, { now: () => new Date().toISOString() })
  const images: ImageStoreService =
    onChunk === undefined ? service : { ...service, getChunk: async (digest) => onChunk(await service.getChunk(digest)) }
  const captures: CaptureDesk = {
    originOf(nodeId, jobId, leaseId) {
      if (leaseId !== 'lease') throw new AppError('JOB_LEASE_LOST', `lease ${leaseId} is not the current one`, 'Claim again.')
      return { jobId, nodeId, imageName }
    },
  }
  const app = Fastify({ forceCloseConnections: true })
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof AppError)) return reply.send(error)
    return reply.code(ERROR_CODES[error.code].status).send({ code: error.code, message: error.message, hint: error.hint })
  })
  app.decorateRequest('agentNodeId', '')
  app.addHook('onRequest', async (request) => {
    request.agentNodeId = 'node-1'
    onRequest?.(request.url)
  })
  await app.register(agentChunkRoutes, { prefix: AGENT_API_PREFIX, images, captures })
  await app.register(agentImageRoutes, { prefix: AGENT_API_PREFIX, images, captures })
  const versionChecks = new VersionChecks({ images, clock: SYSTEM_CLOCK, log: new SilentLog() })
  await app.register(operatorImageRoutes, { prefix: OPERATOR_API_PREFIX, images, versionChecks })
  await app.register(operatorTransferRoutes, { prefix: OPERATOR_API_PREFIX, images })
  return {
    app,
    images,
    listen: (port = 0) => app.listen({ host: '127.0.0.1', port }),
    async close() {
      await versionChecks.stop()
      await app.close()
    },
  }
}
