// What the functions of this appliance itself need of the library: of a site those that it supports, else all. Such things stay, also before a machine has
// them. Made anew when something that it comes from changed.

import type { SiteItem } from '../contract/central/closure.ts'
import type { Site } from '../contract/central/objects.ts'
import { closureOf } from './derive/closure.ts'
import type { CentralCatalogue } from './derive/needs.ts'
import type { ObjectsNow } from './derive/objects-now.ts'

interface OwnNeedsDeps {
  /** Another stamp: other things may be needed. */
  readonly stamp: () => string
  readonly objects: () => ObjectsNow
  readonly catalogue: () => CentralCatalogue
  /** What this appliance is to the central that it follows; undefined: it follows nobody. */
  readonly here: () => Site | undefined
}

export class OwnNeeds {
  readonly #deps: OwnNeedsDeps
  #made: { readonly stamp: string; readonly items: ReadonlyMap<string, SiteItem> } = { stamp: '', items: new Map() }

  constructor(deps: OwnNeedsDeps) {
    this.#deps = deps
  }

  /** As a sentence. undefined: no function needs it. */
  whyStays(kind: 'image' | 'package' | 'boot-build', name: string, version: string): string | undefined {
    const why =
      this.#items()
        .get(keyOf({ kind, name, version }))
        ?.why.filter((each) => each.startsWith('distribution ')) ?? []
    return why.length === 0 ? undefined : `${why.join(' and ')} ${why.length === 1 ? 'needs' : 'need'} it`
  }

  #items(): ReadonlyMap<string, SiteItem> {
    const stamp = this.#deps.stamp()
    if (this.#made.stamp === stamp) return this.#made.items
    const objects = this.#deps.objects()
    const site = this.#deps.here() ?? {
      kind: 'site',
      name: 'here',
      functions: objects.list('function').map(({ name }) => ({ name })),
    }
    const { closure } = closureOf(site, objects, this.#deps.catalogue())
    this.#made = { stamp, items: new Map(closure.items.map((item) => [keyOf(item), item])) }
    return this.#made.items
  }
}

const keyOf = ({ kind, name, version = '' }: Pick<SiteItem, 'kind' | 'name' | 'version'>): string => `${kind} ${name} ${version}`
