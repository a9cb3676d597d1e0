// A job that failed, as people see it.
import type { JobView } from '../../src/contract/job.ts'

export const FIXED_JOB: JobView = {
  id: '6f1c2d3e-0000-4000-8000-000000000009',
  state: 'failed',
  request: {
    kind: 'build',
    profile: 'tiny',
    originator: 'builders@site.example',
    eraseForeignData: false,
    includeUnknown: false,
    priority: 0,
    maxAttempts: 3,
    completeTimeoutSeconds: 21_600,
    whenDone: 'reboot',
  },
  attempt: 1,
  stepIndex: 0,
  stepKinds: ['format', 'capture'],
  queuedAt: '2026-01-02T03:04:05.000Z',
  status: { majorState: 'failed', minorState: '', percent: 0, transfer: {} },
  results: [],
  failure: { code: 'AGENT_LAYOUT_DOES_NOT_FIT', message: 'the disk is too small', hint: 'Take a larger one.' },
}
