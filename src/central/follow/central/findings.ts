// What is wrong with the sites of this central, with what to do. Pure.
import type { Finding } from '../../../contract/doctor.ts'
import { type Clock, instantOf } from '../../../store/index.ts'
import type { Lines } from './lines.ts'
import type { Sites } from './sites.ts'

interface Known {
  readonly sites: Sites
  readonly lines: Pick<Lines, 'isConnected'>
  readonly clock: Clock
}

/** A line that was down over a night is worth a word. */
const QUIET_MS = 12 * 3600_000

export function centralFindings({ sites, lines, clock }: Known): Finding[] {
  return sites.list().flatMap(({ id, state }): Finding[] => {
    if (state !== 'joined') return []
    const subject = `site ${id}`
    if (sites.isAhead(id))
      return [
        {
          severity: 'problem',
          subject,
          seen: 'SITE_CENTRAL_WENT_BACK: it holds an offer that this central never made: this central was emptied, or restored from a backup',
          advice: `When what this central has is right: platen site resume ${id}`,
        },
      ]
    const { report, at } = sites.reportOf(id) ?? {}
    const failures = report?.failures ?? []
    const lastMs = sites.contactAtMs(id) ?? Date.parse(at ?? '')
    const found: Finding[] = []
    if (report?.refusal !== undefined)
      found.push({
        severity: 'problem',
        subject,
        seen: `${report.refusal.code}: ${report.refusal.message}`,
        advice: `See: platen site show ${id}`,
      })
    if (failures.length > 0)
      found.push({
        severity: 'problem',
        subject,
        seen: `${failures.length} things could not be taken there; the first: ${failures[0]!.code}: ${failures[0]!.message}`,
        advice: `See them: platen site show ${id}`,
      })
    if (!lines.isConnected(id) && clock.now() - lastMs > QUIET_MS)
      found.push({
        severity: 'notice',
        subject,
        seen: `not heard of since ${instantOf(lastMs)}`,
        advice: 'It works on; look at its line.',
      })
    return found
  })
}
