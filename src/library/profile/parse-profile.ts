// The text of a profile.yaml -> a profile, or every mistake in it with its line. Pure.
import { Profile } from '../../contract/profile.ts'
import { type LineProblem, type Mistake, parseYaml, staysInside } from '../files/parse-yaml.ts'
import { type BuildPart, buildParts } from './build-parts.ts'
import { fileReferences } from './revision.ts'

export interface ProfileProblem extends LineProblem {
  readonly file: string
}

export type ParsedProfile =
  | { readonly kind: 'good'; readonly profile: Profile; lineOf(path: readonly (string | number)[]): number | undefined }
  | { readonly kind: 'bad'; readonly problems: readonly ProfileProblem[] }

export const PROFILE_FILE = 'profile.yaml'

export function parseProfile(text: string, folderName: string): ParsedProfile {
  const parsed = parseYaml(text, Profile, (profile) => findMistakes(profile, folderName))
  if (parsed.kind === 'good') return { kind: 'good', profile: parsed.value, lineOf: parsed.lineOf }
  return { kind: 'bad', problems: parsed.problems.map((problem) => ({ file: PROFILE_FILE, ...problem })) }
}

/** What a schema cannot say. */
function findMistakes(profile: Profile, folderName: string): readonly Mistake[] {
  const mistakes: Mistake[] = []
  const add = (path: readonly (string | number)[], reason: string) => mistakes.push([path, reason])
  if (profile.name !== folderName) add(['name'], `must be the name of its folder, ${folderName}`)
  const { partitions, script, mounts } = profile.format
  if ((partitions === undefined) === (script === undefined)) add(['format'], 'needs either partitions or script')
  if (mounts !== undefined && script === undefined)
    add(['format', 'mounts'], 'belongs to script; partitions carry their own mount')
  findPartitionMistakes(partitions ?? [], add)
  for (const phase of ['setup', 'activate'] as const)
    if (profile.steps !== undefined && profile[phase] !== undefined) add([phase], 'belongs into steps when there are some')
  for (const { content, path } of buildParts(profile)) if ('reboot' in content) findRebootMistakes(content.reboot, path, add)
  const names = (profile.components ?? []).map(({ name }) => name)
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) add(['components', index, 'name'], `a component before it is called ${name}`)
  }
  const paths = fileReferences(profile).map(({ reference, path }) => [reference, path] as const)
  const files = (profile.components ?? []).map(({ file }, index) => [file, ['components', index, 'file']] as const)
  for (const [file, path] of [...paths, ...files])
    if (!staysInside(file)) add(path, `${file} leads out of the folder of the profile`)
  return mistakes
}

function findRebootMistakes(
  { into, how, ...reboot }: Extract<BuildPart, { reboot: unknown }>['reboot'],
  path: readonly (string | number)[],
  add: (path: readonly (string | number)[], reason: string) => void,
): void {
  if (into === 'kernel' && reboot.kernel === undefined) add([...path, 'into'], 'needs a kernel of this profile beside it')
  for (const key of ['kernel', 'initrd', 'arguments'] as const)
    if (into !== 'kernel' && reboot[key] !== undefined) add([...path, key], 'belongs to into: kernel')
  if (into !== 'kernel' && how === 'kexec') add([...path, 'how'], 'kexec starts a kernel of this profile: say into: kernel')
  if (into !== 'local-disk' && reboot.notBackBeforeSeconds !== undefined)
    add([...path, 'notBackBeforeSeconds'], 'belongs to into: local-disk')
}

function findPartitionMistakes(
  partitions: NonNullable<Profile['format']['partitions']>,
  add: (path: (string | number)[], reason: string) => void,
): void {
  for (const [index, { name, type, sizeMiB, mount, filesystem }] of partitions.entries()) {
    const earlier = partitions.slice(0, index)
    if (earlier.some((other) => other.name === name))
      add(['format', 'partitions', index, 'name'], `a partition before it is called ${name}`)
    if (sizeMiB === undefined && earlier.some((other) => other.sizeMiB === undefined)) {
      add(['format', 'partitions', index], 'only one partition may leave out sizeMiB and take what remains')
    }
    if (filesystem !== undefined && (type === 'msr' || type === 'lvm'))
      add(['format', 'partitions', index, 'filesystem'], `a partition of type ${type} has none`)
    if (mount === undefined) continue
    if (earlier.some((other) => other.mount === mount))
      add(['format', 'partitions', index, 'mount'], `a partition before it is mounted at ${mount}`)
    if (filesystem === undefined || filesystem === 'swap')
      add(['format', 'partitions', index, 'mount'], 'needs a filesystem that can be mounted')
  }
}
