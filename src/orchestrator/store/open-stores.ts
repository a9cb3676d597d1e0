// The embedded state: which collection lies in which file of the state folder.
import { join } from 'node:path'
import type { AgentCredentialRecord } from '../directory/agent-credentials.ts'
import type { ApplianceRecord } from '../directory/appliance-list.ts'
import type { JobRecord } from '../job/record.ts'
import type { Log } from '../log.ts'
import type { NodeClassRecord } from '../node/classes.ts'
import type { ApprovalRuleRecord } from '../node/life.ts'
import type { NodeRecord } from '../node/record.ts'
import type { HookRecord, NoticeRecord } from '../notices/notices.ts'
import type { ScheduleRecord } from '../schedule/schedules.ts'
import { openHistoryFile } from './history-file.ts'
import { openLowdbStore } from './lowdb-store.ts'
import type { JobHistory, RecordStore } from './store.ts'

export interface Stores {
  readonly nodes: RecordStore<NodeRecord>
  readonly jobs: RecordStore<JobRecord>
  readonly history: JobHistory
  readonly classes: RecordStore<NodeClassRecord>
  readonly approvalRules: RecordStore<ApprovalRuleRecord>
  readonly hooks: RecordStore<HookRecord>
  readonly outbox: RecordStore<NoticeRecord>
  readonly schedules: RecordStore<ScheduleRecord>
  readonly agentCredentials: RecordStore<AgentCredentialRecord>
  readonly appliances: RecordStore<ApplianceRecord>
}

export async function openStores(folder: string, log: Log): Promise<Stores> {
  return {
    nodes: await openLowdbStore<NodeRecord>({ folder, name: 'nodes' }, log),
    jobs: await openLowdbStore<JobRecord>({ folder, name: 'jobs' }, log),
    classes: await openLowdbStore<NodeClassRecord>({ folder, name: 'classes' }, log),
    approvalRules: await openLowdbStore<ApprovalRuleRecord>({ folder, name: 'approval-rules' }, log),
    hooks: await openLowdbStore<HookRecord>({ folder, name: 'hooks' }, log),
    outbox: await openLowdbStore<NoticeRecord>({ folder, name: 'outbox' }, log),
    schedules: await openLowdbStore<ScheduleRecord>({ folder, name: 'schedules' }, log),
    agentCredentials: await openLowdbStore<AgentCredentialRecord>({ folder, name: 'agent-credentials' }, log),
    appliances: await openLowdbStore<ApplianceRecord>({ folder, name: 'appliances' }, log),
    history: await openHistoryFile(join(folder, 'job-history.jsonl')),
  }
}
