// The disks that an image version is on or goes to: each with its part of the manifest and the plan for it. Touches the network.
import { AppError } from '../../contract/errors.ts'
import type { DiskManifest } from '../../contract/image.ts'
import type { Disk } from '../../contract/inventory.ts'
import type { DeployStep } from '../../contract/steps.ts'
import { chooseDisks } from '../../imaging/choose-disk.ts'
import { type DeployPlan, planDeploy } from '../../imaging/deploy-plan.ts'
import { contentDigestOfManifest } from '../../imaging/manifest-codec.ts'
import { tableIdOfDisk } from '../../imaging/new-ids.ts'
import type { StepContext } from '../performer.ts'
import { createChunkClient } from './chunk-client.ts'
import { fetchManifest } from './fetch-manifest.ts'

/** What deploy, verify, grow and personalise have in common. */
export type VersionOnDisks = Omit<
  DeployStep,
  'kind' | 'timeoutSeconds' | 'eraseForeignData' | 'knownTableIds' | 'sharedTableIds' | 'knownDisks' | 'provenDisks' | 'discard'
>

export interface VersionDisk {
  readonly disk: Disk
  readonly manifest: DiskManifest
  readonly plan: DeployPlan
}

export interface VersionDisks {
  readonly disks: readonly VersionDisk[]
  /** Over the used blocks of all of them. */
  readonly contentDigest: string
}

/** Nothing is written. The same step gives the same plans, whenever it is asked. */
export async function versionDisks(step: VersionOnDisks, context: StepContext): Promise<VersionDisks> {
  const disks = chooseDisks([step.disk, ...(step.moreDisks ?? [])], context.inventory.disks)
  const manifest = await fetchManifest(step, createChunkClient(context))
  if (manifest.disks.length !== disks.length) throw otherCount(step, manifest.disks.length, disks.length)
  const planned = disks.map((disk, index): VersionDisk => {
    const own = manifest.disks[index]!
    const geometry = { sizeBytes: disk.sizeBytes, sectorBytes: disk.logicalSectorBytes }
    const newTableId = step.newTableId === undefined ? undefined : tableIdOfDisk(step.newTableId, index)
    return { disk, manifest: own, plan: planDeploy(own, geometry, { keepSizes: step.keepSizes, newTableId }) }
  })
  return { disks: planned, contentDigest: contentDigestOfManifest(manifest) }
}

function otherCount({ imageName, version }: VersionOnDisks, has: number, named: number): AppError {
  return new AppError(
    'IMAGE_DISKS_DISAGREE',
    `${imageName} version ${version} is an image of ${has} disks, the job names ${named}`,
    'Name one disk for each of the image, in its order: disk for the first, moreDisks for the others (`--more-disk-serial`).',
  )
}
