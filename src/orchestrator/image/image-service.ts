// What the rest of the orchestrator asks of images: the port. The service behind it owns chunks, manifests and the catalog.
import type { ImageVersionView, ImageView, Manifest, VersionCheck } from '../../contract/image.ts'

/** Where a capture comes from; jobId makes publishing the same capture twice give the same version. */
export interface CaptureOrigin {
  readonly jobId: string
  readonly nodeId: string
  readonly imageName: string
  readonly profile?: string
  readonly profileRevision?: string
}

export interface ImageService {
  list(): readonly ImageView[]
  /** undefined version: the newest. Throws IMAGE_NOT_FOUND or IMAGE_VERSION_NOT_FOUND. */
  find(imageName: string, version?: number): ImageVersionView
  /** Partition table ids of all versions: disks that carry one hold nothing foreign. */
  tableIds(): readonly string[]
  /** Reads the whole version and digests it: seconds for each gigabyte. Throws as find does. */
  verify(imageName: string, version: number): Promise<VersionCheck>
  /** Drops what a job reserved; called when the job ends, however it ends. */
  release(jobId: string): void
}

/** What the image routes ask beyond that: the side that agents see. */
export interface ImageStoreService extends ImageService {
  /** Of these digests, those that the store lacks; in the order asked, each once. */
  missing(digests: readonly string[]): string[]
  /** Promises space to a capture. Throws IMAGE_STORE_FULL. */
  reserve(origin: CaptureOrigin, usedBytes: number): Promise<void>
  /** Keeps a chunk; jobId is the capture that it counts for. Errors of ChunkStore.put. */
  putChunk(jobId: string, digest: string, compressed: Uint8Array): Promise<void>
  /** Errors of ChunkStore.get. */
  getChunk(digest: string): Promise<Uint8Array>
  /** Makes a version of it. Throws IMAGE_MANIFEST_INCOMPLETE when chunks lack. */
  publish(origin: CaptureOrigin, manifest: Manifest): Promise<ImageVersionView>
  /** zstd-compressed JSON. */
  compressedManifest(imageName: string, version: number): Promise<Uint8Array>
}

/** Asked by the image routes: which capture may this agent publish under this lease? Throws JOB_LEASE_LOST. */
export interface CaptureDesk {
  originOf(nodeId: string, jobId: string, leaseId: string): CaptureOrigin
}
