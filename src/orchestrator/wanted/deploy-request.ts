// The job that brings a version to a node, when no person writes the request. Pure.
import type { JobRequest } from '../../contract/job.ts'
import type { PackageRelation } from '../../contract/package.ts'
import type { InstalledPackage } from '../../contract/wanted.ts'
import type { PackageChange } from './difference.ts'
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

export function deployRequest(
  nodeId: string,
  { imageName, version }: WantedVersion,
  packages: readonly PackageRelation[] = [],
): JobRequest {
  const also = packages.length === 0 ? {} : { packages: [...packages] }
  return { ...DEFAULTS, kind: 'deploy', node: nodeId, image: imageName, version, ...also }
}

/** The image stays; only what differs is installed, changed or removed. */
export function packagesRequest(nodeId: string, changes: readonly PackageChange[]): JobRequest {
  const coming = changes.flatMap(({ name, to }) => (to === undefined ? [] : [exactly({ name, version: to })]))
  const going = changes.flatMap(({ name, to }) => (to === undefined ? [name] : []))
  return {
    ...DEFAULTS,
    kind: 'packages',
    node: nodeId,
    ...(coming.length === 0 ? {} : { packages: coming }),
    ...(going.length === 0 ? {} : { removePackages: going }),
  }
}

/** What was installed is looked at, and nothing is changed. */
export const checkRequest = (nodeId: string): JobRequest => ({
  ...DEFAULTS,
  kind: 'packages',
  node: nodeId,
  checkPackages: true,
})

/** In both orders of versions. */
export const exactly = ({ name, version }: InstalledPackage): PackageRelation => ({ name, range: `=${version}` })
