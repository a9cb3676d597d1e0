// An event of this room -> a notice for people. Pure.
// The two events that ask (entering, leaving) come from provisioning.ts, which waits for the answer.

import type { AuditEntry } from '../../contract/audit.ts'
import type { ApplianceEvent } from '../../contract/events.ts'
import type { ScrubResult, StoreSpace } from '../../contract/image-care.ts'
import type { JobView } from '../../contract/job.ts'
import type { Notice, NoticeEvent } from '../../contract/notices.ts'
import { formatBytes } from '../../imaging/plan-text.ts'

export const NOTICE_EVENTS: readonly Exclude<NoticeEvent, 'node.entering-provisioning' | 'node.leaving-provisioning'>[] = [
  'job.failed',
  'job.not-accepted',
  'job.reclaimed',
  'node.enrolled',
  'node.drifted',
  'node.doubtful',
  'node.entered-provisioning',
  'node.left-provisioning',
  'node.held',
  'node.hardware-told',
  'profile.refused',
  'store.damaged',
  'store.nearly-full',
  'audit.recorded',
]

/** undefined: nothing that people are told of. */
export function makeNotice(event: ApplianceEvent, id: string, at: string): Notice | undefined {
  switch (event.type) {
    case 'job.failed':
      return {
        id,
        at,
        event: event.type,
        subject: event.job,
        summary: `${nameOf(event.job)} ${event.job.state}: ${event.job.failure?.message ?? 'no reason'}`,
      }
    case 'job.not-accepted':
      return { id, at, event: event.type, subject: event.job, summary: `${nameOf(event.job)}: nobody took it in time` }
    case 'job.reclaimed':
      return { id, at, event: event.type, subject: event.job, summary: `${nameOf(event.job)} was reclaimed: ${event.reason}` }
    case 'node.enrolled':
      return { id, at, event: event.type, subject: event.node, summary: `${event.node.name} was seen for the first time` }
    case 'node.drifted':
      return {
        id,
        at,
        event: event.type,
        subject: event.node,
        summary: `${event.node.name} is not what it should be: ${event.reason}`,
      }
    case 'node.doubtful':
      return { id, at, event: event.type, subject: event.node, summary: `${event.node.name} is doubtful: ${event.reason}` }
    case 'node.entered-provisioning':
    case 'node.left-provisioning': {
      const summary = `${event.node.name} ${event.type === 'node.left-provisioning' ? 'left' : 'entered'} provisioning`
      return { id, at, event: event.type, subject: event.node, summary }
    }
    case 'node.held':
      return { id, at, event: event.type, subject: event.node, summary: `${event.node.name} is held: ${event.reason}` }
    case 'node.hardware-told': {
      const summary = `${event.node.name}: ${event.severity}: ${event.reason}`
      return event.severity === 'ok' ? undefined : { id, at, event: event.type, subject: event.node, summary }
    }
    case 'profile.refused':
      return {
        id,
        at,
        event: event.type,
        subject: { name: event.name },
        summary: `profile ${event.name} was refused: ${event.reason}`,
      }
    case 'store.damaged':
      return { id, at, event: event.type, subject: event.result, summary: damageSummary(event.result) }
    case 'store.nearly-full':
      return { id, at, event: event.type, subject: event.space, summary: spaceSummary(event.space) }
    case 'audit.recorded':
      return { id, at, event: event.type, subject: event.entry, summary: auditSummary(event.entry) }
    case 'node.changed':
    case 'job.changed':
    case 'job.progressed':
    case 'profile.loaded':
    case 'package.added':
    case 'operation.changed':
    case 'operation.progressed':
    case 'package.removed':
      return undefined
  }
}

/** Who asked for the job that the notice speaks of, when it is a mail address. */
export function originatorAddress({ subject }: Notice): string | undefined {
  const { originator } = (subject as Partial<JobView>).request ?? {}
  return originator !== undefined && /^[^\s@<>]+@[^\s@<>]+$/.test(originator) ? originator : undefined
}

function damageSummary({ damaged, hurt }: ScrubResult): string {
  const versions = hurt.map(
    ({ imageName, version, heldBy }) => `${imageName} ${version} (held by ${heldBy.join(', ') || 'nobody'})`,
  )
  return `the store has ${damaged.length} damaged chunks; versions that lack chunks: ${versions.join('; ') || 'none'}`
}

function auditSummary({ who, from, did, status, code }: AuditEntry): string {
  return `${who?.name ?? 'somebody unknown'} at ${from}: ${did}, ${code ?? (status < 400 ? 'done' : status)}`
}

function spaceSummary({ totalBytes, freeBytes }: StoreSpace): string {
  return `the store is nearly full: ${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} left`
}

function nameOf({ id, request }: JobView): string {
  return `${request.title ?? `${request.kind} of ${request.profile ?? request.image}`} (job ${id.slice(0, 8)})`
}
