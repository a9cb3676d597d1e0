// The sites that follow this central: codes, keys, what each is offered, what each said last. Touches the state.
import { randomBytes } from 'node:crypto'
import type { JoinRequest, SiteReport } from '../../../contract/central/follow.ts'
import type { SiteCode } from '../../../contract/central/follow-api.ts'
import { AppError } from '../../../contract/errors.ts'
import { type Clock, instantOf, type RecordStore } from '../../../store/index.ts'
import { isProof, newJoinCode } from '../join-code.ts'
import type { ClosurePort } from '../ports.ts'
import type { Signer } from '../signed.ts'
import { NO_OFFER, nextOffer, type OfferRecord, type ReportRecord, resumedOffer, type SiteRecord } from './site-record.ts'

interface SitesDeps {
  readonly records: RecordStore<SiteRecord>
  readonly reports: RecordStore<ReportRecord>
  readonly closures: Pick<ClosurePort, 'settingsOf'>
  readonly signer: Signer
  readonly clock: Clock
}

export class Sites {
  readonly #deps: SitesDeps
  readonly #contactAtMs = new Map<string, number>()
  /** Offers that sites hold and this central never made. */
  readonly #strangeSeen = new Map<string, string>()

  constructor(deps: SitesDeps) {
    this.#deps = deps
  }

  list(): readonly SiteRecord[] {
    return [...this.#deps.records.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Throws SITE_NOT_FOUND. */
  find(name: string): SiteRecord {
    const record = this.#deps.records.get(name)
    if (record !== undefined) return record
    const names = this.list().map(({ id }) => id)
    const there = names.length === 0 ? 'none follows this appliance' : `there are ${names.join(', ')}`
    throw new AppError('SITE_NOT_FOUND', `no site is called ${name}; ${there}`, 'List them with `platen site list`.')
  }

  reportOf(name: string): ReportRecord | undefined {
    return this.#deps.reports.get(name)
  }

  /** In memory: a restart of central forgets it, and the site calls again. */
  contactAtMs(name: string): number | undefined {
    return this.#contactAtMs.get(name)
  }

  noteContact(name: string): void {
    this.#contactAtMs.set(name, this.#deps.clock.now())
  }

  /** Replaces a code that was not used. Throws SITE_NOT_FOUND. */
  async makeCode(name: string, minutes: number): Promise<SiteCode> {
    const { records, closures, signer, clock } = this.#deps
    if (closures.settingsOf(name) === undefined)
      throw new AppError(
        'SITE_NOT_FOUND',
        `central knows no site ${name}`,
        `Say first what it is for: platen site set ${name} --function NAME`,
      )
    const { code, proofKey } = newJoinCode(signer.publicKeys()[0]!.publicKey)
    const now = clock.now()
    const expiresAtMs = now + minutes * 60_000
    const before = records.get(name) ?? { id: name, state: 'invited' as const, addedAt: instantOf(now), offer: NO_OFFER }
    await records.put({ ...before, code: { proofKey: proofKey.toString('hex'), expiresAtMs } })
    return { site: name, code, expiresAt: instantOf(expiresAtMs) }
  }

  /** Gives the site's name. The code is used up when it answers. Throws SITE_CODE_REFUSED. */
  async join({ publicKey, nonce, proof }: JoinRequest): Promise<string> {
    const { records, signer, clock } = this.#deps
    const facts = { centralPublicKey: signer.publicKeys()[0]!.publicKey, sitePublicKey: publicKey, nonce }
    const now = clock.now()
    const record = this.list().find(
      ({ code }) => code !== undefined && code.expiresAtMs > now && isProof(proof, Buffer.from(code.proofKey, 'hex'), facts),
    )
    if (record === undefined)
      throw new AppError(
        'SITE_CODE_REFUSED',
        'this code is not in force: it was used, it is too old, or it is of another central',
        'Make another one at central: platen site code NAME',
      )
    const { code: _used, ...rest } = record
    await records.put({ ...rest, state: 'joined', publicKey, joinedAt: instantOf(now) })
    this.#strangeSeen.delete(record.id)
    return record.id
  }

  /** The key of a site that is served. undefined: nobody, or no longer. */
  keyOf(name: string): string | undefined {
    const record = this.#deps.records.get(name)
    return record?.state === 'joined' ? record.publicKey : undefined
  }

  async offer(name: string, made: Pick<OfferRecord, 'closure' | 'items'>): Promise<void> {
    const record = this.find(name)
    await this.#deps.records.put({ ...record, offer: nextOffer(record.offer, made, newId()) })
  }

  /** Whether this central made the offer that the site holds. */
  noteSeen(name: string, seen: string | undefined): boolean {
    const isKnown = seen === undefined || this.find(name).offer.lineage.includes(seen)
    if (isKnown) this.#strangeSeen.delete(name)
    else this.#strangeSeen.set(name, seen)
    return isKnown
  }

  isAhead(name: string): boolean {
    return this.#strangeSeen.has(name)
  }

  /** What central offers now is right, whatever the site holds. */
  async resume(name: string): Promise<void> {
    const record = this.find(name)
    const seen = this.#strangeSeen.get(name) ?? record.offer.lineage[0] ?? newId()
    await this.#deps.records.put({ ...record, offer: resumedOffer(record.offer, seen, newId()) })
    this.#strangeSeen.delete(name)
  }

  async noteReport(name: string, report: SiteReport): Promise<void> {
    await this.#deps.reports.put({ id: name, at: instantOf(this.#deps.clock.now()), report })
  }

  /** Its key is refused from now on; what it has it keeps. */
  async end(name: string, state: 'moved' | 'retired'): Promise<void> {
    const { publicKey: _key, code: _code, ...rest } = this.find(name)
    await this.#deps.records.put({ ...rest, state })
  }
}

const newId = (): string => randomBytes(9).toString('base64url')
