// What this part asks of others: what each site needs, the objects themselves, and the site's own API. Declared here, answered where it is wired.
import type { FollowedItem, Relayed } from '../../contract/central/follow.ts'

export interface SiteSettings {
  readonly ring?: string
  readonly window?: string
  readonly maxBytesPerSecond?: number
  /** Whether it builds images that come up. */
  readonly mayPublish: boolean
}

/** At central: what each site needs. */
export interface ClosurePort {
  /** undefined: there is no such site. */
  settingsOf(site: string): SiteSettings | undefined
  /** Most urgent first. */
  of(site: string): Promise<{ readonly revision: string; readonly items: readonly FollowedItem[] }>
  /** Called after something changed that closures are made of. The returned function ends it. */
  subscribe(onChange: () => void): () => void
}

/** Objects by kind: functions, templates, classes. Their digest is that of their canonical JSON. */
export interface ObjectPort {
  /** Kinds that are objects. */
  readonly kinds: readonly string[]
  /** At central: the JSON of an item of a closure. undefined: no closure has it now. */
  body(digest: string): string | undefined
  /** At a site: puts one that came from central; it is checked as one that a person brings. Throws where one of its own has that name. */
  take(item: TakenObject): Promise<void>
}

export interface TakenObject {
  readonly kind: string
  readonly name: string
  readonly version?: string
  readonly text: string
}

/** At the site: its own operator API, asked for a person whom central vouches for. */
export interface OwnApiPort {
  ask(question: OwnQuestion): Promise<{ readonly status: number; readonly contentType: string; readonly body: Uint8Array }>
}

export interface OwnQuestion {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly person: Relayed['person']
}
