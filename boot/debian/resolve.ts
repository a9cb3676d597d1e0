// Chooses the packages that a list of wanted ones needs. Pure: an index in, a closed set out.
// Simple on purpose: the first alternative that exists wins and nothing is ever taken back, which a stable suite never needs.
import { AppError } from '../../src/contract/errors.ts'
import type { DebianPackage, Dependency } from './packages-index.ts'
import { compareVersions, satisfies } from './version.ts'

/** leaveOut names packages that others depend on but that the result has no use for (it runs no maintainer scripts, for example). */
export function resolvePackages(
  index: readonly DebianPackage[],
  wanted: readonly string[],
  leaveOut: readonly string[],
): DebianPackage[] {
  const catalog = new Catalog(index)
  const chosen = new Map<string, DebianPackage>()
  const queue = wanted.map((name) => ({ group: [{ name }] as readonly Dependency[], wantedBy: 'the recipe' }))
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (next.group.some((dependency) => leaveOut.includes(dependency.name) || isMetBy(chosen, dependency))) continue
    const found = firstOf(next.group, (dependency) => catalog.find(dependency))
    if (found === undefined) throw unknownPackage(next.group, next.wantedBy)
    chosen.set(found.name, found)
    for (const group of found.depends) queue.push({ group, wantedBy: found.name })
  }
  return [...chosen.values()].sort((left, right) => (left.name < right.name ? -1 : 1))
}

/** Finds by name or by what is provided; of several versions the newest. */
class Catalog {
  readonly #byName = new Map<string, DebianPackage[]>()
  readonly #providers = new Map<string, DebianPackage[]>()

  constructor(index: readonly DebianPackage[]) {
    for (const candidate of index) {
      push(this.#byName, candidate.name, candidate)
      for (const { name } of candidate.provides) push(this.#providers, name, candidate)
    }
    for (const versions of this.#byName.values()) versions.sort((left, right) => compareVersions(right.version, left.version))
    for (const providers of this.#providers.values()) providers.sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  find(dependency: Dependency): DebianPackage | undefined {
    const candidates = [...(this.#byName.get(dependency.name) ?? []), ...(this.#providers.get(dependency.name) ?? [])]
    return candidates.find((candidate) => meets(candidate, dependency))
  }
}

function isMetBy(chosen: ReadonlyMap<string, DebianPackage>, dependency: Dependency): boolean {
  for (const candidate of chosen.values()) if (meets(candidate, dependency)) return true
  return false
}

/** A versioned dependency is met by a provider only when it provides a version (Debian policy 7.5). */
function meets(candidate: DebianPackage, dependency: Dependency): boolean {
  const versions = candidate.name === dependency.name ? [candidate.version] : []
  for (const { name, version } of candidate.provides) if (name === dependency.name) versions.push(version ?? '')
  const { relation, version } = dependency
  if (relation === undefined || version === undefined) return versions.length > 0
  return versions.some((found) => found !== '' && satisfies(found, relation, version))
}

function unknownPackage(group: readonly Dependency[], wantedBy: string): AppError {
  const names = group.map(({ name, relation, version }) => (relation ? `${name} (${relation} ${version})` : name)).join(' | ')
  return new AppError(
    'BOOT_OS_PACKAGE_UNKNOWN',
    `${wantedBy} needs ${names}, which the Debian suite does not have`,
    'Correct the name in boot/recipe.ts, or choose a mirror that carries the whole suite with `platen boot build --mirror <url>`.',
  )
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
