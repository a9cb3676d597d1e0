// A job that failed, as people see it.
import type { JobView } from '../../src/contract/job.ts'
import { JOB } from './operator-views.ts'

export const FIXED_JOB: JobView = {
  ...JOB,
  id: '6f1c2d3e-0000-4000-8000-000000000009',
  state: 'failed',
  request: { ...JOB.request, profile: 'tiny', originator: 'builders@site.example' },
  status: { majorState: 'failed', minorState: '', percent: 0, transfer: {} },
  failure: { code: 'AGENT_LAYOUT_DOES_NOT_FIT', message: 'the disk is too small', hint: 'Take a larger one.' },
}
