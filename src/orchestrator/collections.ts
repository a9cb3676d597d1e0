// What this room keeps: which collection holds which noun.
import type { History, RecordStore, State } from '../store/index.ts'
import type { ApplianceRecord } from './directory/appliance-list.ts'
import type { JobRecord } from './job/record.ts'
import type { NodeClassRecord } from './node/classes.ts'
import type { ApprovalRuleRecord } from './node/life.ts'
import type { NodeRecord } from './node/record.ts'
import type { HookRecord, NoticeRecord } from './notices/notices.ts'
import type { RollOutRecord } from './roll-out/view.ts'
import type { ScheduleRecord } from './schedule/schedules.ts'

export interface Collections {
  readonly nodes: RecordStore<NodeRecord>
  readonly jobs: RecordStore<JobRecord>
  /** Ended jobs. */
  readonly history: History<JobRecord>
  readonly classes: RecordStore<NodeClassRecord>
  readonly approvalRules: RecordStore<ApprovalRuleRecord>
  readonly hooks: RecordStore<HookRecord>
  readonly outbox: RecordStore<NoticeRecord>
  readonly schedules: RecordStore<ScheduleRecord>
  readonly rollOuts: RecordStore<RollOutRecord>
  readonly appliances: RecordStore<ApplianceRecord>
}

export async function openCollections(state: State): Promise<Collections> {
  return {
    nodes: await state.collection('nodes'),
    jobs: await state.collection('jobs'),
    history: await state.history('job-history'),
    classes: await state.collection('classes'),
    approvalRules: await state.collection('approval-rules'),
    hooks: await state.collection('hooks'),
    outbox: await state.collection('outbox'),
    schedules: await state.collection('schedules'),
    rollOuts: await state.collection('roll-outs'),
    appliances: await state.collection('appliances'),
  }
}
