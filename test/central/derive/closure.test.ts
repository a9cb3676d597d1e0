import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closureOf } from '../../../src/central/derive/closure.ts'
import { type KeptObject, objectsNow } from '../../../src/central/derive/objects-now.ts'
import type { CentralObject, Site } from '../../../src/contract/central/objects.ts'
import { digestFor, smallCatalogue } from './small-catalogue.ts'

const kept = (...objects: CentralObject[]): readonly KeptObject[] => objects.map((object) => ({ object, version: 1 }))
const paris: Site = { kind: 'site', name: 'paris', tags: ['edge'], functions: [{ name: 'web' }], architectures: ['x64'] }

const WEB: readonly CentralObject[] = [
  { kind: 'function', name: 'web', provides: ['web-server'], templates: ['site-conf'], files: ['motd'] },
  { kind: 'template', name: 'site-conf', to: '/etc/site.conf', text: 'x' },
  { kind: 'file', name: 'motd', to: '/etc/motd', text: 'hello' },
  {
    kind: 'distribution',
    name: 'debian-web',
    images: [{ image: 'debian-13', tag: 'stable' }],
    packages: [{ name: 'nginx', range: '^1' }],
    profiles: ['debian-13'],
  },
  { kind: 'distribution-profile', name: 'standard', entries: [{ function: 'web', distribution: 'debian-web' }] },
]

const catalogue = smallCatalogue({
  images: [
    { name: 'debian-13', versions: [{ version: 1 }, { version: 2, tags: ['stable'] }, { version: 3 }] },
    { name: 'kiosk-os', versions: [{ version: 7, features: ['browser'] }] },
  ],
  packages: [
    { name: 'nginx', version: '1.2.0', features: ['web-server'], requires: [{ name: 'libssl' }] },
    { name: 'libssl', version: '3.0.0' },
    { name: 'postgres', version: '16.0.0', features: ['database'] },
  ],
  profiles: ['debian-13'],
  bootBuilds: [
    { architecture: 'x64', number: 4 },
    { architecture: 'x64', number: 5 },
    { architecture: 'arm64', number: 2 },
  ],
})

const names = (site: Site, objects: readonly CentralObject[], others = {}) =>
  closureOf(site, objectsNow(kept(...objects), others), catalogue).closure.items.map(({ kind, name, version }) =>
    [kind, name, ...(version === undefined ? [] : [version])].join(' '),
  )

describe('closureOf', () => {
  it('has all that a function needs, most urgent first', () => {
    expect(names(paris, WEB)).toEqual([
      'boot-build x64 5',
      'site paris',
      'function web',
      'distribution-profile standard',
      'distribution debian-web',
      'template site-conf 1',
      'file motd 1',
      'image debian-13 2',
      'package libssl 3.0.0',
      'package nginx 1.2.0',
    ])
  })

  it('names who needs each thing', () => {
    const { items } = closureOf(paris, objectsNow(kept(...WEB)), catalogue).closure
    expect(items.find(({ kind }) => kind === 'image')?.why).toEqual(['distribution debian-web'])
    expect(items.find(({ kind }) => kind === 'distribution')?.why).toEqual(['function web by standard'])
  })

  it('carries a distribution by numbers', () => {
    const { closure, bodies } = closureOf(paris, objectsNow(kept(...WEB)), catalogue)
    const body = JSON.parse(bodies.get(closure.items.find(({ kind }) => kind === 'distribution')!.digest)!)
    expect(body.images).toEqual([{ architecture: 'x64', image: 'debian-13', version: 2 }])
  })

  it.each([
    { name: 'by its number', entry: { build: 4 }, number: 4 },
    { name: 'of a variant, the one in use', entry: { variant: 'wifi' }, number: 7 },
    { name: 'neither said: the one in use', entry: {}, number: 5 },
    { name: 'by its digest, whatever its number is here', entry: { build: 99, digest: digestFor('build x64 4') }, number: 4 },
  ])('names a build of the boot OS $name, and carries its digest', ({ entry, number }) => {
    const objects = WEB.map((each) =>
      each.kind === 'distribution' ? { ...each, bootBuilds: [{ architecture: 'x64' as const, ...entry }] } : each,
    )
    const builds = smallCatalogue({
      images: [{ name: 'debian-13', versions: [{ version: 2, tags: ['stable'], features: ['web-server'] }] }],
      packages: [{ name: 'nginx', version: '1.2.0' }],
      bootBuilds: [
        { architecture: 'x64', number: 4 },
        { architecture: 'x64', number: 5, isInUse: true },
        { architecture: 'x64', number: 6 },
        { architecture: 'x64', number: 7, variant: 'wifi', isInUse: true },
        { architecture: 'x64', number: 8, variant: 'wifi' },
      ],
    })
    const { closure, bodies } = closureOf(paris, objectsNow(kept(...objects)), builds)
    expect(closure.items.filter(({ kind }) => kind === 'boot-build').map(({ version }) => version)).toEqual([String(number)])
    const body = JSON.parse(bodies.get(closure.items.find(({ kind }) => kind === 'distribution')!.digest)!)
    expect(body.bootBuilds).toEqual([{ architecture: 'x64', build: number, digest: digestFor(`build x64 ${number}`) }])
  })

  it('takes profiles only to sites that build', () => {
    expect(names({ ...paris, builds: ['debian-13'] }, WEB)).toContain(`profile debian-13 ${digestFor('profile debian-13')}`)
  })

  it.each([
    {
      name: 'a function that is gone',
      objects: WEB.slice(1),
      lacks: ['there is no function web'],
    },
    {
      name: 'a distribution that is gone',
      objects: WEB.filter(({ kind }) => kind !== 'distribution'),
      lacks: ['there is no distribution debian-web, which function web by standard comes to'],
    },
    {
      name: 'a function that nothing speaks of',
      objects: WEB.filter(({ kind }) => kind !== 'distribution-profile'),
      lacks: ['function web: no distribution profile speaks of it on x64'],
    },
    {
      name: 'a template that is gone',
      objects: WEB.filter(({ kind }) => kind !== 'template'),
      lacks: ['function web names the template site-conf, which is not there'],
    },
    {
      name: 'features that nothing provides',
      objects: [{ kind: 'function' as const, name: 'web', provides: ['teleport'] }, ...WEB.slice(1)],
      lacks: [expect.stringContaining('function web on x64: no version of debian-13 will do')],
    },
  ])('says what it lacks: $name', ({ objects, lacks }) => {
    expect(closureOf(paris, objectsNow(kept(...objects)), catalogue).closure.lacks).toEqual(lacks)
  })

  it('has the classes and rules that are for the site, and what these need', () => {
    const classes = [
      { name: 'kiosk', selector: { tags: ['kiosk'] }, runs: [{ image: 'kiosk-os' }], sites: 'everywhere' as const },
      { name: 'rome-only', selector: { tags: ['x'] }, runs: [{ image: 'debian-13' }], sites: ['rome'] },
      { name: 'ours', selector: { tags: ['x'] } },
    ]
    const rules = [{ id: 'r1', macPrefixes: ['52:54'], sites: ['paris'] }]
    const found = names({ kind: 'site', name: 'paris', architectures: ['x64'] }, [], { classes, rules })
    expect(found).toEqual(['boot-build x64 5', 'site paris', 'class kiosk', 'rule r1', 'image kiosk-os 7'])
  })
})

/** Small worlds of central objects: some names exist, some are only spoken of. */
const NAMES = ['a', 'b', 'c'] as const
const name = fc.constantFrom(...NAMES)
const image = fc.constantFrom('debian-13', 'kiosk-os')
const condition = fc.record(
  {
    architecture: fc.constantFrom('x64' as const, 'arm64' as const),
    model: fc.constantFrom('Dell*', 'Box'),
    siteTag: fc.constantFrom('edge', 'lab'),
    ring: fc.constantFrom('one', 'two'),
  },
  { requiredKeys: [] },
)
const world = fc.record({
  functions: fc.uniqueArray(
    fc.record({ kind: fc.constant('function' as const), name, provides: fc.subarray(['web-server', 'browser']) }),
    { selector: (each) => each.name },
  ),
  distributions: fc.uniqueArray(
    fc.record({
      kind: fc.constant('distribution' as const),
      name,
      images: fc.array(fc.record({ image }), { maxLength: 1 }),
      packages: fc.subarray([{ name: 'nginx' }, { name: 'postgres' }]),
    }),
    { selector: (each) => each.name },
  ),
  profiles: fc.uniqueArray(
    fc.record(
      {
        kind: fc.constant('distribution-profile' as const),
        name,
        entries: fc.array(
          fc.record({ function: name, distribution: name, when: condition, priority: fc.integer({ min: -1, max: 1 }) }),
          { maxLength: 4 },
        ),
        default: name,
      },
      { requiredKeys: ['kind', 'name', 'entries'] },
    ),
    { selector: (each) => each.name },
  ),
  site: fc.record(
    {
      kind: fc.constant('site' as const),
      name: fc.constant('paris'),
      tags: fc.subarray(['edge', 'lab']),
      ring: fc.constantFrom('one', 'two'),
      functions: fc.uniqueArray(fc.record({ name }), { selector: (each) => each.name }),
      architectures: fc.subarray(['x64' as const, 'arm64' as const], { minLength: 1 }),
      models: fc.subarray(['Dell 1', 'Box'], { minLength: 1 }),
    },
    { requiredKeys: ['kind', 'name', 'functions'] },
  ),
})

const all = ({ functions, distributions, profiles, site }: typeof world extends fc.Arbitrary<infer W> ? W : never) => [
  ...functions,
  ...distributions,
  ...profiles,
  site,
]

describe('properties of the closure', () => {
  it('is the same whatever the order of what is kept', () => {
    fc.assert(
      fc.property(
        world.chain((made) => fc.tuple(fc.constant(made), fc.shuffledSubarray(all(made), { minLength: all(made).length }))),
        ([made, shuffled]) => {
          const one = closureOf(made.site, objectsNow(kept(...all(made))), catalogue)
          expect(closureOf(made.site, objectsNow(kept(...shuffled)), catalogue)).toEqual(one)
        },
      ),
    )
  })

  it('misses nothing: what travels gives the same closure again where it arrives', () => {
    fc.assert(
      fc.property(world, (made) => {
        const { closure, bodies } = closureOf(made.site, objectsNow(kept(...all(made))), catalogue)
        const arrived = closure.items.flatMap(({ digest }) => {
          const body = bodies.get(digest)
          return body === undefined ? [] : [JSON.parse(body) as CentralObject]
        })
        const there = closureOf(made.site, objectsNow(kept(...arrived)), catalogue.onlyWith(closure.items)).closure
        expect(there.items).toEqual(closure.items)
      }),
    )
  })

  it('has nothing extra: without any one item something is lacking, or it comes out smaller', () => {
    fc.assert(
      fc.property(world, (made) => {
        const { closure } = closureOf(made.site, objectsNow(kept(...all(made))), catalogue)
        for (const item of closure.items) expect(item.why.length).toBeGreaterThan(0)
        const software = closure.items.filter(({ kind }) => kind === 'image' || kind === 'package')
        for (const each of software) {
          const less = catalogue.onlyWith(closure.items.filter((other) => other !== each))
          const without = closureOf(made.site, objectsNow(kept(...all(made))), less).closure
          expect(without.items).not.toEqual(closure.items)
        }
      }),
    )
  })

  it('does not change by an object that does not concern the site', () => {
    const unrelated: readonly CentralObject[] = [
      { kind: 'function', name: 'other', provides: ['database'] },
      { kind: 'distribution', name: 'other', images: [{ image: 'debian-13' }], packages: [{ name: 'postgres' }] },
      { kind: 'template', name: 'other', to: '/x/y', text: 'z' },
      { kind: 'site', name: 'rome', functions: [{ name: 'a' }, { name: 'other' }] },
    ]
    fc.assert(
      fc.property(world, fc.subarray([...unrelated], { minLength: 1 }), (made, more) => {
        const before = closureOf(made.site, objectsNow(kept(...all(made))), catalogue).closure
        // Also an entry of a profile that is there, for a function that the site does not have.
        const wider = all(made).map((each) =>
          each.kind === 'distribution-profile'
            ? { ...each, entries: [...each.entries, { function: 'other', distribution: 'other' }] }
            : each,
        )
        expect(closureOf(made.site, objectsNow(kept(...wider, ...more)), catalogue).closure).toEqual(before)
      }),
    )
  })
})
