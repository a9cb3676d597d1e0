// The closures of all sites: made when something that they come from changed, kept until then; whoever follows is told which sites changed.
import type { SiteClosure } from '../contract/central/closure.ts'
import type { Site } from '../contract/central/objects.ts'
import type { Clock, Log } from '../store/index.ts'
import { closureOf } from './derive/closure.ts'
import type { ClosureWithBodies } from './derive/found.ts'
import type { CentralCatalogue } from './derive/needs.ts'
import type { ObjectsNow } from './derive/objects-now.ts'

interface ClosuresDeps {
  /** Another stamp: another closure may come of it. */
  readonly stamp: () => string
  readonly objects: () => ObjectsNow
  readonly catalogue: () => CentralCatalogue
  readonly clock: Clock
  readonly log: Log
}

type OnChange = (sites: readonly string[]) => void

/** Changes that come together are looked at together. */
const SETTLE_MS = 100

export class Closures {
  readonly #deps: ClosuresDeps
  readonly #listeners = new Set<OnChange>()
  #made: { readonly stamp: string; readonly bySite: ReadonlyMap<string, ClosureWithBodies> } = { stamp: '', bySite: new Map() }
  #callOff: (() => void) | undefined

  constructor(deps: ClosuresDeps) {
    this.#deps = deps
  }

  /** undefined: there is no such site. */
  of(site: string): SiteClosure | undefined {
    return this.#all().get(site)?.closure
  }

  /** All, by the name of the site. */
  list(): readonly SiteClosure[] {
    return [...this.#all().values()].map(({ closure }) => closure)
  }

  /** The canonical JSON of an item that is an object, a class or a rule, by the item's digest. undefined: no site has such an item now. */
  body(digest: string): string | undefined {
    for (const { bodies } of this.#all().values()) {
      const text = bodies.get(digest)
      if (text !== undefined) return text
    }
    return undefined
  }

  /** Who is told the names of sites whose closure has another revision than before, or is gone. The returned function ends it. */
  onChange(listener: OnChange): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Something changed: looks soon at what comes of it. */
  lookSoon(): void {
    if (this.#listeners.size === 0 || this.#callOff !== undefined) return
    this.#callOff = this.#deps.clock.after(SETTLE_MS, () => {
      this.#callOff = undefined
      this.#all()
    })
  }

  stop(): void {
    this.#callOff?.()
    this.#callOff = undefined
  }

  #all(): ReadonlyMap<string, ClosureWithBodies> {
    const stamp = this.#deps.stamp()
    if (this.#made.stamp === stamp) return this.#made.bySite
    const before = this.#made.bySite
    const objects = this.#deps.objects()
    const catalogue = this.#deps.catalogue()
    const bySite = new Map(objects.list('site').map((site: Site) => [site.name, closureOf(site, objects, catalogue)]))
    this.#made = { stamp, bySite }
    const names = [...new Set([...before.keys(), ...bySite.keys()])]
    const changed = names.filter((name) => before.get(name)?.closure.revision !== bySite.get(name)?.closure.revision)
    if (changed.length > 0) this.#tell(changed)
    return bySite
  }

  #tell(sites: readonly string[]): void {
    this.#deps.log.info({ sites }, 'what these sites need has changed')
    for (const listener of this.#listeners) listener(sites)
  }
}
