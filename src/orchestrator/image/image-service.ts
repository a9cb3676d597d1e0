// What the rest of the orchestrator asks of images: the port. The service behind it owns chunks, manifests and the catalog.
import type { ImageVersionView, ImageView } from '../../contract/image.ts'

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
  /** Drops what a job reserved; called when the job ends, however it ends. */
  release(jobId: string): void
}

/** Asked by the image routes: which capture may this agent publish under this lease? Throws JOB_LEASE_LOST. */
export interface CaptureDesk {
  originOf(nodeId: string, jobId: string, leaseId: string): CaptureOrigin
}
