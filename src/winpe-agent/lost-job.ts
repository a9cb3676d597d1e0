// In which words the appliance says that a job is not ours any more. Pure.
import type { ErrorCode } from '../contract/errors.ts'

/** It is another agent's, or over; or this boot of the machine is. */
export const JOB_LOST: readonly ErrorCode[] = ['JOB_LEASE_LOST', 'JOB_NOT_FOUND', 'JOB_ALREADY_ENDED', 'AGENT_TOKEN_REFUSED']

/** The same, or its plan is not the one that we hold. */
export const JOB_NOT_OURS: readonly ErrorCode[] = [...JOB_LOST, 'JOB_STEP_OUT_OF_ORDER']
