// A site as people see it: what central keeps of it and what it said last, joined. Pure.
import type { SiteView } from '../../../contract/central/follow-api.ts'
import { instantOf } from '../../../store/index.ts'
import { isComplete, type ReportRecord, type SiteRecord } from './site-record.ts'

interface Known {
  readonly sites: {
    reportOf(name: string): ReportRecord | undefined
    contactAtMs(name: string): number | undefined
    isAhead(name: string): boolean
  }
  readonly offers: { isWaiting(name: string): boolean }
  readonly lines: { isConnected(name: string): boolean }
  ringOf(site: string): string | undefined
  policyOf(site: string): SiteView['policy']
}

export function viewOf({ id, state, addedAt, joinedAt, offer }: SiteRecord, known: Known): SiteView {
  const { sites, offers, lines } = known
  const kept = sites.reportOf(id)
  const contactAtMs = sites.contactAtMs(id)
  const lastContactAt = contactAtMs === undefined ? kept?.at : instantOf(contactAtMs)
  const ring = known.ringOf(id)
  return {
    name: id,
    state,
    ...(ring === undefined ? {} : { ring }),
    policy: known.policyOf(id),
    addedAt,
    ...(joinedAt === undefined ? {} : { joinedAt }),
    ...(lastContactAt === undefined ? {} : { lastContactAt }),
    isConnected: lines.isConnected(id),
    revision: offer.revision,
    itemCount: offer.items.length,
    offeredBytes: offer.items.reduce((sum, { bytes }) => sum + bytes, 0),
    isWaiting: offers.isWaiting(id),
    isComplete: isComplete(offer, kept?.report),
    isAhead: sites.isAhead(id),
    failures: [],
    drifted: [],
    ...(kept === undefined ? {} : reported(kept)),
  }
}

function reported({ at, report }: ReportRecord): Partial<SiteView> {
  const { version, heldCount, leftBytes, current, failures, refusal, nodeCount, drifted, runningJobs } = report
  const { imageVersions, storeFreeBytes, storeTotalBytes } = report
  return {
    reportedAt: at,
    version,
    heldCount,
    leftBytes,
    ...(current === undefined ? {} : { current }),
    failures,
    ...(refusal === undefined ? {} : { refusal }),
    nodeCount,
    drifted,
    runningJobs,
    imageVersions,
    storeFreeBytes,
    storeTotalBytes,
  }
}
