// Debian's order of versions: against a table out of the policy manual, against its own laws, and against dpkg.
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDebian, debianVersionProblem } from '../../../src/library/package/debian-version.ts'
import { ORDERS } from '../../../src/library/package/version-order.ts'
import { needs, program } from '../../needs.ts'

const OLDER_FIRST: readonly (readonly [string, string])[] = [
  ['1.0~~', '1.0~~a'],
  ['1.0~~a', '1.0~'],
  ['1.0~', '1.0'],
  ['1.0', '1.0a'],
  ['1.0~beta1~svn1245', '1.0~beta1'],
  ['1.2', '1.10'],
  ['1.0', '1:0.1'],
  ['1.0-1', '1.0-1+deb12u1'],
  ['1.0-1~bpo12+1', '1.0-1'],
  ['7.6-0', '7.6p2-4'],
  ['1.0-1', '1.0.3-3'],
  ['0.9', '0.99999999999999999999999'],
]

describe('compareDebian', () => {
  it.each(OLDER_FIRST)('%s is older than %s', (older, newer) => {
    expect(Math.sign(compareDebian(older, newer))).toBe(-1)
    expect(Math.sign(compareDebian(newer, older))).toBe(1)
  })

  it.each([
    ['1.0', '0:1.0'],
    ['1.0', '1.0-0'],
    ['1.00', '1.0'],
    ['1.a', '1.a0'],
  ])('%s is as old as %s', (a, b) => {
    expect(compareDebian(a, b)).toBe(0)
  })

  const piece = fc.constantFrom('0', '1', '2', '10', '09', 'a', 'B', '.', '+', '~', '~~', 'rc', '-')
  const version = fc
    .tuple(fc.option(fc.nat(3), { nil: undefined }), fc.nat(12), fc.array(piece, { maxLength: 6 }))
    .map(([epoch, first, rest]) => `${epoch === undefined ? '' : `${epoch}:`}${first}${rest.join('')}`)
    .filter((text) => debianVersionProblem(text) === undefined)

  it('is an order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareDebian(a, b))).toBe(-Math.sign(compareDebian(b, a)) + 0)
        if (compareDebian(a, b) <= 0 && compareDebian(b, c) <= 0) expect(compareDebian(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })

  it('says what dpkg says', { timeout: 60_000, ...needs(program('dpkg')) }, () => {
    const pairs = fc.sample(fc.tuple(version, version), { numRuns: 300, seed: 5 })
    // One shell for all of them: a process for each would take minutes.
    const script = pairs
      .map(([a, b]) => `for o in lt eq gt; do dpkg --compare-versions '${a}' $o '${b}' && echo $o; done`)
      .join('\n')
    const said = execFileSync('sh', ['-c', `${script}\ntrue`], { encoding: 'utf8' })
      .trim()
      .split('\n')
    const ours = pairs.map(([a, b]) => ['lt', 'eq', 'gt'][Math.sign(compareDebian(a, b)) + 1]!)
    expect(said.length).toBe(pairs.length)
    expect(pairs.map((pair, at) => [...pair, ours[at]])).toEqual(pairs.map((pair, at) => [...pair, said[at]]))
  })
})

describe('what is no version, and no range', () => {
  it.each([
    ['debian', 'a1'],
    ['debian', 'x:1'],
    ['debian', '1.0_2'],
    ['debian', '1.0-'],
    ['semver', '1.0'],
    ['semver', 'v1.0.0'],
    ['semver', '1.0.0+build'],
  ] as const)('%s: %s', (order, version) => {
    expect(ORDERS[order].versionProblem(version)).toBeDefined()
  })

  it.each([
    ['debian', '>= ', 'bad'],
    ['debian', '>= 1.0, << 2', 'range'],
    ['debian', '*', 'range'],
    ['debian', '1.0-1', 'range'],
    ['semver', '^1.2 || 3', 'range'],
    ['semver', '>> 1', 'bad'],
  ] as const)('%s: %s is a %s', (order, range, kind) => {
    expect(ORDERS[order].parseRange(range).kind).toBe(kind)
  })
})
