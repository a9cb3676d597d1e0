// What goes into a bundle: what was asked for, and what that needs, and what that needs again. Touches nothing but what the things tell.
import { hash } from 'node:crypto'
import { BUNDLE_KINDS, type BundleEntry, type BundleKind } from '../../contract/bundle.ts'
import { AppError } from '../../contract/errors.ts'
import type { Architecture } from '../../contract/values.ts'
import type { ImageService } from '../image/image-service.ts'
import type { Packages } from '../package/packages.ts'
import type { BundleThing, Need, Taken } from './kind.ts'

export interface Chosen {
  readonly entry: BundleEntry
  /** Where its files lie now, by digest. */
  readonly paths: ReadonlyMap<string, string>
}

export type Things = ReadonlyMap<BundleKind, BundleThing>

interface SelectionDeps {
  readonly things: Things
  readonly images: Pick<ImageService, 'list'>
  readonly packages: Pick<Packages, 'resolve' | 'list'>
}

const ARCHITECTURES: readonly Architecture[] = ['x64', 'arm64']

/** In the order in which they are installed. wishes: "class:lab"; none: everything. Throws BUNDLE_SELECTION_UNKNOWN. */
export async function choose(wishes: readonly string[], deps: SelectionDeps): Promise<readonly Chosen[]> {
  const { things } = deps
  const waiting = wishes.length === 0 ? everything(things) : wishes.flatMap((wish) => wished(wish, things))
  const chosen = new Map<string, Chosen>()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { kind, name } = next
    if (chosen.has(`${kind} ${name}`)) continue
    const taken = await things.get(kind)?.take(name)
    if (taken === undefined) continue
    chosen.set(`${kind} ${name}`, chosenOf(next, taken))
    for (const need of taken.needs ?? []) waiting.push(...namesOf(need, deps))
  }
  const rank = ({ kind }: BundleEntry) => BUNDLE_KINDS.indexOf(kind)
  return [...chosen.values()].sort(({ entry: a }, { entry: b }) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
}

/** Of a manifest only what it is called by: all of them at once may be more than the memory holds. */
function chosenOf({ kind, name }: Named, { value, leftOut = [], manifest, files = [] }: Taken): Chosen {
  const blobs = new Map(files.map(({ digest, sizeBytes }) => [digest, { digest, sizeBytes }]))
  return {
    entry: {
      kind,
      name,
      value,
      ...(leftOut.length === 0 ? {} : { leftOut: [...leftOut] }),
      ...(manifest === undefined ? {} : { manifest: { digest: hash('sha256', manifest, 'hex'), sizeBytes: manifest.length } }),
      ...(blobs.size === 0 ? {} : { files: [...blobs.values()] }),
    },
    paths: new Map(files.map(({ digest, path }) => [digest, path])),
  }
}

interface Named {
  readonly kind: BundleKind
  readonly name: string
}

const everything = (things: Things): Named[] =>
  [...things.values()].flatMap(({ kind, names }) => names().map((name) => ({ kind, name })))

/** image:web means all its versions and tags, as package:curl means all of its. */
function wished(wish: string, things: Things): Named[] {
  const at = wish.indexOf(':')
  const [kind, wanted] = [wish.slice(0, at), wish.slice(at + 1)]
  const found = [...things.values()].flatMap((thing) => {
    const isTagOf = kind === 'image' && thing.kind === 'tag'
    if (thing.kind !== kind && !isTagOf) return []
    const fits = (name: string) => (isTagOf ? name.startsWith(`${wanted}:`) : name === wanted || name.startsWith(`${wanted}@`))
    return thing
      .names()
      .filter(fits)
      .map((name) => ({ kind: thing.kind, name }))
  })
  if (found.length > 0) return found
  const kinds = BUNDLE_KINDS.join(', ')
  throw new AppError(
    'BUNDLE_SELECTION_UNKNOWN',
    `there is nothing here that "${wish}" names`,
    `Say KIND:NAME, such as class:lab, image:web@3 or package:curl; kinds are ${kinds}.`,
  )
}

function namesOf(need: Need, deps: SelectionDeps): readonly Named[] {
  switch (need.kind) {
    case 'newest-image': {
      const newest = deps.images
        .list()
        .find(({ name }) => name === need.imageName)
        ?.versions.at(-1)
      return newest === undefined ? [] : [{ kind: 'image', name: `${newest.imageName}@${newest.version}` }]
    }
    case 'packages-for':
      return packagesFor(need, deps)
    default:
      return [need]
  }
}

/** With what they require. Where the resolver finds no set that fits every machine of a type, all versions of what is named. */
function packagesFor(
  { packages, features, architectures }: Extract<Need, { kind: 'packages-for' }>,
  deps: SelectionDeps,
): readonly Named[] {
  if (packages.length === 0 && features.length === 0) return []
  return (architectures.length === 0 ? ARCHITECTURES : architectures).flatMap((architecture) => {
    const resolved = deps.packages.resolve({ packages: [...packages], features: [...features], architecture })
    const versions =
      resolved.kind === 'resolved'
        ? resolved.packages
        : deps.packages
            .list()
            .filter(({ name }) => packages.some((wanted) => wanted.name === name))
            .flatMap((each) => each.versions)
    return versions.map(({ name, version }) => ({ kind: 'package' as const, name: `${name}@${version}` }))
  })
}
