// From wanted to difference: who wins, which candidates lose and why, and what is always true.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Present } from '../../../src/contract/present.ts'
import type { Wanted, WantedImage } from '../../../src/contract/wanted.ts'
import { differenceOf } from '../../../src/orchestrator/wanted/difference.ts'
import { mergeWanted } from '../../../src/orchestrator/wanted/merge.ts'
import { type Catalogue, type ResolvableVersion, resolveWanted } from '../../../src/orchestrator/wanted/resolve.ts'

const AT = '2026-01-02T03:04:05.000Z'
const digest = (name: string, version: number) => `${name}-${version}`

function version(imageName: string, number: number, more: Partial<ResolvableVersion> = {}): ResolvableVersion {
  const contentDigest = digest(imageName, number)
  return { imageName, version: number, tags: [], createdAt: AT, contentDigest, usedBytes: 100 * number, ...more }
}

/** Packages by name; each provides what it is called. */
const catalogueOf = (versions: readonly ResolvableVersion[], packages: readonly string[] = []): Catalogue => ({
  images: [...new Set(versions.map(({ imageName }) => imageName))].map((name) => ({
    name,
    versions: versions.filter((each) => each.imageName === name),
  })),
  choosePackages({ packages: wished, features = [] }) {
    const names = [...new Set([...wished.map(({ name }) => name), ...features])]
    const lacking = names.filter((name) => !packages.includes(name))
    return lacking.length > 0
      ? { kind: 'refused', reasons: lacking.map((name) => `nothing provides ${name}`) }
      : { kind: 'resolved', packages: names.map((name) => ({ name, version: '1', sizeBytes: 7 })) }
  },
})

const MACHINE = { architecture: 'x64', firmware: 'uefi', model: undefined } as const
const resolve = (wanted: Wanted, catalogue: Catalogue) =>
  resolveWanted(mergeWanted({ node: { name: 'n', wanted }, classes: [] }), MACHINE, catalogue)

describe('who says what a node should run', () => {
  const runs = (image: string): WantedImage[] => [{ image }]
  const classes = [
    { name: 'a', features: ['web'], enforce: 'at-boot' },
    { name: 'b', runs: runs('of-b'), enforce: 'off', packages: [{ name: 'p' }] },
  ] as const satisfies readonly ({ name: string } & Wanted)[]

  it.each<{ says: string; own?: Wanted; rollOut?: string; want: object }>([
    {
      says: 'its classes, field by field, the first by name that says it',
      want: { runs: { from: 'class b' }, enforce: { value: 'at-boot', from: 'class a' }, packages: { from: 'class b' } },
    },
    { says: 'itself before them', own: { runs: runs('own') }, want: { runs: { value: runs('own'), from: 'node n' } } },
    { says: 'a roll-out before a class', rollOut: 'new', want: { runs: { value: runs('new'), from: 'roll-out' } } },
    {
      says: 'itself before a roll-out',
      own: { runs: runs('own') },
      rollOut: 'new',
      want: { runs: { value: runs('own'), from: 'node n' } },
    },
    { says: 'nothing of an empty wish', own: {}, want: { runs: { from: 'class b' } } },
  ])('$says', ({ own, rollOut, want }) => {
    const said = rollOut === undefined ? {} : { rollOut: { value: { runs: [{ image: rollOut }] }, from: 'roll-out' } }
    expect(mergeWanted({ node: { name: 'n', ...(own && { wanted: own }) }, classes, ...said })).toMatchObject(want)
  })

  it('asks for the features of the machine beside those that are said of it', () => {
    const node = { name: 'n', askedFeatures: ['db', 'web'], inventory: { features: ['gpu'] } }
    expect(mergeWanted({ node, classes }).features.map(({ value, from }) => `${value}: ${from}`)).toEqual([
      'web: class a',
      'db: the machine itself',
      'gpu: the machine itself',
    ])
  })
})

describe('the newest that provides all that is asked for', () => {
  const catalogue = catalogueOf(
    [
      version('debian', 1, { features: ['web', 'db'] }),
      version('debian', 2, { features: ['web'] }),
      version('debian', 3, { architecture: 'arm64', features: ['web', 'db'] }),
      version('other', 1, { features: ['gpu'] }),
    ],
    ['db'],
  )

  it.each<{ says: string; wanted: Wanted; catalogue?: Catalogue; want: object }>([
    {
      says: 'is a newer image with a package rather than an older one alone',
      wanted: { runs: [{ image: 'debian' }], features: ['web', 'db'] },
      want: {
        image: { version: 2 },
        packages: [{ name: 'db' }],
        candidates: [{ what: 'debian version 3', lost: 'it starts on arm64, not on x64' }, { what: 'debian version 2' }],
      },
    },
    {
      says: 'is the older one where no package helps',
      wanted: { runs: [{ image: 'debian' }], features: ['web', 'db'] },
      catalogue: catalogueOf([version('debian', 1, { features: ['web', 'db'] }), version('debian', 2, { features: ['web'] })]),
      want: { image: { version: 1 }, candidates: [{ lost: 'nothing provides db' }, { what: 'debian version 1' }] },
    },
    { says: 'of any image when nobody names one', wanted: { features: ['gpu'] }, want: { image: { imageName: 'other' } } },
    {
      says: 'is none when nothing provides it',
      wanted: { features: ['nope'] },
      want: { kind: 'unmet', reason: 'there is no image that provides any of nope' },
    },
    {
      says: 'is none when the version that is named does not start there',
      wanted: { runs: [{ image: 'debian', version: 3 }] },
      want: { kind: 'unmet', reason: 'no version of debian will do: debian version 3: it starts on arm64, not on x64' },
    },
    {
      says: 'is none for a processor type that nobody names',
      wanted: { runs: [{ architecture: 'arm64', image: 'debian' }] },
      want: { kind: 'unmet', reason: 'node n names no image for x64' },
    },
    { says: 'is nothing when nobody wants anything', wanted: {}, want: { kind: 'nothing' } },
  ])('$says', ({ wanted, want, catalogue: other = catalogue }) => {
    expect(resolve(wanted, other)).toMatchObject(want)
  })

  it('always starts there, is never older than another that would do, and says why each newer one lost', () => {
    const features = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 })
    const versions = fc.array(fc.record({ features, architecture: fc.constantFrom('x64', 'arm64', undefined) }), { maxLength: 6 })
    fc.assert(
      fc.property(versions, features, features, (made, wish, packages) => {
        const all = made.map(({ architecture, ...each }, index) =>
          version('i', index + 1, { ...each, ...(architecture && { architecture: architecture as 'x64' }) }),
        )
        const does = (each: ResolvableVersion) =>
          each.architecture !== 'arm64' && wish.every((name) => each.features?.includes(name) || packages.includes(name))
        const found = resolve({ runs: [{ image: 'i' }], features: wish }, catalogueOf(all, packages))
        const best = all.findLast(does)
        if (found.kind !== 'resolved') {
          expect(best).toBeUndefined()
          return
        }
        expect(found.image?.version).toBe(best?.version)
        expect(found.candidates.filter(({ lost }) => lost !== undefined)).toHaveLength(all.length - best!.version)
      }),
    )
  })
})

describe('the difference', () => {
  const catalogue = catalogueOf([version('debian', 1), version('debian', 2)], ['db', 'web'])
  const resolved = resolve({ runs: [{ image: 'debian' }], packages: [{ name: 'db' }] }, catalogue)
  const seen = { said: 'boot-os', at: AT, packages: [{ name: 'db', version: '1' }] } as const
  const good = (more: Partial<Present> = {}): Present => ({
    record: 'good',
    image: { name: 'debian', version: 2, digest: digest('debian', 2) },
    ...seen,
    packages: [...seen.packages],
    ...more,
  })

  it.each<{ says: string; present?: Present; installed?: { imageName: string; version: number }; want: object }>([
    { says: 'none when all was proven', present: good(), want: { kind: 'none' } },
    {
      says: 'another version',
      present: good({ image: { name: 'debian', version: 1, digest: 'x' } }),
      want: { kind: 'image', words: 'debian version 1', bytes: 207 },
    },
    {
      says: 'the same number with another content',
      present: good({ image: { name: 'debian', version: 2, digest: 'x' } }),
      want: { kind: 'image', words: 'debian version 2 with another content' },
    },
    {
      says: 'a package that is not there, one that changed, one that is wanted no more',
      present: good({
        packages: [
          { name: 'db', version: '0' },
          { name: 'old', version: '3' },
        ],
      }),
      want: { kind: 'packages', words: 'old 3 goes, db 0 becomes 1', bytes: 7 },
    },
    {
      says: 'whatever the record is not good for, above what the appliance remembers',
      present: { record: 'edited', ...seen, packages: [] },
      installed: { imageName: 'debian', version: 2 },
      want: { kind: 'image', words: 'nothing that it can prove: the record on its disk was edited' },
    },
    { says: 'nothing that was verified', want: { kind: 'image', words: 'nothing that was verified' } },
    {
      says: 'what the last deploy left, when the machine said nothing yet',
      installed: { imageName: 'debian', version: 1 },
      want: { kind: 'image', words: 'debian version 1' },
    },
  ])('is $says', ({ present, installed, want }) => {
    expect(differenceOf(resolved, { ...(present && { present }), ...(installed && { installed }) })).toMatchObject(want)
  })
})
