// The versions that a search may choose among, for one machine: which fit it, which meet a relation, which stand against each other. Pure.
import type { PackageProvision, PackageRelation, PackageVersionView, ResolveQuery } from '../../contract/package.ts'
import { ORDERS } from './version-order.ts'

/** What of a version matters to the search. */
export type Candidate = Pick<
  PackageVersionView,
  | 'name'
  | 'version'
  | 'order'
  | 'kind'
  | 'digest'
  | 'sizeBytes'
  | 'architectures'
  | 'models'
  | 'requires'
  | 'conflicts'
  | 'provides'
  | 'features'
>

export const nameOf = ({ name, version }: Pick<Candidate, 'name' | 'version'>): string => `${name} ${version}`
export const wordsOf = ({ name, range }: PackageRelation): string => (range === undefined ? name : `${name} ${range}`)

/** What says how old a version is. */
export type Aged = Pick<Candidate, 'version' | 'order'>

/** Newest first; of equal age by version's text, so that the same shelf always gives the same order. */
export function newestFirst(a: Aged, b: Aged): number {
  return ORDERS[a.order].compare(b.version, a.version) || (a.version < b.version ? -1 : 1)
}

export class Shelf {
  readonly #byName: ReadonlyMap<string, readonly Candidate[]>
  /** Those that provide a name beside their own. */
  readonly #providers: ReadonlyMap<string, readonly Candidate[]>
  readonly #byFeature: ReadonlyMap<string, readonly Candidate[]>
  readonly #query: Pick<ResolveQuery, 'architecture' | 'model'>

  constructor(all: readonly Candidate[], query: Pick<ResolveQuery, 'architecture' | 'model'>) {
    const sorted = all.toSorted((a, b) => (a.name === b.name ? newestFirst(a, b) : a.name < b.name ? -1 : 1))
    this.#query = query
    this.#byName = Map.groupBy(sorted, ({ name }) => name)
    this.#providers = spread(sorted, ({ provides = [] }) => provides.map(({ name }) => name))
    this.#byFeature = spread(sorted, ({ features = [] }) => features)
  }

  /** Of that name, whether they fit or not; newest first. */
  named(name: string): readonly Candidate[] {
    return this.#byName.get(name) ?? []
  }

  /** Whether any version has the name or provides it. */
  knows(name: string): boolean {
    return this.#byName.has(name) || this.#providers.has(name)
  }

  /** Nothing but versions of the name itself can meet a relation to it. */
  isOnlyItself(name: string): boolean {
    return (this.#providers.get(name) ?? []).every((each) => each.name === name)
  }

  /** Those that meet the relation, in the order in which they are tried: of its own name, the newest first, then those that provide it. */
  meeting(relation: PackageRelation): readonly Candidate[] {
    const others = (this.#providers.get(relation.name) ?? []).filter(({ name }) => name !== relation.name)
    return [...this.named(relation.name), ...others].filter((each) => meets(each, relation))
  }

  withFeature(feature: string): readonly Candidate[] {
    return this.#byFeature.get(feature) ?? []
  }

  /** Why it is not for this machine; undefined: it is. */
  unfit(candidate: Candidate): string | undefined {
    return unfitFor(candidate, this.#query)
  }
}

/** Why a version is not for a machine; undefined: it is. */
export function unfitFor(
  { architectures, models }: Pick<Candidate, 'architectures' | 'models'>,
  { architecture, model }: Pick<ResolveQuery, 'architecture' | 'model'>,
): string | undefined {
  if (architectures !== undefined && !architectures.includes(architecture))
    return `it is for ${architectures.join(' and ')}, the machine is ${architecture}`
  if (models !== undefined && !models.some((each) => matchesModel(each, model ?? '')))
    return `it is for ${models.join(', ')}, the machine is ${model ?? 'of an unknown model'}`
  return undefined
}

/** Whether the version, by its name or what it provides, is what the relation asks for. */
export function meets(candidate: Candidate, relation: PackageRelation): boolean {
  if (candidate.name === relation.name && holds(relation.range, candidate)) return true
  return (candidate.provides ?? []).some((each) => provisionMeets(each, relation, candidate.order))
}

/** A provision without a version meets only what asks for none (Debian policy, 7.5). */
export function provisionMeets(
  { name, version }: PackageProvision,
  { name: asked, range }: PackageRelation,
  order?: Candidate['order'],
) {
  if (name !== asked) return false
  if (range === undefined) return true
  if (version === undefined) return false
  return (order === undefined ? (['semver', 'debian'] as const) : [order]).some((each) => holds(range, { version, order: each }))
}

/** Why the two cannot be on one machine; undefined: they can. Nothing stands against itself. */
export function clash(a: Candidate, b: Candidate): string | undefined {
  if (a.name === b.name) return undefined
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const against = (one.conflicts ?? []).find((relation) => isHit(other, relation))
    if (against !== undefined) return `${nameOf(one)} says that it conflicts with ${wordsOf(against)}, which ${nameOf(other)} is`
  }
  return undefined
}

/** A conflict without a range is one with every version, also with those before a release. */
function isHit(candidate: Candidate, relation: PackageRelation): boolean {
  const own = candidate.name === relation.name && (relation.range === undefined || holds(relation.range, candidate))
  return own || (candidate.provides ?? []).some((each) => provisionMeets(each, relation, candidate.order))
}

/** Left out: any release. A version before a release (2.0.0-rc.1) has to be asked for, as with npm. */
function holds(range = '*', { version, order }: Pick<Candidate, 'version' | 'order'>): boolean {
  if (ORDERS[order].versionProblem(version) !== undefined) return false
  const parsed = ORDERS[order].parseRange(range)
  return parsed.kind === 'range' && parsed.holds(version)
}

/** Case does not count; * stands for any text. */
export function matchesModel(pattern: string, model: string): boolean {
  const parts = pattern.toLowerCase().split('*')
  const text = model.toLowerCase()
  if (parts.length === 1) return text === parts[0]
  const [first = '', ...rest] = parts
  const last = rest.pop() ?? ''
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
  let at = first.length
  const end = text.length - last.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

function spread(all: readonly Candidate[], keysOf: (candidate: Candidate) => readonly string[]): Map<string, Candidate[]> {
  const found = new Map<string, Candidate[]>()
  for (const candidate of all)
    for (const key of new Set(keysOf(candidate))) found.set(key, [...(found.get(key) ?? []), candidate])
  return found
}
