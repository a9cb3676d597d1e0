// Failures around jobs: the queue, leases, steps.
export const JOB_ERRORS = {
  JOB_REQUEST_INVALID: { status: 422, exit: 65 },
  SCHEDULE_INVALID: { status: 422, exit: 65 },
  SCHEDULE_NOT_FOUND: { status: 404, exit: 66 },
  HOOK_NOT_FOUND: { status: 404, exit: 66 },
  JOB_NOT_FOUND: { status: 404, exit: 66 },
  JOB_ALREADY_ENDED: { status: 409, exit: 75 },
  JOB_LEASE_LOST: { status: 409, exit: 75 },
  JOB_STEP_OUT_OF_ORDER: { status: 409, exit: 75 },
  JOB_PLAN_CHANGED: { status: 409, exit: 75 },
  JOB_NOT_QUEUED: { status: 409, exit: 75 },
  JOB_DEPENDENCY_FAILED: { status: 409, exit: 75 },
  JOB_AGENT_LOST: { status: 504, exit: 75 },
  JOB_BOOTS_TOO_OFTEN: { status: 409, exit: 75 },
  JOB_NOT_ACCEPTED: { status: 504, exit: 75 },
  JOB_NOT_COMPLETED: { status: 504, exit: 75 },
} as const
