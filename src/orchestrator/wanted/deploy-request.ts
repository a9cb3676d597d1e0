// The job that brings a version to a node, when no person writes the request. Pure.
import type { JobRequest } from '../../contract/job.ts'
import type { WantedVersion } from './wanted-version.ts'

/** What the schema of a request fills in when a person posts one. */
const DEFAULTS = {
  eraseForeignData: false,
  includeUnknown: false,
  priority: 0,
  maxAttempts: 3,
  completeTimeoutSeconds: 6 * 3600,
  whenDone: 'reboot',
} as const

export function deployRequest(nodeId: string, { imageName, version }: WantedVersion): JobRequest {
  return { ...DEFAULTS, kind: 'deploy', node: nodeId, image: imageName, version }
}
