// Joins chunk store, catalog and reservations to what the rest of the orchestrator asks of images.
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ImageVersionView, Manifest } from '../../contract/image.ts'
import { chunkDigestsOf, contentDigestOfManifest } from '../../imaging/manifest-codec.ts'
import { Catalog } from './catalog.ts'
import type { ChunkStore } from './chunk-store.ts'
import { FileChunkStore } from './file-chunk-store.ts'
import type { CaptureOrigin, ImageStoreService } from './image-service.ts'
import { Reservations } from './reservations.ts'
import { verifyVersion } from './verify-version.ts'

export interface ImageServiceConfig {
  readonly dataDir: string
}

export interface ImageServiceDeps {
  /** Now, as ISO 8601. */
  readonly now: () => string
  /** Another store than files under dataDir. */
  readonly chunks?: ChunkStore
}

export function createImageService({ dataDir }: ImageServiceConfig, { now, chunks: given }: ImageServiceDeps): ImageStoreService {
  const chunks = given ?? new FileChunkStore(join(dataDir, 'chunks'))
  const catalog = new Catalog(join(dataDir, 'manifests'))
  const reservations = new Reservations()
  /** Compressed bytes that a running capture added; what a restart forgets is missing in a statistic only. */
  const added = new Map<string, number>()

  async function publish(origin: CaptureOrigin, manifest: Manifest): Promise<ImageVersionView> {
    const digests = chunkDigestsOf(manifest)
    refuseIncomplete([...digests].filter((digest) => !chunks.has(digest)))
    await chunks.settle()
    const view = await catalog.add(manifest, {
      imageName: origin.imageName,
      contentDigest: contentDigestOfManifest(manifest),
      createdAt: now(),
      tags: [],
      diskSizeBytes: sum(manifest.disks.map((disk) => disk.sizeBytes)),
      usedBytes: sum(manifest.disks.map((disk) => disk.usedBytes)),
      chunkCount: digests.size,
      addedBytes: added.get(origin.jobId) ?? 0,
      jobId: origin.jobId,
      nodeId: origin.nodeId,
      ...(origin.profile === undefined ? {} : { profile: origin.profile }),
      ...(origin.profileRevision === undefined ? {} : { profileRevision: origin.profileRevision }),
    })
    reservations.release(origin.jobId)
    return view
  }

  /** The most that a capture should need: all of it the first time, a part of it when an earlier version is there. */
  function expectedBytes(imageName: string, usedBytes: number): number {
    const isFirst = !catalog.list().some((image) => image.name === imageName)
    // A guess: versions of one image share most chunks. Running out of space in spite of it stops the capture clean.
    return isFirst ? usedBytes : Math.ceil(usedBytes / 4)
  }

  return {
    list: () => catalog.list(),
    find: (imageName, version) => catalog.find(imageName, version),
    tableIds: () => catalog.tableIds(),
    async verify(imageName, version) {
      const { chunkCount } = catalog.find(imageName, version)
      const damaged = await verifyVersion(await catalog.manifest(imageName, version), chunks)
      return { imageName, version, chunkCount, damaged }
    },
    release(jobId) {
      reservations.release(jobId)
      added.delete(jobId)
    },
    missing: (digests) => [...new Set(digests)].filter((digest) => !chunks.has(digest)),
    async reserve({ jobId, imageName }, usedBytes) {
      reservations.reserve(jobId, expectedBytes(imageName, usedBytes), await chunks.freeBytes())
    },
    async putChunk(jobId, digest, bytes) {
      const bytesAdded = await chunks.put({ digest, bytes })
      reservations.use(jobId, bytesAdded)
      added.set(jobId, (added.get(jobId) ?? 0) + bytesAdded)
    },
    getChunk: (digest) => chunks.get(digest),
    publish,
    compressedManifest: (imageName, version) => catalog.compressedManifest(imageName, version),
  }
}

function refuseIncomplete(missing: readonly string[]): void {
  if (missing.length === 0) return
  throw new AppError(
    'IMAGE_MANIFEST_INCOMPLETE',
    `the manifest names ${missing.length} chunks that the store lacks, the first is ${missing[0]}`,
    'The agent sends what lacks and publishes again; no version was made.',
  )
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
