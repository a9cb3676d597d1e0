// What the other rooms ask of images: the port. The service behind it owns chunks, manifests and the catalog.
import type { ImageVersionView, ImageView, Manifest, VersionDiff, VersionFacts } from '../../contract/image.ts'
import type {
  CollectResult,
  PruneResult,
  RetentionPolicy,
  ScrubResult,
  StoreSpace,
  VersionCheck,
} from '../../contract/image-care.ts'
import type { PersonaliseWish } from '../../contract/personalise.ts'
import type { Architecture } from '../../contract/values.ts'
import type { VersionSignature } from '../../contract/version-signature.ts'
import type { DamagedRecord } from './catalog-folder.ts'
import type { ChunkContent } from './chunk-content.ts'
import type { ReadWish } from './chunk-store.ts'
import type { DigestSet } from './digest-set.ts'

export interface VersionName {
  readonly imageName: string
  readonly version: number
}

/** Where a capture comes from; jobId makes publishing the same capture twice give the same version. */
export interface CaptureOrigin {
  /** Brought with it, by whom it was made before. */
  readonly signatures?: readonly VersionSignature[]
  readonly jobId: string
  /** Left out: a person brought it. */
  readonly nodeId?: string
  readonly imageName: string
  /** What the node runs: the disk of a first version mostly holds the same. Left out: not known. */
  readonly runs?: VersionName
  readonly profile?: string
  readonly profileRevision?: string
  readonly personalise?: PersonaliseWish
  /** Of the machine, or as the profile says. What the content shows goes over it. */
  readonly architecture?: Architecture
  /** What the profile says that it provides. */
  readonly features?: readonly string[]
  /** It comes from another appliance and keeps the number and the facts that it has there. */
  readonly asThere?: VersionThere
}

export type VersionThere = Pick<ImageVersionView, 'version'> &
  Partial<
    Pick<ImageVersionView, 'createdAt' | 'profile' | 'profileRevision' | 'personalise' | 'architecture' | 'firmware' | 'features'>
  > & { readonly origin: string }

/** How a scrub or a check tells how far it is, and how it is ended before its end: it then throws the signal's reason. */
export interface CheckRun {
  onChecked(count: number): void
  readonly signal: AbortSignal
}

export interface ImageService {
  list(): readonly ImageView[]
  /** Grows with each change of what `list` gives. */
  changeCount(): number
  /** Called after each of those changes. The returned function ends it. */
  onChange(listener: () => void): () => void
  /** undefined version: the newest. Throws IMAGE_NOT_FOUND or IMAGE_VERSION_NOT_FOUND. */
  find(imageName: string, version?: number): ImageVersionView
  /** Whether it was here and was removed: by retention, or by a person. */
  wasRemoved(imageName: string, version: number): boolean
  /** Partition table ids of all versions: disks that carry one hold nothing foreign. */
  tableIds(): readonly string[]
  /** How many chunks of the version the store lacks. Throws as find does. */
  lacking(imageName: string, version: number): Promise<number>
  /** Files of the catalog that were damaged when the appliance started. */
  damaged(): readonly DamagedRecord[]
  /** Reads the whole version and digests it: seconds for each gigabyte. Throws as find does. */
  verify(imageName: string, version: number, run?: CheckRun): Promise<VersionCheck>
  /** Moves a tag to a version; undefined takes it away. */
  tag(imageName: string, tag: string, version: number | undefined): Promise<void>
  /** What a person says of a version; what is left out stays as it is. */
  say(imageName: string, version: number, facts: VersionFacts): Promise<ImageVersionView>
  /** Throws IMAGE_VERSION_IN_USE when it is tagged or a node needs it. Its space comes back with the next collection. */
  remove(imageName: string, version: number): Promise<void>
  /** Removes what the policy does not keep. */
  prune(imageName: string, policy: RetentionPolicy): Promise<PruneResult>
  /** Frees the space of chunks that no version names. */
  collect(run?: CheckRun): Promise<CollectResult>
  /** Reads every chunk of the store: minutes for each hundred gigabytes. Damaged ones are set aside. */
  scrub(run?: CheckRun): Promise<ScrubResult>
  space(): Promise<StoreSpace>
  diff(imageName: string, from: number, to: number): Promise<VersionDiff>
  /** No chunk is collected until `release` of the same id: somebody copies the store. */
  hold(id: string): void
  /** Drops what a job reserved; called when the job ends, however it ends. */
  release(jobId: string): void
}

/** What the image routes ask beyond that: the side that agents see. */
export interface ImageStoreService extends ImageService {
  /** Of these digests, those that the store lacks; in the order asked, each once. */
  missing(digests: readonly string[]): string[]
  /** The chunks that a version is made of. Throws as find does. */
  chunksOf(imageName: string, version: number): Promise<DigestSet>
  /** Promises space to a capture. Throws IMAGE_STORE_FULL, SITE_NAME_TAKEN. */
  reserve(origin: CaptureOrigin, usedBytes: number): Promise<void>
  /** Keeps a chunk; jobId is the capture that it counts for. Errors of ChunkStore.put. */
  putChunk(jobId: string, digest: string, compressed: Uint8Array): Promise<void>
  /** Errors of ChunkStore.get. */
  getChunk(digest: string, wish?: ReadWish): Promise<Uint8Array>
  /** Errors of ChunkStore.sections. */
  sections(digest: string): Promise<Uint8Array>
  blocks: ChunkContent['blocksOf']
  difference: ChunkContent['differenceOf']
  /** Makes a version of it. Throws IMAGE_MANIFEST_INCOMPLETE when chunks lack, IMAGE_MANIFEST_INVALID when one is composed wrongly. */
  publish(origin: CaptureOrigin, manifest: Manifest): Promise<ImageVersionView>
  manifest(imageName: string, version: number): Promise<Manifest>
  /** Whether a version of another appliance can have its number here: free, equal (it is here), or why not. */
  standing(imageName: string, version: number, manifestDigest: string): 'free' | 'equal' | string
  /** Whether `bring` would take it; its chunks survive a power cut when it answers. Throws as publish does. */
  checkBrought(imageName: string, manifest: Manifest): Promise<void>
  /** A version of another appliance under its own number and date; its chunks are here. Nothing changes when the number is taken. */
  bring(manifest: Manifest, facts: Omit<ImageVersionView, 'manifestDigest'>): Promise<void>
  /** Bytes of each chunk of the version as stored, by its digest; of one that lacks undefined. */
  storedSizes(imageName: string, version: number): Promise<ReadonlyMap<string, number | undefined>>
  /** zstd-compressed JSON. */
  compressedManifest(imageName: string, version: number): Promise<Uint8Array>
}

/** Asked by this room, answered by whoever knows nodes, classes and jobs: what may not go away. */
export interface VersionUse {
  /** Why a version is needed: "node-3 runs it"; undefined: nobody needs it. */
  useOf(imageName: string, version: number): string | undefined
  /** Names of the nodes that run a version. */
  nodesWith(imageName: string, version: number): readonly string[]
}

/** What an agent does under a lease. note: its disks; store: chunks; publish: a version, and the room for one. */
export type CaptureAct = 'note' | 'store' | 'publish'

/** Asked by the image routes: may this agent do this under this lease, and for which capture? Throws JOB_LEASE_LOST, JOB_CONTENT_REFUSED. */
export interface CaptureDesk {
  originOf(nodeId: string, jobId: string, leaseId: string, act: CaptureAct): CaptureOrigin
  /** A version was published under the lease; on disk when it answers. Throws JOB_LEASE_LOST when the lease ended meanwhile. */
  notePublished?(nodeId: string, jobId: string, leaseId: string, version: number): Promise<void>
  /** The node is about to write to these disks: from now on they are among those that it was given images on. On disk when it answers. */
  noteDisks?(nodeId: string, disks: readonly string[]): Promise<void>
}
