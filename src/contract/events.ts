// What happens in the appliance, for whoever watches: past tense with its subject. Pure.
import type { AuditEntry } from './audit.ts'
import type { ScrubResult, StoreSpace } from './image-care.ts'
import type { JobView } from './job.ts'
import type { Operation } from './operations.ts'
import type { NodeView } from './operator-api.ts'

export type ApplianceEvent =
  | { readonly type: 'node.enrolled'; readonly node: NodeView }
  | { readonly type: 'node.changed'; readonly node: NodeView }
  | { readonly type: 'node.drifted' | 'node.doubtful'; readonly node: NodeView; readonly reason: string }
  | { readonly type: 'node.entered-provisioning' | 'node.left-provisioning'; readonly node: NodeView }
  | {
      readonly type: 'node.hardware-told'
      readonly node: NodeView
      readonly severity: 'ok' | 'warning' | 'critical'
      readonly reason: string
    }
  | { readonly type: 'node.held'; readonly node: NodeView; readonly reason: string }
  | { readonly type: 'job.changed'; readonly job: JobView }
  | { readonly type: 'job.progressed'; readonly job: JobView }
  | { readonly type: 'job.failed'; readonly job: JobView }
  | { readonly type: 'job.not-accepted'; readonly job: JobView }
  | { readonly type: 'job.reclaimed'; readonly job: JobView; readonly reason: string }
  | { readonly type: 'operation.changed' | 'operation.progressed'; readonly operation: Operation }
  | { readonly type: 'store.damaged'; readonly result: ScrubResult }
  | { readonly type: 'store.nearly-full'; readonly space: StoreSpace }
  | { readonly type: 'audit.recorded'; readonly entry: AuditEntry }
  | { readonly type: 'profile.loaded'; readonly name: string; readonly revision: string }
  | { readonly type: 'package.added' | 'package.removed'; readonly name: string; readonly version: string }
  | { readonly type: 'profile.refused'; readonly name: string; readonly reason: string }

export type EventType = ApplianceEvent['type']

/** kept: a reader whose connection broke is given it later. passing: the next one says the same anew. admins: GET /audit has it, no stream. */
export const EVENT_LIFE = {
  'node.enrolled': 'kept',
  'node.changed': 'kept',
  'node.drifted': 'kept',
  'node.doubtful': 'kept',
  'node.entered-provisioning': 'kept',
  'node.left-provisioning': 'kept',
  'node.hardware-told': 'kept',
  'node.held': 'kept',
  'job.changed': 'kept',
  'job.progressed': 'passing',
  'job.failed': 'kept',
  'job.not-accepted': 'kept',
  'job.reclaimed': 'kept',
  'operation.changed': 'kept',
  'operation.progressed': 'passing',
  'store.damaged': 'kept',
  'store.nearly-full': 'kept',
  'audit.recorded': 'admins',
  'profile.loaded': 'kept',
  'package.added': 'kept',
  'package.removed': 'kept',
  'profile.refused': 'kept',
} as const satisfies Record<EventType, 'kept' | 'passing' | 'admins'>
