import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DebianPackage, parseDependencies } from '../../../boot/debian/packages-index.ts'
import { resolvePackages } from '../../../boot/debian/resolve.ts'

function aPackage(name: string, depends = '', { version = '1', provides = '' } = {}): DebianPackage {
  const path = `pool/${name}_${version}.deb`
  return {
    name,
    version,
    path,
    digest: '',
    sizeBytes: 0,
    depends: parseDependencies(depends),
    provides: parseDependencies(provides).flat(),
  }
}

const names = (packages: readonly DebianPackage[]) =>
  packages.map(({ name, version }) => (version === '1' ? name : `${name} ${version}`))

describe('resolvePackages', () => {
  it.each([
    {
      name: 'follows dependencies',
      index: [aPackage('a', 'b'), aPackage('b', 'c'), aPackage('c'), aPackage('d')],
      want: ['a', 'b', 'c'],
    },
    { name: 'survives a circle', index: [aPackage('a', 'b'), aPackage('b', 'a')], want: ['a', 'b'] },
    {
      name: 'takes the first alternative that exists',
      index: [aPackage('a', 'x | c | b'), aPackage('b'), aPackage('c')],
      want: ['a', 'c'],
    },
    {
      name: 'takes no alternative when another one is chosen already',
      index: [aPackage('a', 'b, c'), aPackage('b', 'd'), aPackage('c', 'x | d'), aPackage('d'), aPackage('x')],
      want: ['a', 'b', 'c', 'd'],
    },
    {
      name: 'finds a provider',
      index: [aPackage('a', 'v'), aPackage('p2', '', { provides: 'v' }), aPackage('p1', '', { provides: 'v' })],
      want: ['a', 'p1'],
    },
    {
      name: 'wants a version of a provider when one is asked for',
      index: [aPackage('a', 'v (>= 2)'), aPackage('p1', '', { provides: 'v' }), aPackage('p2', '', { provides: 'v (= 2)' })],
      want: ['a', 'p2'],
    },
    {
      name: 'takes the newest version',
      index: [aPackage('a', 'b'), aPackage('b'), aPackage('b', '', { version: '10' }), aPackage('b', '', { version: '9' })],
      want: ['a', 'b 10'],
    },
    {
      name: 'takes an older version when the newest does not fit',
      index: [aPackage('a', 'b (<< 10)'), aPackage('b', '', { version: '10' }), aPackage('b', '', { version: '9' })],
      want: ['a', 'b 9'],
    },
    {
      name: 'leaves out what is not wanted, and all behind it',
      index: [aPackage('a', 'skipped, c'), aPackage('skipped', 'd'), aPackage('c'), aPackage('d')],
      want: ['a', 'c'],
    },
  ])('$name', ({ index, want }) => {
    expect(names(resolvePackages(index, ['a'], ['skipped']))).toEqual(want)
  })

  it('names what is missing and who wants it', () => {
    expect(() => resolvePackages([aPackage('a', 'b (>= 2) | c'), aPackage('b')], ['a'], [])).toThrowError(
      'a needs b (>= 2) | c, which the Debian suite does not have',
    )
  })

  it('does not depend on the order of the index', () => {
    const index = [
      aPackage('a', 'b | c, v'),
      aPackage('b', 'd'),
      aPackage('c'),
      aPackage('d'),
      aPackage('p1', '', { provides: 'v' }),
      aPackage('p2', '', { provides: 'v' }),
    ]
    const want = names(resolvePackages(index, ['a'], []))
    fc.assert(
      fc.property(fc.shuffledSubarray(index, { minLength: index.length }), (shuffled) => {
        expect(names(resolvePackages(shuffled, ['a'], []))).toEqual(want)
      }),
    )
  })
})
