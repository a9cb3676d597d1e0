// Laws of the resolver, for every shelf: held against all sets that there are.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ResolveQuery } from '../../../src/contract/package.ts'
import type { Architecture } from '../../../src/contract/values.ts'
import { resolve } from '../../../src/library/package/resolve.ts'
import { type Candidate, clash, meets, newestFirst } from '../../../src/library/package/shelf.ts'

type Given = Partial<Candidate> & Pick<Candidate, 'name' | 'version'>

const candidate = (given: Given): Candidate => ({
  order: 'semver',
  kind: 'folder',
  digest: '0'.repeat(64),
  sizeBytes: 1,
  ...given,
})
const asked = (query: Partial<ResolveQuery>): ResolveQuery => ({ packages: [], architecture: 'x64', ...query })

const NAMES = ['a', 'b', 'c', 'd']
const name = fc.constantFrom(...NAMES)
const range = fc.constantFrom('*', '>=2', '<2', '^1', '<=3', '3')
const relation = fc.record({ name, range })
const shelfOf = (withProvides: boolean) =>
  fc.uniqueArray(
    fc.record({
      name,
      version: fc.constantFrom('1.0.0', '2.0.0', '3.0.0'),
      requires: fc.array(fc.record({ name, range, or: fc.array(relation, { maxLength: 1 }) }), { maxLength: 2 }),
      conflicts: fc.array(relation, { maxLength: 1 }),
      provides: withProvides
        ? fc.array(fc.record({ name, version: fc.constantFrom('1.0.0', '2.0.0') }), { maxLength: 1 })
        : fc.constant<never[]>([]),
      features: withProvides ? fc.array(fc.constantFrom('f', 'g'), { maxLength: 1 }) : fc.constant<never[]>([]),
      architectures: fc.constantFrom<Architecture[]>(['x64'], ['arm64'], ['x64', 'arm64']),
    }),
    { selector: (each) => `${each.name} ${each.version}`, maxLength: 10 },
  )
const shelves = (withProvides: boolean) => shelfOf(withProvides).map((all) => all.map(candidate))
const wants = fc.uniqueArray(relation, { selector: (each) => each.name, minLength: 1, maxLength: 3 })

/** Why the set is no answer; undefined: it is one. */
function wrongIn(set: readonly Candidate[], query: ResolveQuery): string | undefined {
  if (new Set(set.map((each) => each.name)).size < set.length) return 'two versions of one package'
  const isThere = (one: { name: string; range?: string }) => set.some((each) => meets(each, one))
  if (!query.packages.every(isThere)) return 'something wanted is not there'
  if (!(query.features ?? []).every((feature) => set.some(({ features = [] }) => features.includes(feature)))) return 'no feature'
  for (const each of set) {
    if (each.architectures?.includes(query.architecture) === false) return 'not for this machine'
    if (!(each.requires ?? []).every(({ or = [], ...first }) => [first, ...or].some(isThere))) return 'an unmet requirement'
    if (set.some((other) => clash(each, other) !== undefined)) return 'a conflict'
  }
  return undefined
}

/** Every set of at most one version of each name. */
function setsOf(shelf: readonly Candidate[]): readonly (readonly Candidate[])[] {
  return NAMES.reduce<readonly (readonly Candidate[])[]>(
    (sets, each) => {
      const versions = shelf.filter((one) => one.name === each)
      return sets.flatMap((set) => [set, ...versions.map((version) => [...set, version])])
    },
    [[]],
  )
}

const found = (shelf: readonly Candidate[], names: readonly { name: string; version: string }[]): Candidate[] =>
  names.map((one) => shelf.find((each) => each.name === one.name && each.version === one.version)!)

describe('for every shelf', () => {
  it('an answer is right, and there is one when any set is', () => {
    const features = fc.uniqueArray(fc.constantFrom('f', 'g'), { maxLength: 2 })
    fc.assert(
      fc.property(shelves(true), wants, features, (shelf, packages, asks) => {
        const query = asked({ packages, features: asks })
        const answer = resolve(query, shelf)
        if (answer.kind === 'resolved') expect(wrongIn(found(shelf, answer.packages), query)).toBeUndefined()
        else {
          expect(answer.reasons.length).toBeGreaterThan(0)
          expect(setsOf(shelf).filter((set) => wrongIn(set, query) === undefined)).toEqual([])
        }
      }),
      { numRuns: 600 },
    )
  })

  it('of what is wanted nothing newer could have been had, and each newer one has a reason', () => {
    fc.assert(
      fc.property(shelves(false), wants, (shelf, packages) => {
        const query = asked({ packages })
        const answer = resolve(query, shelf)
        if (answer.kind === 'refused') return
        const right = setsOf(shelf).filter((set) => wrongIn(set, query) === undefined)
        const ageOf = (set: readonly Candidate[]) =>
          packages.map((want) => shelf.toSorted(newestFirst).indexOf(set.find((each) => each.name === want.name)!))
        const best = right.map(ageOf).sort((a, b) => a.reduce((sum, age, at) => sum || age - b[at]!, 0))[0]
        const set = found(shelf, answer.packages)
        expect(ageOf(set)).toEqual(best)
        for (const [at, { passedOver }] of answer.packages.entries()) {
          const newer = shelf.filter((each) => each.name === set[at]!.name && newestFirst(each, set[at]!) < 0)
          expect(passedOver.map(({ version }) => version).sort()).toEqual(newer.map(({ version }) => version).sort())
          expect(passedOver.every(({ reason }) => reason.length > 5)).toBe(true)
        }
      }),
      { numRuns: 600 },
    )
  })

  it('what is required stands before what requires it, unless in a circle', () => {
    fc.assert(
      fc.property(shelves(false), wants, (shelf, packages) => {
        const answer = resolve(asked({ packages }), shelf)
        if (answer.kind === 'refused') return
        const set = found(shelf, answer.packages)
        const needs = (one: Candidate) =>
          set.filter((other) =>
            (one.requires ?? []).some(({ or = [], ...first }) => [first, ...or].some((each) => meets(other, each))),
          )
        const reaches = (from: Candidate, to: Candidate, seen = new Set<Candidate>()): boolean =>
          needs(from).some((next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))))
        for (const [at, each] of set.entries())
          for (const needed of needs(each))
            if (needed !== each && !reaches(needed, each)) expect(set.indexOf(needed)).toBeLessThan(at)
      }),
    )
  })
})
