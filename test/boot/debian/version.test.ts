import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareVersions, type Relation, satisfies } from '../../../boot/debian/version.ts'

describe('compareVersions', () => {
  it.each([
    { left: '1.0', right: '1.0', want: 0 },
    { left: '1.0~rc1', right: '1.0', want: -1 },
    { left: '1.0', right: '1.0+b1', want: -1 },
    { left: '1:0.1', right: '2.0', want: 1 },
    { left: '6.12.9-1', right: '6.12.107-1', want: -1 },
    { left: '1.0-1', right: '1.0-1+deb13u1', want: -1 },
    { left: '1.0', right: '1.0-0', want: 0 },
    { left: '1.2a', right: '1.2+', want: -1 },
    { left: '2.0-1-3', right: '2.0-1-10', want: -1 },
    { left: '1:1.37.0-6+b9', right: '1:1.37.0-6+b10', want: -1 },
  ])('$left against $right', ({ left, right, want }) => {
    expect(Math.sign(compareVersions(left, right))).toBe(want)
    expect(Math.sign(compareVersions(right, left)) + want).toBe(0)
  })

  it('agrees with dpkg', () => {
    const version = fc.stringMatching(/^([0-9]:)?[0-9][0-9a-b.+~]{0,5}(-[0-9a-b+~]{1,4})?$/)
    fc.assert(
      fc.property(version, version, (left, right) => {
        expect(compareVersions(left, right) < 0, `${left} lt ${right}`).toBe(dpkgSaysOlder(left, right))
      }),
      { numRuns: 150 },
    )
  })
})

describe('satisfies', () => {
  it.each([
    ['1.0', '<<', '1.1', true],
    ['1.1', '<=', '1.1', true],
    ['1.1', '=', '1.1', true],
    ['1.1', '=', '1.1-1', false],
    ['1.2', '>=', '1.1', true],
    ['1.1', '>>', '1.1', false],
  ] as [string, Relation, string, boolean][])('%s %s %s: %s', (version, relation, wanted, want) => {
    expect(satisfies(version, relation, wanted)).toBe(want)
  })
})

function dpkgSaysOlder(left: string, right: string): boolean {
  try {
    execFileSync('dpkg', ['--compare-versions', left, 'lt', right], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
