// The job that brings a node forward in a roll-out, and the one that puts it back. Where its image is right only packages move. Pure.
import type { JobRequest } from '../../contract/job.ts'
import type { PackageRelation } from '../../contract/package.ts'
import type { NodeRecord } from '../node/record.ts'
import { checkRequest, deployRequest, exactly, packagesRequest } from '../wanted/deploy-request.ts'
import { packageChanges, packagesNow } from '../wanted/difference.ts'
import { runsNow } from '../wanted/move-plan.ts'
import type { WantedVersion } from '../wanted/wanted-version.ts'
import type { KeptNode } from './advance.ts'
import type { Goal } from './class-moves.ts'

/** beside: all that the node is to have with an image. */
export function forwardRequest(
  node: NodeRecord,
  goal: Goal,
  beside: (image: WantedVersion) => readonly PackageRelation[],
): JobRequest {
  const { image } = goal
  if (image !== undefined && !runs(node, image)) return deployRequest(node.id, image, beside(image))
  const has = packagesNow(node)
  const lacks = goal.packages.filter(({ name, version }) => !has.some((each) => each.name === name && each.version === version))
  // Somebody brought them meanwhile: they are only looked at.
  if (lacks.length === 0) return checkRequest(node.id)
  // Others that it has stay as they are where they can.
  return { ...packagesRequest(node.id, []), packages: goal.packages.map(exactly) }
}

/** undefined: there is nothing to go back to. */
export function backRequest(node: NodeRecord, { from }: Pick<KeptNode, 'from'>): JobRequest | undefined {
  if (from === undefined) return undefined
  const { packages = [] } = from
  if (!runs(node, from)) return deployRequest(node.id, from, packages.map(exactly))
  const changes = packageChanges(packages, packagesNow(node))
  // A step that fails puts back by itself what it had changed: whether that is so is looked at.
  return changes.length === 0 ? checkRequest(node.id) : packagesRequest(node.id, changes)
}

function runs(node: NodeRecord, { imageName, version }: WantedVersion): boolean {
  const now = runsNow(node)
  return now?.imageName === imageName && now.version === version
}
