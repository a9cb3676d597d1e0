// What a request says of packages -> the versions that are installed, in order. Refuses what does not go together. Pure but for the port.
import { AppError } from '../../contract/errors.ts'
import type { JobRequest } from '../../contract/job.ts'
import type { PackageContent, PackageRef, PackageRelation, Resolution } from '../../contract/package.ts'
import type { PackageService } from '../../library/index.ts'
import type { NodeRecord } from '../node/record.ts'

type Desk = Pick<PackageService, 'resolve'>
type Asked = Pick<JobRequest, 'packages' | 'removePackages' | 'checkPackages'>

/** What a step does, in this order. */
export interface PlannedPackages {
  readonly removes: readonly PackageContent[]
  readonly installs: readonly PackageContent[]
  readonly checks: readonly PackageContent[]
  /** As it was before: in the order in which it was installed. */
  readonly restores?: readonly PackageContent[]
}

/** After an image: all that is wanted, and what that requires. */
export function packagesOfDeploy(
  wants: readonly PackageRelation[],
  node: NodeRecord,
  features: readonly string[],
  desk: Desk,
): readonly PackageRef[] {
  if (wants.length === 0) return []
  return refsOf(resolveFor(node, wants, features, desk), node)
}

/** On a node that runs an image: what changes. Others stay as they are where they can, else they follow. filesDiffer: there is something else to do. */
export function packagesOfChange(request: Asked, node: NodeRecord, desk: Desk, filesDiffer = false): readonly PackageRef[] {
  const { packages: wants = [], removePackages: removed = [], checkPackages = false } = request
  const has = node.installed?.packages ?? []
  const unknown = removed.find((name) => !has.some((each) => each.name === name))
  if (unknown !== undefined) throw invalid(`${node.name} has no package ${unknown}`, `It has: ${namesOf(has) || 'none'}.`)
  const others = has.filter(({ name }) => !removed.includes(name) && !wants.some((want) => want.name === name))
  const asTheyAre = others.map(({ name, version }) => ({ name, range: `=${version}` }))
  const kept = resolveFor(node, [...wants, ...asTheyAre], [], desk)
  const answer = kept.kind === 'resolved' ? kept : resolveFor(node, [...wants, ...others.map(({ name }) => ({ name }))], [], desk)
  const refs = refsOf(answer, node)
  const needed = answer.kind === 'resolved' ? answer.packages.find(({ name }) => removed.includes(name)) : undefined
  if (needed !== undefined) throw invalid(`${needed.name} cannot be removed: ${needed.because}`, 'Remove what needs it as well.')
  const installs = refs.filter((ref) => !has.some(({ name, digest }) => name === ref.name && digest === ref.digest))
  if (installs.length + removed.length === 0 && !checkPackages && !filesDiffer)
    throw invalid(
      `there is nothing to do: ${node.name} has ${namesOf(has) || 'no packages'}`,
      'Check them with --check-packages.',
    )
  return installs
}

/** What the step has to do on a node that has these: of a folder the version before goes first, a .deb is changed by dpkg. */
export function planPackages(
  { removePackages = [], checkPackages = false }: Asked,
  installs: readonly PackageRef[],
  has: readonly PackageRef[],
  contentOf: (ref: PackageRef) => PackageContent,
): PlannedPackages {
  const isChanged = ({ name, version }: PackageRef) => installs.some((each) => each.name === name && each.version !== version)
  const leaving = has.filter((each) => removePackages.includes(each.name) || isChanged(each)).map(contentOf)
  return {
    removes: leaving.filter(({ kind, name }) => kind === 'folder' || removePackages.includes(name)).reverse(),
    installs: installs.map(contentOf),
    checks: checkPackages ? packagesAfter(has, removePackages, installs).map(contentOf) : [],
    ...(leaving.length === 0 ? {} : { restores: leaving }),
  }
}

/** What a node has when the step is done; in the order in which it was installed. */
export function packagesAfter(
  has: readonly PackageRef[],
  removed: readonly string[],
  installs: readonly PackageRef[],
): readonly PackageRef[] {
  const goes = ({ name }: PackageRef) => removed.includes(name) || installs.some((each) => each.name === name)
  return [...has.filter((each) => !goes(each)), ...installs]
}

function resolveFor(
  { inventory: { architecture, smbios } }: NodeRecord,
  packages: readonly PackageRelation[],
  providedFeatures: readonly string[],
  desk: Desk,
): Resolution {
  const model = smbios.product === undefined ? {} : { model: smbios.product }
  return desk.resolve({ packages: [...packages], architecture, ...model, providedFeatures: [...providedFeatures] })
}

function refsOf(answer: Resolution, node: NodeRecord): readonly PackageRef[] {
  if (answer.kind === 'resolved') return answer.packages.map(({ name, version, digest }) => ({ name, version, digest }))
  const reasons = answer.reasons.join('; ')
  throw new AppError(answer.code, `no packages for ${node.name}: ${reasons}`, 'Ask for other versions, or bring one that fits.')
}

const namesOf = (refs: readonly PackageRef[]): string => refs.map(({ name, version }) => `${name} ${version}`).join(', ')

function invalid(message: string, hint: string): AppError {
  return new AppError('JOB_REQUEST_INVALID', message, hint)
}
