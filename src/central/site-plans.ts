// How large what a site needs is, as it is stored here: chunks and files that several things share count once. Asks the library; changes nothing.
import type { SiteItem, SitePlan } from '../contract/central/closure.ts'
import { AppError } from '../contract/errors.ts'
import type { PackageService, Profiles } from '../library/index.ts'
import type { Closures } from './closures.ts'

export interface StoredSizes {
  readonly images: { storedSizes(imageName: string, version: number): Promise<ReadonlyMap<string, number | undefined>> }
}

interface SitePlansDeps extends StoredSizes {
  readonly closures: Closures
  readonly packages: Pick<PackageService, 'find'>
  readonly profiles: Pick<Profiles, 'revision'>
}

/** What an item is made of, by digest, with the bytes of each. undefined: it lacks. */
type Parts = ReadonlyMap<string, number | undefined>

export class SitePlans {
  readonly #deps: SitePlansDeps

  constructor(deps: SitePlansDeps) {
    this.#deps = deps
  }

  /** Throws CENTRAL_OBJECT_NOT_FOUND. Reads manifests: a few milliseconds for each gigabyte. */
  async of(site: string): Promise<SitePlan> {
    const closure = this.#deps.closures.of(site)
    if (closure === undefined) throw noSite(site)
    const shared = new Map<string, number>()
    const items: SitePlan['items'] = []
    const lacks = [...closure.lacks]
    let unsharedBytes = 0
    for (const item of closure.items) {
      const parts = await this.#partsOf(item)
      const sizes = [...parts.values()]
      const storedBytes = sum(sizes.map((size) => size ?? 0))
      const missing = sizes.filter((size) => size === undefined).length
      if (missing > 0) lacks.push(`${item.kind} ${item.name} ${item.version}: ${missing} of its chunks are not in the store`)
      for (const [digest, size] of parts) if (size !== undefined) shared.set(digest, size)
      unsharedBytes += storedBytes
      items.push(missing > 0 ? item : { ...item, storedBytes })
    }
    return { ...closure, lacks, items, storedBytes: sum([...shared.values()]), unsharedBytes }
  }

  async #partsOf({ kind, name, version, digest, bytes }: SiteItem): Promise<Parts> {
    const { images, packages, profiles } = this.#deps
    switch (kind) {
      case 'image':
        return images.storedSizes(name, Number(version))
      case 'package':
        return partsOf(packages.find(name, version).files)
      case 'profile':
        return partsOf(Object.values((await profiles.revision(name, digest)).files))
      default:
        return new Map([[digest, bytes]])
    }
  }
}

const partsOf = (files: readonly { readonly digest: string; readonly sizeBytes: number }[]): Parts =>
  new Map(files.map((file) => [file.digest, file.sizeBytes]))

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

export function noSite(site: string): AppError {
  return new AppError(
    'CENTRAL_OBJECT_NOT_FOUND',
    `there is no site ${site}`,
    `Say what it is first: platen site set ${site} --function NAME.`,
  )
}
