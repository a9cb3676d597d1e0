// What is wanted -> which version of which image, with which packages, and how that came about. Pure.
//
//   candidates   the versions of the image that is named, the newest first; without a name those of all images that provide something asked for
//   loses        it is not the version or tag that is named, does not start there, or not all that is asked for can be had with it
//   chosen       the first that does not lose
import type { ImageVersionView } from '../../contract/image.ts'
import type { ResolveQuery } from '../../contract/package.ts'
import type { WantedImage } from '../../contract/wanted.ts'
import type { NodeWants } from './merge.ts'
import { doesNotStart, entryFor, type KnownImage, type KnownVersion, type StartsWhere } from './wanted-version.ts'

export type ResolvableVersion = KnownVersion &
  Pick<ImageVersionView, 'imageName' | 'features' | 'createdAt' | 'contentDigest' | 'usedBytes'>

export interface TargetMachine extends StartsWhere {
  /** The product's name. */
  readonly model: string | undefined
}

/** What packages are asked for, on which machine, beside which image. */
export type PackageQuery = ResolveQuery

export interface ResolvedPackage {
  readonly name: string
  readonly version: string
  readonly sizeBytes: number
}

export type PackageChoice =
  | { readonly kind: 'resolved'; readonly packages: readonly ResolvedPackage[] }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }

export interface Catalogue {
  readonly images: readonly KnownImage<ResolvableVersion>[]
  /** In the order in which they are installed. */
  choosePackages(query: PackageQuery): PackageChoice
}

export interface Candidate {
  readonly what: string
  /** Left out: it is the one that is chosen. */
  readonly lost?: string
}

export interface ResolvedImage {
  readonly imageName: string
  readonly version: number
  readonly contentDigest: string
  readonly usedBytes: number
}

export type Resolution =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unmet'; readonly reason: string; readonly candidates: readonly Candidate[] }
  | Resolved

export interface Resolved {
  readonly kind: 'resolved'
  /** Left out: whatever it runs, with these packages. */
  readonly image?: ResolvedImage
  readonly packages: readonly ResolvedPackage[]
  readonly kernelArguments: readonly string[]
  readonly candidates: readonly Candidate[]
}

/** So many candidates are told of. */
const SHOWN = 20

export function resolveWanted(wants: NodeWants, machine: TargetMachine, catalogue: Catalogue): Resolution {
  if (wants.function?.refused !== undefined) return { kind: 'unmet', reason: wants.function.refused, candidates: [] }
  const entry = entryFor(wants.runs?.value, machine.architecture)
  if (wants.runs !== undefined && entry === undefined)
    return { kind: 'unmet', reason: `${wants.runs.from} names no image for ${machine.architecture}`, candidates: [] }
  if (entry === undefined && wants.features.length === 0) return packagesAlone(wants, machine, catalogue)

  const pool = entry === undefined ? withAnyFeature(wants, catalogue) : newestFirst(catalogue, entry.image)
  const candidates: Candidate[] = []
  for (const version of pool) {
    const what = `${version.imageName} version ${version.version}`
    const judged = judge(version, entry, wants, machine, catalogue)
    if (judged.kind === 'lost') {
      candidates.push({ what, lost: judged.reason })
      continue
    }
    const { imageName, contentDigest, usedBytes } = version
    return {
      kind: 'resolved',
      image: { imageName, version: version.version, contentDigest, usedBytes },
      packages: judged.packages,
      kernelArguments: entry?.kernelArguments ?? [],
      candidates: [...candidates.slice(-(SHOWN - 1)), { what }],
    }
  }
  return { kind: 'unmet', reason: reasonOf(wants, entry, candidates), candidates: candidates.slice(0, SHOWN) }
}

type Judged =
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'fits'; readonly packages: readonly ResolvedPackage[] }

function judge(
  version: ResolvableVersion,
  entry: WantedImage | undefined,
  wants: NodeWants,
  machine: TargetMachine,
  catalogue: Catalogue,
): Judged {
  const reason = notTheOneNamed(version, entry) ?? doesNotStart(version, machine)
  if (reason !== undefined) return { kind: 'lost', reason }
  const providedFeatures = [...(version.features ?? [])]
  const features = wants.features.map(({ value }) => value).filter((each) => !providedFeatures.includes(each))
  const packages = [...(wants.packages?.value ?? [])]
  if (features.length === 0 && packages.length === 0) return { kind: 'fits', packages: [] }
  const { architecture, model } = machine
  const on = { architecture, ...(model === undefined ? {} : { model }) }
  const choice = catalogue.choosePackages({ packages, features, providedFeatures, ...on })
  return choice.kind === 'refused'
    ? { kind: 'lost', reason: choice.reasons.join('; ') }
    : { kind: 'fits', packages: choice.packages }
}

function notTheOneNamed({ version, tags }: ResolvableVersion, entry: WantedImage | undefined): string | undefined {
  if (entry?.version !== undefined) return entry.version === version ? undefined : `version ${entry.version} is named`
  if (entry?.tag !== undefined && !tags.includes(entry.tag)) return `it is not tagged ${entry.tag}`
  return undefined
}

function packagesAlone(wants: NodeWants, { architecture, model }: TargetMachine, catalogue: Catalogue): Resolution {
  const packages = [...(wants.packages?.value ?? [])]
  if (packages.length === 0) return { kind: 'nothing' }
  const on = { architecture, ...(model === undefined ? {} : { model }) }
  const choice = catalogue.choosePackages({ packages, features: [], providedFeatures: [], ...on })
  if (choice.kind === 'refused') return { kind: 'unmet', reason: choice.reasons.join('; '), candidates: [] }
  return { kind: 'resolved', packages: choice.packages, kernelArguments: [], candidates: [] }
}

function newestFirst({ images }: Catalogue, imageName: string): readonly ResolvableVersion[] {
  return (images.find(({ name }) => name === imageName)?.versions ?? []).toReversed()
}

/** Nobody names an image: one that provides none of what is asked for is not looked at, or packages could be put onto anything. */
function withAnyFeature({ features }: NodeWants, { images }: Catalogue): readonly ResolvableVersion[] {
  const asked = features.map(({ value }) => value)
  const all = images.flatMap(({ versions }) => versions)
  const some = all.filter((version) => version.features?.some((each) => asked.includes(each)))
  return some.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.version - a.version)
}

function reasonOf({ features }: NodeWants, entry: WantedImage | undefined, candidates: readonly Candidate[]): string {
  const what = entry === undefined ? `image that provides any of ${features.map(({ value }) => value).join(', ')}` : entry.image
  if (candidates.length === 0) return `there is no ${what}`
  // Those that are only not the one that was named say nothing of it.
  const told =
    candidates.find(({ lost }) => lost?.startsWith('version ') === false && !lost.startsWith('it is not tagged ')) ??
    candidates[0]!
  return `no version of ${entry?.image ?? 'any image'} will do: ${told.what}: ${told.lost}`
}
