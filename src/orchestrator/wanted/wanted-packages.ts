// Which versions of packages somebody wants although no disk has them yet: what each known node comes to, and what each class would come to on
// any machine that it may speak of. From memory; so a package that is only wanted is not removed before it is installed.
import type { NodeClass } from '../../contract/operator-api.ts'
import type { PackageRelation, PackageVersionView, PackageView } from '../../contract/package.ts'
import type { Architecture, Firmware } from '../../contract/values.ts'
import type { Wanted } from '../../contract/wanted.ts'
import { meetsRelation, unfitFor } from '../../library/index.ts'
import type { NodeRecord } from '../node/record.ts'
import type { FunctionDesk, FunctionMachine } from './function-desk.ts'
import { mergeWanted, type NodeWants, type Said } from './merge.ts'
import { type Catalogue, type Resolution, resolveWanted } from './resolve.ts'

interface WantedPackagesDeps {
  readonly nodes: () => Iterable<NodeRecord>
  readonly standingOf: (node: NodeRecord) => { readonly wants: NodeWants; readonly resolution: Resolution }
  readonly classes: () => readonly NodeClass[]
  /** What the roll-outs that are not over bring to nodes, and what they would put back. */
  readonly rollOuts: () => Iterable<Said<Wanted>>
  readonly catalogue: () => Catalogue
  readonly packages: () => readonly PackageView[]
  readonly functions?: Pick<FunctionDesk, 'meaningOf'> | undefined
  /** Grows with each change of what classes, roll-outs and functions say, and of images and packages. */
  readonly changeCount: () => number
}

/** "NAME VERSION" -> why. */
type Wishes = ReadonlyMap<string, string>

export class WantedPackages {
  readonly #deps: WantedPackagesDeps
  #made: { readonly changes: number; readonly wishes: Wishes } | undefined

  constructor(deps: WantedPackagesDeps) {
    this.#deps = deps
  }

  /** Why the version must stay; undefined: nobody wants it. */
  whoWants(name: string, version: string): string | undefined {
    const key = `${name} ${version}`
    return this.#wishesWithoutNodes().get(key) ?? this.#nodeThatWants(name, version)
  }

  #nodeThatWants(name: string, version: string): string | undefined {
    const { nodes, standingOf, packages } = this.#deps
    const views = packages()
    for (const node of nodes()) {
      const { wants, resolution } = standingOf(node)
      const wished = [...packagesOf(resolution), ...named(wants.packages?.value, views, node.inventory)]
      if (wished.some((each) => each.name === name && each.version === version)) return `${node.name} should have it`
    }
    return undefined
  }

  #wishesWithoutNodes(): Wishes {
    const changes = this.#deps.changeCount()
    if (this.#made?.changes !== changes) this.#made = { changes, wishes: this.#compute() }
    return this.#made.wishes
  }

  #compute(): Wishes {
    const { classes, rollOuts, catalogue, packages, functions } = this.#deps
    const views = packages()
    const known = catalogue()
    const wishes = new Map<string, string>()
    const add = (each: { readonly name: string; readonly version: string }, from: string) => {
      const key = `${each.name} ${each.version}`
      if (!wishes.has(key)) wishes.set(key, `${from} wants it`)
    }
    const speakers = [
      ...classes().map((each) => ({ from: `class ${each.name}`, said: each as Wanted, machines: machinesOf(each, views) })),
      ...[...rollOuts()].map(({ value, from }) => ({ from, said: value, machines: machinesOf(undefined, views) })),
    ]
    for (const { from, said, machines } of speakers)
      for (const machine of machines) {
        const wants = mergeWanted({
          node: { name: 'any' },
          classes: [{ ...said, name: 'any' }],
          ...(functions === undefined ? {} : { meaningOf: (wish) => functions.meaningOf(wish, machine) }),
        })
        const { architecture, firmware, smbios } = machine
        const resolution = resolveWanted(wants, { architecture, firmware, model: smbios.product }, known)
        const wished = [...packagesOf(resolution), ...named(wants.packages?.value, views, machine)]
        for (const each of wished) add(each, from)
      }
    return wishes
  }
}

const packagesOf = (resolution: Resolution) => (resolution.kind === 'resolved' ? resolution.packages : [])

/** What a relation names today, whether it can be had or not: one that cannot is waited for, and must not lose what it asked for meanwhile. */
function named(
  relations: readonly PackageRelation[] | undefined,
  views: readonly PackageView[],
  { architecture, smbios }: Pick<FunctionMachine, 'architecture' | 'smbios'>,
): readonly PackageVersionView[] {
  const on = { architecture, ...(smbios.product === undefined ? {} : { model: smbios.product }) }
  return (relations ?? []).flatMap((relation) => {
    const versions = views.find(({ name }) => name === relation.name)?.versions ?? []
    return versions.find((each) => meetsRelation(each, relation) && unfitFor(each, on) === undefined) ?? []
  })
}

const ARCHITECTURES: readonly Architecture[] = ['x64', 'arm64']
const FIRMWARES: readonly Firmware[] = ['bios', 'uefi']

/** One machine of each kind that packages tell apart. It is large enough for any function. */
function machinesOf(nodeClass: NodeClass | undefined, views: readonly PackageView[]): readonly FunctionMachine[] {
  const { architecture, firmware, product } = nodeClass?.selector ?? {}
  const patterns = views.flatMap(({ versions }) => versions.flatMap(({ models = [] }) => models))
  const products = product === undefined ? [undefined, ...new Set(patterns.map((each) => each.replaceAll('*', '')))] : [product]
  const architectures = architecture === undefined ? ARCHITECTURES : [architecture]
  return architectures.flatMap((type) =>
    (firmware === undefined ? FIRMWARES : [firmware]).flatMap((by) =>
      products.map((name) => ({
        ...LARGE,
        architecture: type,
        firmware: by,
        smbios: name === undefined ? {} : { product: name },
      })),
    ),
  )
}

const LARGE: Pick<FunctionMachine, 'memoryBytes' | 'disks'> = {
  memoryBytes: Number.MAX_SAFE_INTEGER,
  disks: [
    {
      devicePath: 'any',
      sizeBytes: Number.MAX_SAFE_INTEGER,
      logicalSectorBytes: 512,
      physicalSectorBytes: 512,
      isRotational: false,
      isRemovable: false,
      isReadOnly: false,
    },
  ],
}
