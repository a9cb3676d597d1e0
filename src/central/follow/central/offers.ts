// Brings changes to the sites that they concern: looks after every change, and when a ring is done. Touches the state of sites.
import type { SiteUpdates } from '../../../contract/central/follow-api.ts'
import type { Clock, Log, RecordStore } from '../../../store/index.ts'
import type { ClosurePort } from '../ports.ts'
import type { OfferedBodies } from './offered-bodies.ts'
import { type RingSite, sitesToOffer } from './rings.ts'
import { isComplete } from './site-record.ts'
import type { Sites } from './sites.ts'

export interface UpdatesRecord extends SiteUpdates {
  readonly id: 'updates'
}

interface OffersDeps {
  readonly sites: Sites
  readonly closures: ClosurePort
  readonly updates: RecordStore<UpdatesRecord>
  readonly bodies: OfferedBodies
  /** Its offer is another one now. */
  readonly wake: (site: string) => void
  readonly isConnected: (site: string) => boolean
  readonly clock: Clock
  readonly log: Log
}

/** Heard of within this time: a ring waits for it. */
const IN_CONTACT_MS = 15 * 60_000

export class Offers {
  readonly #deps: OffersDeps
  readonly #waiting = new Set<string>()
  #unsubscribe: (() => void) | undefined
  #looking: Promise<void> = Promise.resolve()
  #isDue = false

  constructor(deps: OffersDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#unsubscribe = this.#deps.closures.subscribe(() => this.lookSoon())
    this.lookSoon()
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.()
    await this.#looking
  }

  updates(): SiteUpdates {
    const { isStopped = false, rings = [] } = this.#deps.updates.get('updates') ?? {}
    return { isStopped, rings }
  }

  async setUpdates(updates: SiteUpdates): Promise<void> {
    await this.#deps.updates.put({ ...updates, id: 'updates' })
    await this.look()
  }

  /** Something changed for it that its ring did not let through yet. */
  isWaiting(site: string): boolean {
    return this.#waiting.has(site)
  }

  /** Changes come in swarms: one look for all that happen in one turn. */
  lookSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => void this.look())
  }

  look(): Promise<void> {
    this.#isDue = false
    const looked = this.#looking.then(() => this.#lookNow())
    this.#looking = looked.catch((error: unknown) => this.#deps.log.error({ err: error }, 'the sites could not be looked at'))
    return this.#looking
  }

  async #lookNow(): Promise<void> {
    const { sites, closures, bodies, wake, log } = this.#deps
    const joined = sites.list().filter(({ state }) => state === 'joined')
    const wanted = new Map<string, Awaited<ReturnType<ClosurePort['of']>>>()
    for (const { id } of joined) if (closures.settingsOf(id) !== undefined) wanted.set(id, await closures.of(id))
    const places = joined.map(({ id, offer }) => this.#placeOf(id, wanted.get(id)?.revision ?? offer.closure))
    this.#waiting.clear()
    for (const { name, isWaiting } of places) if (isWaiting) this.#waiting.add(name)
    const { rings, isStopped } = this.updates()
    for (const name of sitesToOffer(places, rings, isStopped)) {
      const { revision, items } = wanted.get(name)!
      await bodies.keep(items)
      await sites.offer(name, { closure: revision, items })
      this.#waiting.delete(name)
      log.info({ site: name, items: items.length }, 'a site is offered something else')
      wake(name)
    }
    await bodies.drop(sites.list().map(({ offer }) => offer.items))
  }

  #placeOf(name: string, closure: string): RingSite {
    const { sites, closures, isConnected, clock } = this.#deps
    const { offer } = sites.find(name)
    const ring = closures.settingsOf(name)?.ring
    const contactAtMs = sites.contactAtMs(name) ?? 0
    return {
      name,
      ...(ring === undefined ? {} : { ring }),
      isWaiting: closure !== offer.closure,
      isComplete: isComplete(offer, sites.reportOf(name)?.report),
      isInContact: isConnected(name) || clock.now() - contactAtMs < IN_CONTACT_MS,
    }
  }
}
