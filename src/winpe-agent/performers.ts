// Which performer does which step. The only list of them.
import type { ImagingTools } from './imaging/imaging-tools.ts'
import type { Machine } from './machine.ts'
import type { Performer } from './performer.ts'
import { capturePerformer } from './steps/capture.ts'
import { checkPerformer, type HardwareTools } from './steps/check.ts'
import { deployPerformer } from './steps/deploy.ts'
import { formatPerformer } from './steps/format.ts'
import { growPerformer } from './steps/grow.ts'
import { healPerformer } from './steps/heal.ts'
import { type OnFailurePerformer, onFailurePerformer } from './steps/on-failure.ts'
import { packagesPerformer } from './steps/packages.ts'
import { personalisePerformer } from './steps/personalise.ts'
import { rebootPerformer } from './steps/reboot.ts'
import { recordPerformer } from './steps/record.ts'
import { runPerformer } from './steps/run.ts'
import { setupPerformer } from './steps/setup.ts'
import { tryPerformer } from './steps/try.ts'
import { verifyPerformer } from './steps/verify.ts'
import { type WipeTools, wipePerformer } from './steps/wipe.ts'
import type { TrialTools } from './trial-tools.ts'

/** Left out: this agent cannot do it, and says so. */
export interface Performers {
  readonly format?: Performer<'format'>
  readonly setup?: Performer<'setup' | 'activate'>
  readonly activate?: Performer<'setup' | 'activate'>
  readonly reboot?: Performer<'reboot'>
  readonly capture?: Performer<'capture'>
  readonly deploy?: Performer<'deploy'>
  readonly verify?: Performer<'verify'>
  readonly onFailure?: OnFailurePerformer
  readonly grow?: Performer<'grow'>
  readonly personalise?: Performer<'personalise'>
  readonly heal?: Performer<'heal'>
  readonly packages?: Performer<'packages'>
  readonly record?: Performer<'record'>
  readonly try?: Performer<'try'>
  readonly run?: Performer<'run'>
  readonly wipe?: Performer<'wipe'>
  readonly check?: Performer<'check'>
}

const TRIAL_DIRECTORY = '/run/platen/trial'

/** What is left out, this system cannot do. */
interface MoreTools {
  readonly trial?: TrialTools | undefined
  readonly wipe?: WipeTools | undefined
  readonly hardware?: HardwareTools | undefined
}

export function createPerformers(machine: Machine, imaging: ImagingTools, { trial, wipe, hardware }: MoreTools): Performers {
  const setup = setupPerformer(machine)
  return {
    format: formatPerformer(machine),
    setup,
    activate: setup,
    reboot: rebootPerformer(machine),
    capture: capturePerformer(imaging),
    deploy: deployPerformer({ disks: machine.disks, imaging }),
    verify: verifyPerformer(imaging),
    onFailure: onFailurePerformer(machine),
    grow: growPerformer(imaging),
    personalise: personalisePerformer(imaging),
    heal: healPerformer,
    packages: packagesPerformer(machine, imaging),
    record: recordPerformer({ disks: machine.disks, imaging }),
    run: runPerformer(machine, imaging),
    ...(wipe === undefined ? {} : { wipe: wipePerformer({ disks: machine.disks, imaging, wipe }) }),
    ...(hardware === undefined ? {} : { check: checkPerformer(imaging, hardware) }),
    ...(trial === undefined ? {} : { try: tryPerformer({ machine, imaging, tools: trial, directory: TRIAL_DIRECTORY }) }),
  }
}
