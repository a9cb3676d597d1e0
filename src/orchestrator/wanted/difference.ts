// What is between what a node should have and what its machine proved to have. Pure.
import type { Present } from '../../contract/present.ts'
import type { InstalledPackage } from '../../contract/wanted.ts'
import type { Resolution, ResolvedPackage } from './resolve.ts'
import type { WantedVersion } from './wanted-version.ts'

/** What is known of a machine: what it proved, else what the last verified deploy left. */
export interface Known {
  readonly present?: Present
  readonly installed?: {
    readonly imageName: string
    readonly version: number
    readonly packages?: readonly { readonly name: string; readonly version: string }[]
    readonly configuration?: readonly { readonly to: string; readonly digest: string }[]
  }
}

/** A configuration file that it should have. */
export interface WantedFile {
  readonly to: string
  readonly digest: string
  readonly sizeBytes: number
}

export interface PackageChange {
  readonly name: string
  readonly from?: string
  readonly to?: string
}

export type Difference =
  /** Nobody wants anything, or it has what is wanted. */
  | { readonly kind: 'none'; readonly words: string }
  /** What is wanted cannot be had. */
  | { readonly kind: 'unmet'; readonly words: string }
  /** bytes: at most so many travel; what its disk has already does not. */
  | { readonly kind: 'image'; readonly words: string; readonly bytes: number }
  | { readonly kind: 'packages'; readonly words: string; readonly bytes: number; readonly changes: readonly PackageChange[] }
  /** Configuration files of its function. */
  | { readonly kind: 'files'; readonly words: string; readonly bytes: number; readonly mark: string }

export function differenceOf(resolution: Resolution, known: Known, files: readonly WantedFile[] = []): Difference {
  const software = softwareDifference(resolution, known)
  return software.kind === 'none' && known.installed !== undefined
    ? (fileDifference(files, known.installed.configuration ?? []) ?? software)
    : software
}

/** The image and its packages are right. A file that its function names no more stays: nobody knows what was there before. */
function fileDifference(
  wanted: readonly WantedFile[],
  has: NonNullable<NonNullable<Known['installed']>['configuration']>,
): Difference | undefined {
  const other = wanted.filter(({ to, digest }) => !has.some((each) => each.to === to && each.digest === digest))
  if (other.length === 0) return undefined
  const isThere = (to: string) => has.some((each) => each.to === to)
  const words = other.map(({ to }) => `${to} ${isThere(to) ? 'becomes another' : 'comes'}`).join(', ')
  const bytes = other.reduce((total, { sizeBytes }) => total + sizeBytes, 0)
  // Its content is part of what is tried: another text is another try.
  return { kind: 'files', words, bytes, mark: other.map(({ to, digest }) => `${to} ${digest.slice(0, 12)}`).join(', ') }
}

function softwareDifference(resolution: Resolution, known: Known): Difference {
  switch (resolution.kind) {
    case 'nothing':
      return { kind: 'none', words: 'nobody says what it should run' }
    case 'unmet':
      return { kind: 'unmet', words: resolution.reason }
    case 'resolved': {
      const { image, packages } = resolution
      const other = image === undefined ? undefined : otherThan(image, known)
      if (other === undefined) return packageDifference(packages, known)
      const bytes = image!.usedBytes + sum(packages)
      return { kind: 'image', words: other, bytes }
    }
  }
}

/** What it runs in the place of what is wanted, in words; undefined: it runs that. */
export function otherThan(
  wanted: WantedVersion & { readonly contentDigest?: string },
  { present, installed }: Known,
): string | undefined {
  if (present === undefined) return otherThanInstalled(wanted, installed)
  const { record, reason, image } = present
  if (record !== 'good' || image === undefined) return `nothing that it can prove: ${reason ?? WORDS[record]}`
  if (image.name !== wanted.imageName || image.version !== wanted.version) return `${image.name} version ${image.version}`
  return wanted.contentDigest === undefined || image.digest === wanted.contentDigest
    ? undefined
    : `${image.name} version ${image.version} with another content`
}

function otherThanInstalled(wanted: WantedVersion, installed: Known['installed']): string | undefined {
  if (installed === undefined) return 'nothing that was verified'
  const isSame = installed.imageName === wanted.imageName && installed.version === wanted.version
  return isSame ? undefined : `${installed.imageName} version ${installed.version}`
}

const WORDS: Readonly<Record<Present['record'], string>> = {
  good: 'its record names no image',
  missing: 'its disk has no record',
  edited: 'the record on its disk was edited',
  'of-another-node': 'the record on its disk is of another node',
  'copied-disk': 'its disk is a copy of another one',
  'other-table': 'its disk was partitioned anew',
}

/** The image is right, or nobody wants another. What was put in and is wanted no more goes. */
function packageDifference(wanted: readonly ResolvedPackage[], known: Known): Difference {
  const { present } = known
  if (present !== undefined && present.record !== 'good') {
    if (wanted.length === 0) return right(wanted)
    return { kind: 'unmet', words: `packages go onto an image that it can prove: ${present.reason ?? WORDS[present.record]}` }
  }
  const changes = packageChanges(wanted, packagesNow(known))
  if (changes.length === 0) return right(wanted)
  const bytes = sum(wanted.filter(({ name }) => changes.some((each) => each.name === name)))
  return { kind: 'packages', words: changes.map(changeWords).join(', '), bytes, changes }
}

/** What it has beside its image: as it proved, else as the last verified job left it. */
export const packagesNow = ({ present, installed }: Known): readonly InstalledPackage[] =>
  (present?.record === 'good' ? present.packages : installed?.packages) ?? []

/** Those that go first, then those that come, in the order in which they are wanted. */
export function packageChanges(wanted: readonly InstalledPackage[], now: readonly InstalledPackage[]): readonly PackageChange[] {
  const has = new Map(now.map(({ name, version }) => [name, version]))
  const coming = wanted.flatMap(({ name, version }): PackageChange[] => {
    const from = has.get(name)
    return from === version ? [] : [{ name, ...(from === undefined ? {} : { from }), to: version }]
  })
  const going = [...has].filter(([name]) => !wanted.some((each) => each.name === name)).map(([name, from]) => ({ name, from }))
  return [...going, ...coming]
}

const right = (packages: readonly ResolvedPackage[]): Difference => ({
  kind: 'none',
  words: packages.length === 0 ? 'it has what it should' : `it has what it should, with ${packages.length} packages`,
})

function changeWords({ name, from, to }: PackageChange): string {
  if (to === undefined) return `${name} ${from} goes`
  return from === undefined ? `${name} ${to} comes` : `${name} ${from} becomes ${to}`
}

const sum = (packages: readonly ResolvedPackage[]): number => packages.reduce((total, { sizeBytes }) => total + sizeBytes, 0)
