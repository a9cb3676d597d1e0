// The other appliances that agents of this one may ask for jobs, as an operator lists them, and whether they answer. Touches the store.
import type { ApplianceEntry, ApplianceView, ListedAppliance } from '../../contract/appliances.ts'
import { AppError } from '../../contract/errors.ts'
import type { RecordStore } from '../../store/index.ts'
import { type Clock, instantOf } from '../../store/index.ts'

export interface ApplianceRecord extends ApplianceEntry {
  /** Its name. */
  readonly id: string
  readonly addedAt: string
}

/** What the last look at it gave. */
export interface HealthSeen {
  readonly health: 'up' | 'down'
  readonly seenUpAt: string | undefined
  readonly lastFailure: string | undefined
}

export class AppliancesListed {
  readonly #store: RecordStore<ApplianceRecord>
  readonly #clock: Clock
  /** Somebody may want to look at it at once. */
  readonly #onListed: (record: ApplianceRecord) => void
  readonly #seen = new Map<string, HealthSeen>()

  constructor(store: RecordStore<ApplianceRecord>, clock: Clock, onListed: (record: ApplianceRecord) => void) {
    this.#store = store
    this.#onListed = onListed
    this.#clock = clock
  }

  /** In the order in which they are handed out: the first that was listed is asked first. */
  records(): readonly ApplianceRecord[] {
    return [...this.#store.values()].sort((a, b) =>
      a.addedAt === b.addedAt ? compare(a.id, b.id) : compare(a.addedAt, b.addedAt),
    )
  }

  /** As an agent is told, credentials and all. */
  forAgents(): ListedAppliance[] {
    return this.records().map(({ id, addedAt: _, ...entry }) => ({ name: id, ...entry }))
  }

  list(): readonly ApplianceView[] {
    return this.records().map((record) => this.#view(record))
  }

  /** A credential that is left out stays as it is; the place in the order does, too. */
  async set(name: string, entry: ApplianceEntry): Promise<ApplianceView> {
    const known = this.#store.get(name)
    const kept = known?.credential === undefined ? {} : { credential: known.credential }
    const record = { ...kept, ...entry, id: name, addedAt: known?.addedAt ?? instantOf(this.#clock.now()) }
    if (known !== undefined && known.url !== entry.url) this.#seen.delete(name)
    await this.#store.put(record)
    this.#onListed(record)
    return this.#view(record)
  }

  async remove(name: string): Promise<void> {
    if (this.#store.get(name) === undefined)
      throw new AppError('APPLIANCE_NOT_LISTED', `there is no appliance ${name} in the list`, 'See `platen appliance list`.')
    await this.#store.remove(name)
    this.#seen.delete(name)
  }

  noteUp(name: string): void {
    this.#seen.set(name, { health: 'up', seenUpAt: instantOf(this.#clock.now()), lastFailure: undefined })
  }

  noteDown(name: string, reason: string): void {
    this.#seen.set(name, { health: 'down', seenUpAt: this.#seen.get(name)?.seenUpAt, lastFailure: reason })
  }

  isDown(name: string): boolean {
    return this.#seen.get(name)?.health === 'down'
  }

  #view({ id, url, credential, isDirectory = false, addedAt }: ApplianceRecord): ApplianceView {
    const { health = 'unknown', seenUpAt, lastFailure } = this.#seen.get(id) ?? {}
    return {
      name: id,
      url,
      hasCredential: credential !== undefined,
      isDirectory,
      addedAt,
      health,
      ...(seenUpAt === undefined ? {} : { seenUpAt }),
      ...(lastFailure === undefined ? {} : { lastFailure }),
    }
  }
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
