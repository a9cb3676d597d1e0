// A package that somebody wants stays, whoever it is: for every shelf, what is left when all the others are gone gives the same answer.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NodeClass } from '../../../src/contract/operator-api.ts'
import type { PackageVersionView, PackageView, ResolveQuery } from '../../../src/contract/package.ts'
import type { Architecture } from '../../../src/contract/values.ts'
import type { Wanted } from '../../../src/contract/wanted.ts'
import { resolve } from '../../../src/library/package/resolve.ts'
import { newestFirst } from '../../../src/library/package/shelf.ts'
import type { NodeRecord } from '../../../src/orchestrator/node/record.ts'
import { mergeWanted } from '../../../src/orchestrator/wanted/merge.ts'
import { type Catalogue, type Resolution, resolveWanted } from '../../../src/orchestrator/wanted/resolve.ts'
import { WantedPackages } from '../../../src/orchestrator/wanted/wanted-packages.ts'
import { inventoryOf } from '../../fakes/inventories.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'
import { bringPackage } from '../../fakes/scene-packages.ts'

const versionOf = (given: Pick<PackageVersionView, 'name' | 'version'> & Partial<PackageVersionView>): PackageVersionView => ({
  order: 'semver',
  kind: 'folder',
  digest: '0'.repeat(64),
  sizeBytes: 1,
  files: [],
  addedAt: '2026-01-01T00:00:00.000Z',
  ...given,
})

const NAMES = ['a', 'b', 'c']
const name = fc.constantFrom(...NAMES)
const relation = fc.record({ name, range: fc.constantFrom('*', '^1', '>=2', '<3', '=2.0.0') })
const shelves = fc.uniqueArray(
  fc
    .record({
      name,
      version: fc.constantFrom('1.0.0', '2.0.0', '3.0.0'),
      requires: fc.array(relation, { maxLength: 1 }),
      conflicts: fc.array(relation, { maxLength: 1 }),
      features: fc.array(fc.constantFrom('web', 'mail'), { maxLength: 1 }),
      architectures: fc.constantFrom<Architecture[]>(['x64'], ['arm64'], ['x64', 'arm64']),
      models: fc.constantFrom<string[]>(['*'], ['Large 1'], ['Small*']),
    })
    .map(versionOf),
  { selector: (each) => `${each.name} ${each.version}`, maxLength: 9 },
)
const wishes = fc.record({
  packages: fc.uniqueArray(relation, { selector: (each) => each.name, maxLength: 2 }),
  features: fc.subarray(['web', 'mail'] as const).map((all) => [...all]),
  withImage: fc.boolean(),
})
const machines = fc.record({
  architecture: fc.constantFrom<Architecture>('x64', 'arm64'),
  product: fc.constantFrom(undefined, 'Large 1', 'Small'),
})

/** As the appliance knows them: two versions of one image, of which one provides something. */
function catalogueOf(shelf: readonly PackageVersionView[]): Catalogue {
  const version = { imageName: 'os', tags: [], contentDigest: '', usedBytes: 1, createdAt: '' }
  return {
    images: [
      {
        name: 'os',
        versions: [
          { ...version, version: 1, features: ['mail'] },
          { ...version, version: 2 },
        ],
      },
    ],
    choosePackages: (query: ResolveQuery) => {
      const found = resolve(query, shelf)
      return found.kind === 'refused' ? found : { kind: 'resolved', packages: found.packages }
    },
  }
}

const meaningOf = (found: Resolution) =>
  found.kind === 'resolved'
    ? { image: found.image, packages: found.packages.map(({ name, version }) => `${name} ${version}`) }
    : { kind: found.kind }

const viewsOf = (shelf: readonly PackageVersionView[]): readonly PackageView[] =>
  NAMES.map((each) => ({ name: each, versions: shelf.filter((one) => one.name === each).sort(newestFirst) }))

type Machine = { readonly architecture: Architecture; readonly product: string | undefined }
const WISHERS = ['node', 'class', 'function', 'roll-out'] as const

/** The wish as each kind of wisher has it, and what a machine that it speaks of comes to. */
function sceneOf(by: (typeof WISHERS)[number], wish: Wanted, machine: Machine) {
  const { product, architecture } = machine
  const inventory = inventoryOf(1, { architecture, smbios: product === undefined ? {} : { product } })
  const node = { id: '1', name: 'node-1', inventory, ...(by === 'node' ? { wanted: wish } : {}) } as NodeRecord
  const said: Wanted = by === 'function' ? { function: { name: 'serve' } } : wish
  const meaning = () => ({ kind: 'means', wanted: wish, from: 'function serve' }) as const
  const classes: readonly NodeClass[] =
    by === 'class' || by === 'function' ? [{ name: 'web', selector: { tags: ['web'] }, ...said }] : []
  const comesTo = (shelf: readonly PackageVersionView[]) => {
    const wants = mergeWanted({ node: { name: 'any' }, classes: [{ name: 'any', ...wish }] })
    return resolveWanted(wants, { architecture, firmware: 'bios', model: product }, catalogueOf(shelf))
  }
  const wanted = (shelf: readonly PackageVersionView[]) =>
    new WantedPackages({
      nodes: () => (by === 'node' ? [node] : []),
      standingOf: () => {
        const wants = mergeWanted({ node, classes: [] })
        return { wants, resolution: resolveWanted(wants, { architecture, firmware: 'bios', model: product }, catalogueOf(shelf)) }
      },
      classes: () => classes,
      rollOuts: () => (by === 'roll-out' ? [{ value: wish, from: 'a roll-out' }] : []),
      catalogue: () => catalogueOf(shelf),
      packages: () => viewsOf(shelf),
      functions: { meaningOf: meaning },
      changeCount: () => 1,
    })
  return { comesTo, wanted }
}

describe.each(WISHERS)('what a %s wants', (by) => {
  it('stays, and what goes changes nothing for its machines', () => {
    fc.assert(
      fc.property(shelves, wishes, machines, (shelf, { packages, features, withImage }, machine) => {
        const wish: Wanted = { packages, features, ...(withImage ? { runs: [{ image: 'os' }] } : {}) }
        const { comesTo, wanted } = sceneOf(by, wish, machine)
        const uses = wanted(shelf)
        const left = shelf.filter((each) => uses.whoWants(each.name, each.version) !== undefined)
        const before = comesTo(shelf)
        const after = comesTo(left)
        expect(meaningOf(after)).toEqual(meaningOf(before))
      }),
      { numRuns: 300 },
    )
  })

  it('goes when nobody wants it', () => {
    const shelf = ['1.0.0', '2.0.0'].map((version) => versionOf({ name: 'a', version }))
    const { wanted } = sceneOf(by, { packages: [{ name: 'a' }] }, { architecture: 'x64', product: undefined })
    expect(shelf.map(({ version }) => wanted(shelf).whoWants('a', version) !== undefined)).toEqual([false, true])
  })

  it('stays while it cannot be had: its image is not there yet', () => {
    const shelf = ['1.0.0', '2.0.0'].map((version) => versionOf({ name: 'a', version }))
    const wish = { runs: [{ image: 'to-come' }], packages: [{ name: 'a', range: '=1.0.0' }] }
    const { wanted } = sceneOf(by, wish, { architecture: 'x64', product: undefined })
    expect(wanted(shelf).whoWants('a', '1.0.0')).toBeDefined()
  })
})

it('a class without machines keeps its package, in words; when it wants no more, the package can go', async () => {
  await using scene = await OrchestratorScene.open()
  for (const version of ['1.0', '2.0']) await bringPackage(scene, 'agent', version)
  const set = (more: object) => scene.operator('PUT', '/classes/web', { selector: { tags: ['web'] }, ...more })
  const remove = (version: string) => scene.operator<{ message: string }>('DELETE', `/packages/agent/versions/${version}`)
  await set({ packages: [{ name: 'agent', range: '= 1.0' }] })
  expect((await remove('1.0')).body).toMatchObject({ code: 'PACKAGE_IN_USE', message: 'agent 1.0 stays: class web wants it' })
  expect((await remove('2.0')).status).toBe(204)
  await set({})
  expect((await remove('1.0')).status).toBe(204)
})
