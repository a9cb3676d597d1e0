// Which nodes of a class a roll-out moves, and what the class says when it is done. Pure but for what it asks.
import { AppError } from '../../contract/errors.ts'
import type { PackageRelation } from '../../contract/package.ts'
import type { NewRollOut } from '../../contract/roll-out.ts'
import type { InstalledPackage, WantedImage } from '../../contract/wanted.ts'
import { type ImageService, meetsRelation, type PackageService, unfitFor } from '../../library/index.ts'
import type { NodeClasses } from '../node/classes.ts'
import type { NodeRecord } from '../node/record.ts'
import { exactly } from '../wanted/deploy-request.ts'
import { packagesNow } from '../wanted/difference.ts'
import type { RolledOut } from '../wanted/merge.ts'
import { type Move, runsNow } from '../wanted/move-plan.ts'
import { doesNotStart, entryFor, type WantedVersion } from '../wanted/wanted-version.ts'

interface Asked {
  readonly classes: Pick<NodeClasses, 'membersOf' | 'show'>
  readonly images: Pick<ImageService, 'find'>
  readonly packages: Pick<PackageService, 'find' | 'versions'>
}

/** What a roll-out brings: the version of the image, and each package in one version. */
export interface Goal {
  readonly image?: WantedVersion
  readonly packages: readonly InstalledPackage[]
}

export const goalOf = ({ image, version, packages = [] }: NewRollOut): Goal => ({
  ...(image === undefined || version === undefined ? {} : { image: { imageName: image, version } }),
  packages: packages.map(({ name, range = '' }) => ({ name, version: range.replace(/^=/, '') })),
})

/** As a node or a class says it. */
export function saidOf({ image, packages }: Goal): RolledOut {
  return {
    ...(image === undefined ? {} : { runs: [{ image: image.imageName, version: image.version }] }),
    ...(packages.length === 0 ? {} : { packages: packages.map(exactly) }),
  }
}

/** Each package in the version that fits today. Throws what is wrong with the wish: it names nothing, or what is not there. */
export function pinned(wish: NewRollOut, { images, packages }: Pick<Asked, 'images' | 'packages'>): NewRollOut {
  const { image, version } = wish
  if ((image === undefined) !== (version === undefined) || (image === undefined && wish.packages === undefined))
    throw new AppError(
      'REQUEST_INVALID',
      'a roll-out brings an image with its version, packages, or both',
      'Say `--to IMAGE@VERSION`, or `--package NAME@RANGE`.',
    )
  if (image !== undefined) images.find(image, version)
  return wish.packages === undefined ? wish : { ...wish, packages: wish.packages.map((each) => exactly(newest(each, packages))) }
}

function newest(relation: PackageRelation, packages: Pick<PackageService, 'versions'>): InstalledPackage {
  const versions = packages.versions(relation.name)
  const found = versions.find((each) => meetsRelation(each, relation))
  if (found !== undefined) return found
  throw new AppError(
    'PACKAGE_NOT_FOUND',
    `package ${relation.name} has no version ${relation.range}; it has ${versions
      .map(({ version }) => version)
      .slice(0, 10)
      .join(', ')}`,
    'See what there is with `platen package list`.',
  )
}

/** Nodes of the class that do not say themselves what they run or have, on which it starts and that it fits, and that lack something of it. */
export function movesOf(className: string, wish: NewRollOut, { classes, images, packages }: Asked): readonly Move[] {
  const goal = goalOf(wish)
  const found = goal.image === undefined ? undefined : images.find(goal.image.imageName, goal.image.version)
  const views = goal.packages.map(({ name, version }) => packages.find(name, version))
  const { runs } = classes.show(className)
  return classes.membersOf(className).flatMap((node): Move[] => {
    const { architecture, smbios } = node.inventory
    const now = runsNow(node)
    const to = goal.image ?? now
    const own = node.wanted ?? {}
    const isSpokenFor = (found !== undefined && own.runs !== undefined) || (views.length > 0 && own.packages !== undefined)
    const cannotStart = found !== undefined && doesNotStart(found, node.inventory) !== undefined
    const isOther = found !== undefined && runs !== undefined && entryFor(runs, architecture) === undefined
    const on = { architecture, ...(smbios.product === undefined ? {} : { model: smbios.product }) }
    const isUnfit = views.some((each) => unfitFor(each, on) !== undefined)
    if (to === undefined || isSpokenFor || cannotStart || isOther || isUnfit || hasAll(node, goal)) return []
    return [{ node, to, ...(views.length === 0 ? {} : { packages: withGoal(packagesNow(node), goal) }) }]
  })
}

/** Nothing of it has to be brought there. */
export function hasAll(node: NodeRecord, { image, packages }: Goal): boolean {
  const now = runsNow(node)
  const hasImage = image === undefined || (now?.imageName === image.imageName && now.version === image.version)
  const has = packagesNow(node)
  return hasImage && packages.every(({ name, version }) => has.some((each) => each.name === name && each.version === version))
}

const withGoal = (has: readonly InstalledPackage[], { packages }: Goal): readonly InstalledPackage[] => [
  ...has.filter(({ name }) => !packages.some((each) => each.name === name)),
  ...packages,
]

/** What can be deployed again. */
export function stillThere(version: WantedVersion | undefined, images: Pick<ImageService, 'list'>): WantedVersion | undefined {
  const image = images.list().find(({ name }) => name === version?.imageName)
  return image?.versions.some((each) => each.version === version?.version) === true ? version : undefined
}

/** In the place of what the class says of these packages. */
export function withPackages(said: readonly PackageRelation[], goal: Goal): PackageRelation[] {
  const pins = goal.packages.map(exactly)
  const kept = said.map((each) => pins.find(({ name }) => name === each.name) ?? each)
  return [...kept, ...pins.filter(({ name }) => !said.some((each) => each.name === name))]
}

/** In the place of the entry that spoke of these machines; one for all others stays where the version is not for all. */
export function withEntry(
  runs: readonly WantedImage[],
  target: Pick<WantedImage, 'image' | 'version'>,
  architecture: WantedImage['architecture'],
): WantedImage[] {
  const old = architecture === undefined ? runs[0] : runs.find((each) => each.architecture === architecture)
  const { tag: _tag, ...kept } = old ?? { image: '', ...(architecture === undefined ? {} : { architecture }) }
  const entry = { ...kept, ...target }
  return old === undefined ? [entry, ...runs] : runs.map((each) => (each === old ? entry : each))
}
