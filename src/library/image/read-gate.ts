// Lets agents read of the store what their job is pinned to: the manifest and chunks of a version that it writes or heals; of a capture, those
// of the version before, or of what its node runs. Whether the store has a chunk is told to a capture alone, and no more often than its disk has chunks: else an
// approved machine that was taken over could ask what it likes.
import { CHUNK_BYTES } from '../../imaging/chunk-grid.ts'
import type { DigestSet } from './digest-set.ts'
import type { CaptureOrigin, ImageStoreService, VersionName } from './image-service.ts'
import { type ContentDesk, type JobContent, notOfThisJob } from './job-content.ts'

interface ReadGateDeps {
  readonly images: ImageStoreService
  readonly contents: ContentDesk
}

/** A capture that was cut off asks again; a chunk that is composed is asked for by its parts, too. */
const QUESTIONS_A_CHUNK = 16
const QUESTIONS_AT_LEAST = 65_536
/** The disk of a capture that reserved before a restart of the appliance. */
const UNKNOWN_USED_BYTES = 2 ** 41
const KEPT_SETS = 8
const KEPT_GRANTS = 10_000

/** What a capture was told when it reserved. */
interface Grant {
  readonly previous: VersionName | undefined
  readonly usedBytes: number
  questions: number
}

/** What the routes of chunks and manifests ask before they answer: who may read what. */
export type ContentGate = Pick<ReadGate, 'grant' | 'mayReadManifest' | 'mayFetch' | 'ofReadable' | 'missing'>

export class ReadGate {
  readonly #deps: ReadGateDeps
  readonly #grants = new Map<string, Grant>()
  readonly #sets = new Map<string, Promise<DigestSet>>()

  constructor(deps: ReadGateDeps) {
    this.#deps = deps
  }

  /** A capture reserved its room: the version before is told to it. */
  grant(jobId: string, previous: VersionName | undefined, usedBytes: number): void {
    const questions = this.#grants.get(jobId)?.questions ?? 0
    this.#grants.delete(jobId)
    if (this.#grants.size >= KEPT_GRANTS) this.#grants.delete(this.#grants.keys().next().value!)
    this.#grants.set(jobId, { previous, usedBytes, questions })
  }

  /** Throws JOB_CONTENT_REFUSED. */
  mayReadManifest(nodeId: string, imageName: string, version: number): void {
    const content = this.#contentOf(nodeId)
    if (content === 'everything') return
    const own = this.#readableVersion(content)
    if (own?.imageName !== imageName || own.version !== version) throw notOfThisJob()
  }

  /** Throws JOB_CONTENT_REFUSED unless all of them belong to the version that the job writes or heals. */
  async mayFetch(nodeId: string, digests: readonly string[]): Promise<void> {
    const content = this.#contentOf(nodeId)
    if (content === 'everything') return
    const own = content.version === undefined ? undefined : await this.#chunksFor(content)
    if (own === undefined || !digests.every((digest) => own.has(digest))) throw notOfThisJob()
  }

  /** Of these, those whose sections may be told. */
  async ofReadable(nodeId: string, digests: readonly string[]): Promise<readonly string[]> {
    const content = this.#contentOf(nodeId)
    if (content === 'everything') return digests
    const own = await this.#chunksFor(content)
    return own === undefined ? [] : digests.filter((digest) => own.has(digest))
  }

  /** Those of them that the agent has to bring: what it may not ask about counts as missing. */
  async missing(nodeId: string, digests: readonly string[]): Promise<string[]> {
    const { images } = this.#deps
    const content = this.#contentOf(nodeId)
    if (content === 'everything') return images.missing(digests)
    const own = await this.#chunksFor(content)
    const isOwn = (digest: string): boolean => own?.has(digest) === true
    const strange = [...new Set(digests)].filter((digest) => !isOwn(digest))
    if (this.#mayAsk(content, strange.length)) return images.missing(digests)
    return [...images.missing(digests.filter(isOwn)), ...strange]
  }

  #contentOf(nodeId: string): JobContent | 'everything' {
    const content = this.#deps.contents.contentOf(nodeId)
    if (content === undefined) throw notOfThisJob()
    return content
  }

  #mayAsk({ jobId, version }: JobContent, count: number): boolean {
    if (count === 0) return true
    // Nothing but its own version concerns a job that writes one.
    if (version !== undefined) return false
    const grant = this.#grants.get(jobId)
    if (grant === undefined) this.grant(jobId, undefined, UNKNOWN_USED_BYTES)
    const own = this.#grants.get(jobId)!
    own.questions += count
    return own.questions <= QUESTIONS_AT_LEAST + (own.usedBytes / CHUNK_BYTES) * QUESTIONS_A_CHUNK
  }

  #readableVersion({ jobId, imageName, version }: JobContent): VersionName | undefined {
    if (version !== undefined) return { imageName, version }
    return this.#grants.get(jobId)?.previous ?? basisOf(this.#deps.images, { imageName })
  }

  async #chunksFor(content: JobContent): Promise<DigestSet | undefined> {
    const readable = this.#readableVersion(content)
    if (readable === undefined) return undefined
    const key = `${readable.imageName}/${readable.version}`
    const known = this.#sets.get(key)
    const set = known ?? this.#load(readable)
    this.#sets.delete(key)
    if (this.#sets.size >= KEPT_SETS) this.#sets.delete(this.#sets.keys().next().value!)
    this.#sets.set(key, set)
    set.catch(() => this.#sets.delete(key))
    return set
  }

  async #load({ imageName, version }: VersionName): Promise<DigestSet> {
    return this.#deps.images.chunksOf(imageName, version)
  }
}

/** The version that a new one of the image has most in common with: the newest one, or else what the node runs. undefined: there is none. */
export function basisOf(
  images: Pick<ImageStoreService, 'list'>,
  { imageName, runs }: Pick<CaptureOrigin, 'imageName' | 'runs'>,
): VersionName | undefined {
  const versionsOf = (image: string): number[] =>
    images
      .list()
      .find(({ name }) => name === image)
      ?.versions.map(({ version }) => version) ?? []
  const own = versionsOf(imageName)
  if (own.length > 0) return { imageName, version: Math.max(...own) }
  return runs !== undefined && versionsOf(runs.imageName).includes(runs.version) ? runs : undefined
}
