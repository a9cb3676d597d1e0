// What a site may read: what it is offered, nothing else; whatever else there is or is not looks the same to it. And what it may bring: images that it
// built, under names that begin with its own.

import { Value } from 'typebox/value'
import type { FollowedItem } from '../../../contract/central/follow.ts'
import { AppError } from '../../../contract/errors.ts'
import { Name } from '../../../contract/values.ts'
import type { CaptureDesk, CaptureOrigin, ContentGate, ImageStoreService } from '../../../library/index.ts'
import type { ClosurePort } from '../ports.ts'
import type { Sites } from './sites.ts'

type DigestSet = Awaited<ReturnType<ImageStoreService['chunksOf']>>

interface SiteGateDeps {
  readonly sites: Sites
  readonly closures: Pick<ClosurePort, 'settingsOf'>
  readonly images: ImageStoreService
}

/** By digest of the manifest; of a version of a terabyte one takes sixteen megabytes. */
const KEPT_SETS = 12

/** agentNodeId is the name of the site. */
export class SiteGate implements ContentGate, CaptureDesk {
  readonly #deps: SiteGateDeps
  readonly #sets = new Map<string, Promise<DigestSet>>()

  constructor(deps: SiteGateDeps) {
    this.#deps = deps
  }

  /** Throws SITE_CONTENT_NOT_FOUND. */
  itemOf(site: string, kind: string, name: string, version?: string): FollowedItem {
    const item = this.#deps.sites
      .find(site)
      .offer.items.find((each) => each.kind === kind && each.name === name && each.version === version)
    if (item === undefined) throw notFound()
    return item
  }

  mayReadManifest(site: string, imageName: string, version: number): void {
    this.itemOf(site, 'image', imageName, String(version))
  }

  async mayFetch(site: string, digests: readonly string[]): Promise<void> {
    if ((await this.ofReadable(site, digests)).length < digests.length) throw notFound()
  }

  async ofReadable(site: string, digests: readonly string[]): Promise<readonly string[]> {
    let strange = new Set(digests)
    for (const item of this.#deps.sites.find(site).offer.items) {
      if (strange.size === 0) break
      if (item.kind !== 'image') continue
      const own = await this.#chunksOf(item)
      strange = new Set([...strange].filter((digest) => own?.has(digest) !== true))
    }
    return digests.filter((digest) => !strange.has(digest))
  }

  /** Of an image that the site brings: what it may not know of, it brings. */
  async missing(site: string, digests: readonly string[]): Promise<string[]> {
    const lacking = new Set(this.#deps.images.missing(digests))
    const readable = new Set(await this.ofReadable(site, digests))
    const own = await this.#broughtBy(site)
    const isKnown = (digest: string) => readable.has(digest) || own.some((set) => set.has(digest))
    return [...new Set(digests)].filter((digest) => lacking.has(digest) || !isKnown(digest))
  }

  grant(): void {
    // What it may ask about does not depend on what it brings.
  }

  /** importId: NAME.VERSION of the image at the site. */
  originOf(site: string, importId: string): CaptureOrigin {
    if (this.#deps.closures.settingsOf(site)?.mayPublish !== true) throw mayNotPublish(site)
    const [, name = '', version = ''] = /^(.+)\.([1-9]\d{0,8})$/.exec(importId) ?? []
    const imageName = broughtName(site, name)
    if (!Value.Check(Name, imageName)) throw notFound()
    return { jobId: `${site}/${importId}`, imageName, asThere: { version: Number(version), origin: site } }
  }

  async #broughtBy(site: string): Promise<DigestSet[]> {
    const { images } = this.#deps
    const own = images.list().filter(({ versions }) => versions[0]?.origin === site)
    const newest = own.flatMap(({ versions }) => versions.slice(-1))
    const sets = newest.map(({ imageName, version, manifestDigest }) =>
      this.#chunksOf({ kind: 'image', name: imageName, version: String(version), digest: manifestDigest, bytes: 0, why: [] }),
    )
    return (await Promise.all(sets)).filter((set) => set !== undefined)
  }

  /** undefined: it is offered and cannot be read any more. */
  async #chunksOf({ digest, name, version }: FollowedItem): Promise<DigestSet | undefined> {
    const set = this.#sets.get(digest) ?? this.#deps.images.chunksOf(name, Number(version))
    this.#sets.delete(digest)
    if (this.#sets.size >= KEPT_SETS) this.#sets.delete(this.#sets.keys().next().value!)
    this.#sets.set(digest, set)
    return set.catch(() => {
      this.#sets.delete(digest)
      return undefined
    })
  }
}

/** What an image that a site built is called at central. */
const broughtName = (site: string, imageName: string): string => `${site}.${imageName}`

export function notFound(): AppError {
  return new AppError(
    'SITE_CONTENT_NOT_FOUND',
    'nothing of this is offered to this site',
    'A site reads what its functions need: platen site plan NAME, at central, tells what that is.',
  )
}

function mayNotPublish(site: string): AppError {
  return new AppError(
    'SITE_CONTENT_NOT_FOUND',
    `images that ${site} built do not come to central`,
    'Allow it with `builds` in the object of the site.',
  )
}
