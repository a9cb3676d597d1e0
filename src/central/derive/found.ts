// The items of a closure as they are found, each once with all its reasons; and the list that comes of them. Touches nothing else.
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../contract/canonical-json.ts'
import { type SiteClosure, type SiteItem, type SiteItemKind, urgencyOf } from '../../contract/central/closure.ts'
import type { Architecture } from '../../contract/values.ts'
import type { CentralCatalogue, KnownBootBuild, Needed } from './needs.ts'

export interface ClosureWithBodies {
  readonly closure: SiteClosure
  /** Of items that are JSON, by their digest. */
  readonly bodies: ReadonlyMap<string, string>
}

interface Draft {
  readonly item: Omit<SiteItem, 'why'>
  readonly why: Set<string>
}

export class Found {
  readonly #catalogue: CentralCatalogue
  readonly #drafts = new Map<string, Draft>()
  readonly #bodies = new Map<string, string>()
  readonly #lacks = new Set<string>()

  constructor(catalogue: CentralCatalogue) {
    this.#catalogue = catalogue
  }

  lack(sentence: string): void {
    this.#lacks.add(sentence)
  }

  addBody(kind: SiteItemKind, name: string, body: object, ...why: readonly string[]): void {
    this.#add({ kind, name, ...this.#keep(body) }, why)
  }

  addVersioned(kind: SiteItemKind, name: string, body: object, version: number, why: string): void {
    this.#add({ kind, name, version: String(version), ...this.#keep(body) }, [why])
  }

  addSoftware({ images, packages }: Needed, why: string): void {
    for (const { image, version } of images) {
      const known = this.#catalogue.images.find(({ name }) => name === image)!.versions.find((each) => each.version === version)!
      const { manifestDigest, usedBytes } = known
      this.#add({ kind: 'image', name: image, version: String(version), digest: manifestDigest, bytes: usedBytes }, [why])
    }
    for (const { name, version } of packages) {
      const known = this.#catalogue.packageOf(name, version)
      if (known === undefined) this.lack(`package ${name} ${version} is gone`)
      else this.#add({ kind: 'package', name, version, digest: known.digest, bytes: known.sizeBytes }, [why])
    }
  }

  addBuild({ architecture, number, digest, sizeBytes }: KnownBootBuild, why: string): void {
    this.#add({ kind: 'boot-build', name: architecture, version: String(number), digest, bytes: sizeBytes }, [why])
  }

  hasBuild(architecture: Architecture): boolean {
    return [...this.#drafts.values()].some(({ item }) => item.kind === 'boot-build' && item.name === architecture)
  }

  addProfile(name: string, why: string): void {
    const known = this.#catalogue.profileOf(name)
    if (known === undefined) {
      this.lack(`${why} names the profile ${name}, which is not there`)
      return
    }
    const { revision, sizeBytes } = known
    this.#add({ kind: 'profile', name, version: revision, digest: revision, bytes: sizeBytes }, [why])
  }

  result(site: string): ClosureWithBodies {
    const items = [...this.#drafts.values()]
      .map(({ item, why }) => ({ ...item, why: [...why].sort() }))
      .sort(
        (a, b) => urgencyOf(a.kind) - urgencyOf(b.kind) || compare(a.name, b.name) || compare(a.version ?? '', b.version ?? ''),
      )
    const said = items.map(({ kind, name, version, digest }) => ({ kind, name, version, digest }))
    const revision = digestOf(canonicalJson({ site, items: said }))
    return { closure: { site, revision, items, lacks: [...this.#lacks].sort() }, bodies: this.#bodies }
  }

  #keep(body: object): { readonly digest: string; readonly bytes: number } {
    const text = canonicalJson(body)
    const digest = digestOf(text)
    this.#bodies.set(digest, text)
    return { digest, bytes: Buffer.byteLength(text) }
  }

  #add(item: Draft['item'], why: readonly string[]): void {
    const key = `${item.kind} ${item.name} ${item.version ?? ''}`
    const draft = this.#drafts.get(key) ?? { item, why: new Set<string>() }
    for (const each of why) draft.why.add(each)
    this.#drafts.set(key, draft)
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')
/** Numbers by their value: of several builds the newest comes last. */
function compare(a: string, b: string): number {
  const [one, other] = [Number(a), Number(b)]
  if (Number.isSafeInteger(one) && Number.isSafeInteger(other) && one !== other) return one - other
  return a < b ? -1 : a > b ? 1 : 0
}
