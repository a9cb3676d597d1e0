// Request + profile + image + node -> the steps that the agent receives, everything resolved. Pure.
// The same job gives the same steps each time it is handed out; only what is known of disks and versions may have grown.
import { AppError } from '../../contract/errors.ts'
import type { ImageVersionView } from '../../contract/image.ts'
import type { DiskHint } from '../../contract/inventory.ts'
import type { JobRequest } from '../../contract/job.ts'
import type { FileRef, SetupAction, Step } from '../../contract/steps.ts'
import type { ProfileRevision } from '../profile/revision.ts'

export interface PlanInput {
  readonly jobId: string
  readonly request: JobRequest
  /** build */
  readonly profile: ProfileRevision | undefined
  /** deploy: the version to write. build, capture: the newest of that image, if there is one. */
  readonly image: ImageVersionView | undefined
  /** Partition table ids that this system wrote. */
  readonly knownTableIds: readonly string[]
}

const HOUR = 3600
const DEFAULT_TIMEOUT = {
  format: 600,
  setup: 2 * HOUR,
  activate: HOUR,
  capture: 6 * HOUR,
  deploy: 6 * HOUR,
  verify: 3 * HOUR,
} as const

export function planSteps(input: PlanInput): readonly Step[] {
  const { stepTimeouts = {} } = input.request
  return stepsOf(input).map((step) => ({ ...step, timeoutSeconds: stepTimeouts[step.kind] ?? step.timeoutSeconds }))
}

function stepsOf(input: PlanInput): readonly Step[] {
  switch (input.request.kind) {
    case 'build':
      return planBuild(input)
    case 'capture':
      return [planCapture(input, input.request.image!, diskOf(input), undefined)]
    case 'deploy':
      return planDeploy(input)
  }
}

function planBuild(input: PlanInput): readonly Step[] {
  const { jobId, request, knownTableIds } = input
  const { profile, files } = input.profile!
  const disk = diskOf(input)
  const variables = fillVariables(input)
  const { table = 'gpt', partitions, script, mounts = [], timeoutSeconds } = profile.format
  const layout = script === undefined ? { table, partitions: partitions! } : { script: fileOf(files, script), mounts }
  const setupLike = (kind: 'setup' | 'activate'): readonly Step[] => {
    const part = profile[kind]
    if (part === undefined || part.actions.length === 0) return []
    const actions = part.actions.map((action) => resolveAction(action, files))
    return [{ kind, timeoutSeconds: part.timeoutSeconds ?? DEFAULT_TIMEOUT[kind], actions, variables }]
  }
  return [
    {
      kind: 'format',
      timeoutSeconds: timeoutSeconds ?? DEFAULT_TIMEOUT.format,
      disk,
      eraseForeignData: request.eraseForeignData,
      knownTableIds: [...knownTableIds],
      tableId: jobId,
      layout,
    },
    ...setupLike('setup'),
    ...setupLike('activate'),
    planCapture(input, profile.capture.image, disk, profile.capture.timeoutSeconds),
  ]
}

function planCapture({ request, image }: PlanInput, imageName: string, disk: DiskHint, timeoutSeconds: number | undefined): Step {
  return {
    kind: 'capture',
    timeoutSeconds: timeoutSeconds ?? DEFAULT_TIMEOUT.capture,
    disk,
    imageName,
    ...(image === undefined ? {} : { baseVersion: image.version }),
    includeUnknown: request.includeUnknown,
  }
}

function planDeploy(input: PlanInput): readonly Step[] {
  const { imageName, version, manifestDigest } = input.image!
  const target = { disk: diskOf(input), imageName, version, manifestDigest }
  return [
    {
      kind: 'deploy',
      timeoutSeconds: DEFAULT_TIMEOUT.deploy,
      ...target,
      eraseForeignData: input.request.eraseForeignData,
      knownTableIds: [...input.knownTableIds],
    },
    { kind: 'verify', timeoutSeconds: DEFAULT_TIMEOUT.verify, ...target },
  ]
}

/** Left out everywhere: the only disk that the machine has, or an error. */
function diskOf({ request, profile }: PlanInput): DiskHint {
  return request.disk ?? profile?.profile.disk ?? { pick: 'only' }
}

/** The profile's variables, the request's over them, and three that tell what is being built. */
function fillVariables({ jobId, request, profile }: PlanInput): Record<string, string> {
  const own = profile!.profile.variables ?? {}
  const unknown = Object.keys(request.variables ?? {}).find((name) => !(name in own))
  if (unknown !== undefined) {
    throw new AppError(
      'JOB_REQUEST_INVALID',
      `profile ${profile!.name} has no variable "${unknown}"`,
      `It has: ${Object.keys(own).join(', ') || 'none'}. Add it under variables in profile.yaml.`,
    )
  }
  const builtIn = { jobId, imageName: profile!.profile.capture.image, profileRevision: profile!.revision.slice(0, 12) }
  return { ...builtIn, ...own, ...request.variables }
}

type ProfileAction = NonNullable<ProfileRevision['profile']['setup']>['actions'][number]

function resolveAction(action: ProfileAction, files: ProfileRevision['files']): SetupAction {
  if ('extract' in action) return { ...action, extract: fileOf(files, action.extract) }
  if ('copy' in action) return { ...action, copy: fileOf(files, action.copy) }
  if ('template' in action) return { ...action, template: fileOf(files, action.template) }
  return { ...action, script: fileOf(files, action.script) }
}

/** A revision comes into force only with all its files, so this holds for every revision that can be planned. */
function fileOf(files: ProfileRevision['files'], reference: string): FileRef {
  const file = files[reference]
  if (file !== undefined) return file
  throw new AppError(
    'PROFILE_INVALID',
    `the revision holds no file "${reference}"`,
    'Check the profile with `platen profile check`.',
  )
}
