// What central keeps of a site that follows it. Pure: types, and what is made of them.
import type { FollowedItem, SiteReport } from '../../../contract/central/follow.ts'

export interface SiteRecord {
  /** Its name. */
  readonly id: string
  readonly state: 'invited' | 'joined' | 'moved' | 'retired'
  readonly addedAt: string
  readonly joinedAt?: string
  /** Of the key that it made. */
  readonly publicKey?: string
  /** proofKey in hex; gone when it was used. */
  readonly code?: { readonly proofKey: string; readonly expiresAtMs: number }
  readonly offer: OfferRecord
}

/** What is offered to a site now. */
export interface OfferRecord {
  readonly revision: number
  /** Of the closure that it was made of. */
  readonly closure: string
  readonly items: readonly FollowedItem[]
  /** Newest first; the first names this offer. */
  readonly lineage: readonly string[]
  readonly isEmptyOnPurpose?: true
}

/** The newest report, beside the record because it changes every few seconds. */
export interface ReportRecord {
  /** Name of the site. */
  readonly id: string
  readonly at: string
  readonly report: SiteReport
}

/** Up to where the journal of a site is kept. */
export interface JournalMark {
  /** Name of the site. */
  readonly id: string
  readonly journal: string
  readonly seq: number
}

/** Offers that a site may have slept through. */
const LINEAGE_LENGTH = 500

export const NO_OFFER: OfferRecord = { revision: 0, closure: '', items: [], lineage: ['none'] }

export function nextOffer(before: OfferRecord, made: Pick<OfferRecord, 'closure' | 'items'>, id: string): OfferRecord {
  return { ...made, revision: before.revision + 1, lineage: [id, ...before.lineage].slice(0, LINEAGE_LENGTH) }
}

/** A person says that the present state of this central is right although the site holds another past. */
export function resumedOffer(before: OfferRecord, seen: string, id: string): OfferRecord {
  const { isEmptyOnPurpose: _, ...offer } = before
  const empty = offer.items.length === 0 ? { isEmptyOnPurpose: true as const } : {}
  return { ...offer, ...empty, revision: before.revision + 1, lineage: [id, seen, ...before.lineage].slice(0, LINEAGE_LENGTH) }
}

export const isComplete = (offer: OfferRecord, report: SiteReport | undefined): boolean =>
  report !== undefined &&
  report.offer === offer.lineage[0] &&
  report.heldCount === report.itemCount &&
  report.refusal === undefined
