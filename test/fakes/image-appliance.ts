// The image side of an appliance on loopback: real store, real routes, a desk that grants every lease called "lease".
import Fastify, { type FastifyInstance } from 'fastify'
import { installManners } from '../../src/appliance/http/manners.ts'
import { AGENT_API_PREFIX } from '../../src/contract/agent-api.ts'
import { AppError } from '../../src/contract/errors.ts'
import { OPERATOR_API_PREFIX } from '../../src/contract/operator-api.ts'
import { chunkRoutes } from '../../src/library/http/chunk-routes.ts'
import { imageRoutes } from '../../src/library/http/image-routes.ts'
import { manifestRoutes } from '../../src/library/http/manifest-routes.ts'
import { transferRoutes } from '../../src/library/http/transfer-routes.ts'
import { createImageService } from '../../src/library/image/create-image-service.ts'
import type { CaptureDesk, ImageStoreService, VersionName } from '../../src/library/image/image-service.ts'
import { ReadGate } from '../../src/library/image/read-gate.ts'
import { VersionChecks } from '../../src/library/image/version-checks.ts'
import { ImageFilesReader } from '../../src/library/image-files/image-files.ts'
import { StartsOnDesk } from '../../src/library/image-files/starts-on-desk.ts'
import { Events, Operations, SYSTEM_CLOCK } from '../../src/store/index.ts'
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
  readonly imageName?: (jobId: string) => string
  /** What the node of the job runs. */
  readonly runs?: (jobId: string) => VersionName | undefined
  /** Sees every request first; throw to fail it. */
  readonly onRequest?: (url: string) => void
  /** May change the chunks that the store gives. */
  readonly onChunk?: (bytes: Uint8Array) => Uint8Array
}

export async function imageAppliance({
  dataDir,
  imageName = () => 'disk',
  runs = () => undefined,
  onRequest,
  onChunk,
}: ImageApplianceOptions): Promise<ImageAppliance> {
  const service = createImageService({ dataDir }, { now: () => new Date().toISOString() })
  const images: ImageStoreService =
    onChunk === undefined
      ? service
      : {
          ...service,
          getChunk: async (digest) => onChunk(await service.getChunk(digest)),
          difference: async (...asked) => onChunk(await service.difference(...asked)),
        }
  const captures: CaptureDesk = {
    originOf(nodeId, jobId, leaseId) {
      if (leaseId !== 'lease') throw new AppError('JOB_LEASE_LOST', `lease ${leaseId} is not the current one`, 'Claim again.')
      const installed = runs(jobId)
      return { jobId, nodeId, imageName: imageName(jobId), ...(installed && { runs: installed }) }
    },
  }
  const app = Fastify({ forceCloseConnections: true })
  installManners(app)
  app.decorateRequest('agentNodeId', '')
  app.addHook('onRequest', async (request) => {
    request.agentNodeId = 'node-1'
    onRequest?.(request.url)
  })
  const gate = new ReadGate({ images, contents: { contentOf: () => 'everything' } })
  await app.register(chunkRoutes, { prefix: AGENT_API_PREFIX, images, captures, gate })
  await app.register(manifestRoutes, { prefix: AGENT_API_PREFIX, images, captures, gate })
  const operations = new Operations({ clock: SYSTEM_CLOCK, events: new Events() })
  const versionChecks = new VersionChecks({ images, operations, clock: SYSTEM_CLOCK, log: new SilentLog() })
  const startsOn = new StartsOnDesk({ images, files: new ImageFilesReader(images), log: new SilentLog() })
  await app.register(imageRoutes, { prefix: OPERATOR_API_PREFIX, images, startsOn, versionChecks, operations })
  await app.register(transferRoutes, { prefix: OPERATOR_API_PREFIX, images })
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
