// What a plan of steps is made of. Pure: types only.
import type { ConfigurationText } from '../../contract/configuration.ts'
import type { ImageVersionView } from '../../contract/image.ts'
import type { JobRequest } from '../../contract/job.ts'
import type { PersonaliseWish } from '../../contract/personalise.ts'
import type { FileRef } from '../../contract/steps.ts'
import type { ProfileRevision } from '../../library/index.ts'
import type { PlannedPackages } from './pin-packages.ts'

/** Who takes a job is not known when it is posted; the steps are then made for a node without a name. */
export interface PlannedNode {
  readonly id: string
  readonly name: string
}

/** A configuration file, and the name of its template or file. */
export interface PlannedText {
  readonly name: string
  readonly text: ConfigurationText
}

export interface PlanInput {
  readonly jobId: string
  readonly request: JobRequest
  /** build */
  readonly profile: ProfileRevision | undefined
  /** deploy: the version to write. build, capture: the newest of that image, if there is one. */
  readonly image: ImageVersionView | undefined
  /** deploy: what the copy gets of its own. */
  readonly personalise?: PersonaliseWish | undefined
  readonly packages?: PlannedPackages | undefined
  /** deploy, packages: files of the node's function. build: those that the profile names. */
  readonly configuration?: readonly PlannedText[] | undefined
  /** run: its files, as the appliance has them. */
  readonly runFiles?: readonly FileRef[] | undefined
  /** Who does it; undefined: not known yet. */
  readonly node?: PlannedNode | undefined
  /** Partition table ids that this system made up and wrote. */
  readonly knownTableIds: readonly string[]
  /** Those of images, and the disks of the node on which they count. */
  readonly sharedTableIds?: readonly string[]
  readonly knownDisks?: readonly string[]
  readonly provenDisks?: readonly string[]
  /** False for a job that an earlier version planned without it. */
  readonly leavesRecord?: boolean
  /** What every template may use: facts of the appliance. */
  readonly facts: Readonly<Record<string, string>>
}
