// A catalogue of a few images and packages, as the stages of central read it.
import { createHash } from 'node:crypto'
import type { CentralCatalogue } from '../../../src/central/derive/needs.ts'
import type { SiteItem } from '../../../src/contract/central/closure.ts'
import type { PackageVersionView } from '../../../src/contract/package.ts'
import type { Architecture } from '../../../src/contract/values.ts'
import { resolve } from '../../../src/library/package/resolve.ts'

export const digestFor = (text: string): string => createHash('sha256').update(text).digest('hex')

interface Version {
  readonly version: number
  readonly tags?: readonly string[]
  readonly architecture?: Architecture
  readonly features?: readonly string[]
}

interface Small {
  readonly images?: readonly { readonly name: string; readonly versions: readonly Version[] }[]
  readonly packages?: readonly (Pick<PackageVersionView, 'name' | 'version'> & Partial<PackageVersionView>)[]
  readonly profiles?: readonly string[]
  readonly bootBuilds?: readonly {
    readonly architecture: Architecture
    readonly number: number
    readonly variant?: string
    readonly isInUse?: boolean
  }[]
}

export interface SmallCatalogue extends CentralCatalogue {
  /** Only with what the items name. */
  onlyWith(items: readonly SiteItem[]): SmallCatalogue
}

export function smallCatalogue(small: Small): SmallCatalogue {
  const { images = [], packages = [], profiles = [], bootBuilds = [] } = small
  const shelf = packages.map(
    (each): PackageVersionView => ({
      order: 'semver',
      digest: digestFor(`package ${each.name} ${each.version}`),
      kind: 'folder',
      sizeBytes: 10,
      files: [],
      addedAt: '2026-01-01T00:00:00.000Z',
      ...each,
    }),
  )
  return {
    images: images.map(({ name, versions }) => ({
      name,
      versions: versions.map(({ version, tags = [], architecture, features }) => ({
        imageName: name,
        version,
        tags: [...tags],
        createdAt: `2026-01-${String(version).padStart(2, '0')}T00:00:00.000Z`,
        contentDigest: digestFor(`content ${name} ${version}`),
        manifestDigest: digestFor(`manifest ${name} ${version}`),
        usedBytes: 1000 * version,
        ...(architecture === undefined ? {} : { architecture }),
        ...(features === undefined ? {} : { features: [...features] }),
      })),
    })),
    choosePackages(query) {
      const found = resolve(query, shelf)
      return found.kind === 'refused' ? found : { kind: 'resolved', packages: found.packages }
    },
    packageOf: (name, version) => shelf.find((each) => each.name === name && each.version === version),
    profileOf: (name) => (profiles.includes(name) ? { revision: digestFor(`profile ${name}`), sizeBytes: 5 } : undefined),
    bootBuilds: bootBuilds.map(({ isInUse = false, ...build }) => ({
      ...build,
      isInUse,
      digest: digestFor(`build ${build.architecture} ${build.number}`),
      sizeBytes: 100,
    })),
    onlyWith(items) {
      const has = (kind: string, name: string, version: string) =>
        items.some((each) => each.kind === kind && each.name === name && each.version === version)
      return smallCatalogue({
        images: images
          .map(({ name, versions }) => ({
            name,
            versions: versions.filter(({ version }) => has('image', name, String(version))),
          }))
          .filter(({ versions }) => versions.length > 0),
        packages: packages.filter(({ name, version }) => has('package', name, version)),
        profiles,
        bootBuilds: bootBuilds.filter(({ architecture, number }) => has('boot-build', architecture, String(number))),
      })
    },
  }
}
