// Failures around jobs: the queue, leases, steps.
export const JOB_ERRORS = {
  JOB_NOT_FOUND: { status: 404, exit: 66 },
  JOB_ALREADY_ENDED: { status: 409, exit: 75 },
  JOB_LEASE_LOST: { status: 409, exit: 75 },
  JOB_STEP_OUT_OF_ORDER: { status: 409, exit: 75 },
} as const
