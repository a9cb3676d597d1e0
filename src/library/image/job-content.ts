// What an agent may read and bring: what the running job of its node is pinned to, and nothing else. The ports, and the refusal. Types.
import { AppError } from '../../contract/errors.ts'
import type { PackageRef } from '../../contract/package.ts'

/** Of one running job. */
export interface JobContent {
  readonly jobId: string
  /** What it writes (deploy, heal) or adds to (build, capture). */
  readonly imageName: string
  /** Pinned: the version that it writes or heals. Left out: it makes a new one, and reads the newest one before it. */
  readonly version?: number
  readonly profile?: { readonly name: string; readonly revision: string }
  /** Those that it installs, removes or checks. */
  readonly packages?: readonly PackageRef[]
}

/** Asked by the routes that agents read from. */
export interface ContentDesk {
  /** everything: whoever asks is no agent. undefined: no job runs on the node. */
  contentOf(nodeId: string): JobContent | 'everything' | undefined
}

/** One refusal for all that there is and all that there is not: it tells nothing of either. */
export function notOfThisJob(): AppError {
  return new AppError(
    'JOB_CONTENT_REFUSED',
    'the job of this node has no such content',
    'An agent reads what its running job is pinned to. If its job is over, it asks for the next one.',
  )
}
