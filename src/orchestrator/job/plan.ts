import type { ReadAs } from '../../contract/image.ts'
import type { DiskHint } from '../../contract/inventory.ts'
import type { OnFailureStep, Step } from '../../contract/steps.ts'
import { fillVariables, planBuildSteps, planOnFailure } from './plan-build.ts'
import { planDeploySteps, planPackageSteps, signsOf } from './plan-deploy.ts'
import type { PlanInput } from './plan-input.ts'
import { planCheck, planRun, planWipe } from './plan-machine.ts'

const HOUR = 3600
const DEFAULT_TIMEOUT = {
  capture: 6 * HOUR,
  heal: HOUR,
  try: HOUR,
} as const

export interface Plan {
  readonly steps: readonly Step[]
  /** What is done when the job has failed. */
  readonly onFailure?: OnFailureStep
}

export function planJob(input: PlanInput): Plan {
  const { stepTimeouts = {} } = input.request
  const limited = <T extends Step | OnFailureStep>(step: T): T => ({
    ...step,
    timeoutSeconds: stepTimeouts[step.kind] ?? step.timeoutSeconds,
  })
  const { steps, onFailure } = planOf(input)
  return { steps: steps.map(limited), ...(onFailure === undefined ? {} : { onFailure: limited(onFailure) }) }
}

function planOf(input: PlanInput): Plan {
  switch (input.request.kind) {
    case 'build':
      return planBuild(input)
    case 'capture':
      return {
        steps: [planCapture(input, { imageName: input.request.image!, grow: input.request.grow, timeoutSeconds: undefined })],
      }
    case 'deploy':
      return { steps: planDeploySteps(input, diskOf(input)) }
    case 'packages':
      return { steps: planPackageSteps(input, diskOf(input)) }
    case 'heal':
      return { steps: [planHeal(input)] }
    case 'try':
      return { steps: [planTry(input)] }
    case 'run':
      return { steps: [planRun(input)] }
    case 'wipe':
      return { steps: [planWipe(input)] }
    case 'check':
      return { steps: [planCheck(input)] }
  }
}

function planBuild(input: PlanInput): Plan {
  const { jobId, request, facts } = input
  const revision = input.profile!
  const variables = fillVariables(revision, request.variables, { ...facts, jobId })
  const { eraseForeignData } = request
  const signs = signsOf(input)
  const { configuration = [] } = input
  const before = { revision, disk: diskOf(input), eraseForeignData, signs, tableId: jobId, configuration, variables }
  const { capture } = revision.profile
  const onFailure = planOnFailure(revision, variables)
  return {
    steps: [...planBuildSteps(before), planCapture(input, { ...capture, imageName: capture.image })],
    ...(onFailure === undefined ? {} : { onFailure }),
  }
}

interface CaptureWish {
  readonly imageName: string
  readonly grow?: string | undefined
  readonly as?: ReadAs | undefined
  readonly timeoutSeconds?: number | undefined
}

function planCapture(input: PlanInput, { imageName, grow, timeoutSeconds, ...wish }: CaptureWish): Step {
  const { request, image } = input
  const as = request.as ?? wish.as
  return {
    kind: 'capture',
    timeoutSeconds: timeoutSeconds ?? DEFAULT_TIMEOUT.capture,
    disk: diskOf(input),
    ...(request.moreDisks === undefined ? {} : { moreDisks: request.moreDisks }),
    imageName,
    ...(image === undefined ? {} : { baseVersion: image.version }),
    includeUnknown: request.includeUnknown,
    ...(request.includeBroken ? { includeBroken: true } : {}),
    ...(as === undefined ? {} : { as }),
    ...(grow === undefined ? {} : { grow }),
  }
}

function planHeal(input: PlanInput): Step {
  const { imageName, version, manifestDigest } = input.image!
  const { moreDisks } = input.request
  const more = moreDisks === undefined ? {} : { moreDisks }
  return { kind: 'heal', timeoutSeconds: DEFAULT_TIMEOUT.heal, disk: diskOf(input), ...more, imageName, version, manifestDigest }
}

function planTry({ image }: PlanInput): Step {
  const { imageName, version, manifestDigest } = image!
  return { kind: 'try', timeoutSeconds: DEFAULT_TIMEOUT.try, imageName, version, manifestDigest }
}

/** Left out everywhere: the only disk that the machine has, or an error. */
function diskOf({ request, profile }: PlanInput): DiskHint {
  return request.disk ?? profile?.profile.disk ?? { pick: 'only' }
}
