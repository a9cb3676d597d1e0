// What a wish of a class or a node does not work without. Pure.
import type { Wanted } from '../../contract/wanted.ts'
import type { Need } from '../../library/index.ts'

const ARCHITECTURES = ['x64', 'arm64'] as const

export function wantedNeeds({ runs = [], packages = [], features = [], bootOs }: Wanted): readonly Need[] {
  const images = runs.map(({ image, version, tag }): Need => {
    if (version !== undefined) return { kind: 'image', name: `${image}@${version}` }
    return tag === undefined ? { kind: 'newest-image', imageName: image } : { kind: 'tag', name: `${image}:${tag}` }
  })
  const architectures = [...new Set(runs.flatMap(({ architecture }) => architecture ?? []))]
  const isEveryType = runs.some(({ architecture }) => architecture === undefined)
  const { build } = bootOs ?? {}
  const builds = build === undefined ? [] : ARCHITECTURES.map((type): Need => ({ kind: 'boot-build', name: `${type}@${build}` }))
  return [...images, ...builds, { kind: 'packages-for', packages, features, architectures: isEveryType ? [] : architectures }]
}
