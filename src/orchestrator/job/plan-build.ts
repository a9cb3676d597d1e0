// A profile -> the steps of its build before the capture, everything resolved. Pure.
import type { ConfigurationText } from '../../contract/configuration.ts'
import { AppError } from '../../contract/errors.ts'
import type { DiskHint } from '../../contract/inventory.ts'
import type { Profile } from '../../contract/profile.ts'
import type { FileRef, FormatStep, OnFailureStep, RebootStep, ScriptAction, SetupAction, Step } from '../../contract/steps.ts'
import type { ProfileRevision } from '../../library/index.ts'
import { buildParts } from '../../library/index.ts'
import type { PlannedText } from './plan-input.ts'

export interface BuildInput {
  readonly revision: ProfileRevision
  readonly disk: DiskHint
  readonly eraseForeignData: boolean
  /** What makes a disk ours: signsOf. */
  readonly signs: Pick<FormatStep, 'knownTableIds' | 'sharedTableIds' | 'knownDisks' | 'provenDisks'>
  readonly tableId: string
  /** Those that the profile names. */
  readonly configuration: readonly PlannedText[]
  /** From fillVariables. */
  readonly variables: Record<string, string>
}

const HOUR = 3600
const DEFAULT_TIMEOUT = { format: 600, setup: 2 * HOUR, activate: HOUR, reboot: 2 * HOUR, onFailure: 600 } as const
const NOT_BACK_BEFORE_SECONDS = 15

export function planBuildSteps(input: BuildInput): readonly Step[] {
  const { revision, variables, configuration } = input
  const steps: Step[] = [planFormat(input)]
  for (const { content } of buildParts(revision.profile)) {
    if ('reboot' in content) {
      steps.push(planReboot(content.reboot, input))
      continue
    }
    const [kind, part] = 'setup' in content ? (['setup', content.setup] as const) : (['activate', content.activate] as const)
    if (part.actions.length === 0) continue
    const actions = part.actions.map((action) => resolveAction(action, revision.files, configuration))
    const retries = part.retries === undefined ? {} : { retries: part.retries }
    const secrets = part.secrets === undefined ? {} : { secrets: part.secrets }
    steps.push({ kind, timeoutSeconds: part.timeoutSeconds ?? DEFAULT_TIMEOUT[kind], ...retries, ...secrets, actions, variables })
  }
  return steps
}

export function planOnFailure({ profile, files }: ProfileRevision, variables: Record<string, string>): OnFailureStep | undefined {
  if (profile.onFailure === undefined) return undefined
  const { actions, timeoutSeconds = DEFAULT_TIMEOUT.onFailure } = profile.onFailure
  return {
    kind: 'on-failure',
    timeoutSeconds,
    actions: actions.map((action): ScriptAction => ({ ...action, script: fileOf(files, action.script) })),
    variables,
  }
}

function planFormat({ revision, disk, eraseForeignData, signs, tableId }: BuildInput): FormatStep {
  const { table = 'gpt', partitions, script, mounts = [], timeoutSeconds } = revision.profile.format
  return {
    kind: 'format',
    timeoutSeconds: timeoutSeconds ?? DEFAULT_TIMEOUT.format,
    disk,
    eraseForeignData,
    ...signs,
    tableId,
    layout: script === undefined ? { table, partitions: partitions! } : { script: fileOf(revision.files, script), mounts },
  }
}

type ProfileReboot = Extract<NonNullable<Profile['steps']>[number], { reboot: unknown }>['reboot']

function planReboot(reboot: ProfileReboot, { revision, variables }: BuildInput): RebootStep {
  const { into, how = 'firmware', kernel, initrd, waitSeconds, notBackBeforeSeconds = NOT_BACK_BEFORE_SECONDS } = reboot
  return {
    kind: 'reboot',
    timeoutSeconds: waitSeconds ?? DEFAULT_TIMEOUT.reboot,
    into,
    how,
    ...(kernel === undefined ? {} : { kernel: fileOf(revision.files, kernel) }),
    ...(initrd === undefined ? {} : { initrd: fileOf(revision.files, initrd) }),
    arguments: filled(reboot.arguments ?? '', variables),
    notBackBeforeSeconds,
  }
}

/** As in templates: a name without a value is a mistake. */
function filled(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{\s*([A-Za-z][A-Za-z0-9_]*)\s*\}\}/g, (_, name: string) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value !== undefined) return value
    const hint = 'Give it a value under variables in profile.yaml or with the job.'
    throw new AppError('JOB_REQUEST_INVALID', `the kernel arguments "${text}" use ${name}, which has no value`, hint)
  })
}

/** The profile's variables, the request's over them, and those that the appliance knows. */
export function fillVariables(
  { name, profile, revision }: ProfileRevision,
  asked: Readonly<Record<string, string>> = {},
  known: Readonly<Record<string, string>>,
): Record<string, string> {
  const own = profile.variables ?? {}
  const unknown = Object.keys(asked).find((each) => !Object.hasOwn(own, each))
  if (unknown !== undefined) {
    throw new AppError(
      'JOB_REQUEST_INVALID',
      `profile ${name} has no variable "${unknown}"`,
      `It has: ${Object.keys(own).join(', ') || 'none'}. Add it under variables in profile.yaml.`,
    )
  }
  return { ...known, imageName: profile.capture.image, profileRevision: revision.slice(0, 12), ...own, ...asked }
}

type ProfileAction = NonNullable<Profile['setup']>['actions'][number]

function resolveAction(
  action: ProfileAction,
  files: ProfileRevision['files'],
  configuration: readonly PlannedText[],
): SetupAction {
  if ('configuration' in action) return { write: textNamed(action.configuration, configuration) }
  if ('extract' in action) return { ...action, extract: fileOf(files, action.extract) }
  if ('copy' in action) return { ...action, copy: fileOf(files, action.copy) }
  if ('template' in action) return { ...action, template: fileOf(files, action.template) }
  return { ...action, script: fileOf(files, action.script) }
}

/** Names of templates and files that a profile speaks of. */
export function configurationNames({ profile }: ProfileRevision): readonly string[] {
  const parts = buildParts(profile).flatMap(({ content }) => Object.values(content) as { actions?: readonly ProfileAction[] }[])
  const actions = parts.flatMap(({ actions = [] }) => actions)
  return [...new Set(actions.flatMap((action) => ('configuration' in action ? [action.configuration] : [])))]
}

function textNamed(name: string, configuration: readonly PlannedText[]): ConfigurationText {
  const found = configuration.find((each) => each.name === name)
  if (found !== undefined) return found.text
  throw new AppError('TEMPLATE_NOT_RENDERED', `the text of ${name} is not kept any more`, 'Post the job again.')
}

/** A revision comes into force only with all its files, so this holds for every revision that can be planned. */
function fileOf(files: ProfileRevision['files'], reference: string): FileRef {
  const file = Object.hasOwn(files, reference) ? files[reference] : undefined
  if (file !== undefined) return file
  throw new AppError(
    'PROFILE_INVALID',
    `the revision holds no file "${reference}"`,
    'Check the profile with `platen profile check`.',
  )
}
