// What the library has, as the stages of central ask for it. From memory.
import type { BootBuildService, ImageService, PackageService, Profiles } from '../library/index.ts'
import type { Events } from '../store/index.ts'
import type { CentralCatalogue, KnownBootBuild } from './derive/needs.ts'

export interface CatalogueDeps {
  readonly images: Pick<ImageService, 'list' | 'changeCount'>
  readonly packages: Pick<PackageService, 'list' | 'resolve'>
  readonly profiles: Pick<Profiles, 'list' | 'inForce'>
  readonly bootBuilds: Pick<BootBuildService, 'list' | 'inUse' | 'changeCount'>
  readonly events: Events
}

export class CatalogueNow {
  readonly #deps: CatalogueDeps
  #made: { readonly changes: string; readonly catalogue: CentralCatalogue } | undefined
  #changes = 0

  constructor(deps: CatalogueDeps) {
    this.#deps = deps
    deps.events.subscribe(() => {
      this.#changes++
    }, ['package.added', 'package.removed', 'profile.loaded'])
  }

  /** Another one after each change of what the catalogue holds. */
  stamp(): string {
    const { images, bootBuilds } = this.#deps
    return `${images.changeCount()} ${bootBuilds.changeCount()} ${this.#changes}`
  }

  now(): CentralCatalogue {
    const changes = this.stamp()
    if (this.#made?.changes !== changes) this.#made = { changes, catalogue: this.#make() }
    return this.#made.catalogue
  }

  #make(): CentralCatalogue {
    const { images, packages, profiles, bootBuilds } = this.#deps
    const kept = new Map(
      packages.list().flatMap(({ versions }) => versions.map((each) => [`${each.name} ${each.version}`, each] as const)),
    )
    return {
      images: images.list(),
      choosePackages(query) {
        const found = packages.resolve(query)
        return found.kind === 'refused' ? found : { kind: 'resolved', packages: found.packages }
      },
      packageOf: (name, version) => kept.get(`${name} ${version}`),
      profileOf: (name) => revisionOf(profiles, name),
      bootBuilds: bootBuilds
        .list()
        .map((build) => knownBuild(build, bootBuilds))
        .reverse(),
    }
  }
}

function knownBuild(
  build: ReturnType<BootBuildService['list']>[number],
  builds: Pick<BootBuildService, 'inUse'>,
): KnownBootBuild {
  const { architecture, number, variant, digest, artefacts } = build
  return {
    architecture,
    number,
    ...(variant === undefined ? {} : { variant }),
    isInUse: builds.inUse(architecture, variant) === build,
    digest,
    sizeBytes: artefacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }
}

function revisionOf(profiles: CatalogueDeps['profiles'], name: string) {
  if (!profiles.list().some((each) => each.name === name && each.revision !== undefined)) return undefined
  const { revision, files } = profiles.inForce(name)
  return { revision, sizeBytes: Object.values(files).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
}
