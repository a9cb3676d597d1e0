// The resolver: a table of cases, with the words that a person reads. The laws stand in resolve-laws.test.ts.
import { describe, expect, it } from 'vitest'
import type { ResolveQuery } from '../../../src/contract/package.ts'
import { resolve } from '../../../src/library/package/resolve.ts'
import type { Candidate } from '../../../src/library/package/shelf.ts'

type Given = Partial<Candidate> & Pick<Candidate, 'name' | 'version'>

const candidate = (given: Given): Candidate => ({
  order: 'semver',
  kind: 'folder',
  digest: '0'.repeat(64),
  sizeBytes: 1,
  ...given,
})
const v = (name: string, version: string, more: Partial<Candidate> = {}): Candidate => candidate({ name, version, ...more })
const deb = (name: string, version: string, more: Partial<Candidate> = {}): Candidate =>
  candidate({ name, version, order: 'debian', kind: 'deb', ...more })

const asked = (query: Partial<ResolveQuery>): ResolveQuery => ({ packages: [], architecture: 'x64', ...query })

const chosen = (query: Partial<ResolveQuery>, shelf: readonly Candidate[]): string[] => {
  const answer = resolve(asked(query), shelf)
  return answer.kind === 'resolved'
    ? answer.packages.map(({ name, version }) => `${name} ${version}`)
    : [answer.code, ...answer.reasons]
}

describe('resolve', () => {
  it.each<{ name: string; query: Partial<ResolveQuery>; shelf: readonly Candidate[]; want: string[] }>([
    { name: 'nothing wanted', query: {}, shelf: [v('a', '1.0.0')], want: [] },
    {
      name: 'the newest release, not one before a release',
      query: { packages: [{ name: 'a' }] },
      shelf: [v('a', '1.2.0'), v('a', '1.10.0'), v('a', '2.0.0-rc.1')],
      want: ['a 1.10.0'],
    },
    {
      name: 'one before a release when it is asked for',
      query: { packages: [{ name: 'a', range: '>=2.0.0-rc.0' }] },
      shelf: [v('a', '1.2.0'), v('a', '2.0.0-rc.1')],
      want: ['a 2.0.0-rc.1'],
    },
    {
      name: "Debian's order",
      query: { packages: [{ name: 'a', range: '>= 1.0, << 2' }] },
      shelf: [deb('a', '1.0~rc1'), deb('a', '1.9-1'), deb('a', '1.10-1'), deb('a', '2.0-1')],
      want: ['a 1.10-1'],
    },
    {
      name: 'what is required is installed first',
      query: { packages: [{ name: 'a' }] },
      shelf: [v('a', '1.0.0', { requires: [{ name: 'z' }] }), v('z', '1.0.0', { requires: [{ name: 'm' }] }), v('m', '1.0.0')],
      want: ['m 1.0.0', 'z 1.0.0', 'a 1.0.0'],
    },
    {
      name: 'an older one when the newest needs what is not there',
      query: { packages: [{ name: 'a' }] },
      shelf: [v('a', '2.0.0', { requires: [{ name: 'lib', range: '>=2' }] }), v('a', '1.0.0'), v('lib', '1.0.0')],
      want: ['a 1.0.0'],
    },
    {
      name: 'an older one of what two require',
      query: { packages: [{ name: 'a' }, { name: 'b' }] },
      shelf: [
        v('a', '1.0.0', { requires: [{ name: 'lib' }] }),
        v('b', '1.0.0', { requires: [{ name: 'lib', range: '<2' }] }),
        v('lib', '1.5.0'),
        v('lib', '2.0.0'),
      ],
      want: ['lib 1.5.0', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      name: 'somebody who provides it',
      query: { packages: [{ name: 'mail-server' }] },
      shelf: [v('postal', '3.0.0', { provides: [{ name: 'mail-server' }] })],
      want: ['postal 3.0.0'],
    },
    {
      name: 'a feature, by the package that has it and fits',
      query: { features: ['monitoring'], architecture: 'arm64' },
      shelf: [
        v('a', '1.0.0', { features: ['monitoring'], architectures: ['x64'] }),
        v('b', '1.0.0', { features: ['monitoring'] }),
      ],
      want: ['b 1.0.0'],
    },
    {
      name: 'a feature that the image has',
      query: { features: ['monitoring'], providedFeatures: ['monitoring'] },
      shelf: [v('b', '1.0.0', { features: ['monitoring'] })],
      want: [],
    },
    {
      name: 'a model, whatever its case',
      query: { packages: [{ name: 'driver' }], model: 'Example Workstation 3' },
      shelf: [
        v('driver', '2.0.0', { models: ['Laptop*'] }),
        v('driver', '1.0.0', { models: ['example*station ?', 'EXAMPLE*3'] }),
      ],
      want: ['driver 1.0.0'],
    },
    {
      name: 'what the image brings need not be installed',
      query: { packages: [{ name: 'a' }], provided: [{ name: 'libc', version: '2.36.0' }] },
      shelf: [v('a', '1.0.0', { requires: [{ name: 'libc', range: '>=2' }] }), v('libc', '3.0.0')],
      want: ['a 1.0.0'],
    },
    {
      name: 'what the image brings is replaced for all',
      query: { packages: [{ name: 'a' }, { name: 'b' }], provided: [{ name: 'lib', version: '1.0.0' }] },
      shelf: [
        v('a', '1.0.0', { requires: [{ name: 'lib', range: '<2' }] }),
        v('b', '1.0.0', { requires: [{ name: 'lib', range: '>=1.5' }] }),
        v('lib', '2.0.0'),
        v('lib', '1.7.0'),
      ],
      want: ['lib 1.7.0', 'a 1.0.0', 'b 1.0.0'],
    },
    {
      name: 'what a .deb asks of the image is for the image',
      query: { packages: [{ name: 'a' }] },
      shelf: [deb('a', '1.0', { requires: [{ name: 'libc6', range: '>= 2.36' }] })],
      want: ['a 1.0'],
    },
    {
      name: 'a circle',
      query: { packages: [{ name: 'b' }] },
      shelf: [v('a', '1.0.0', { requires: [{ name: 'b' }] }), v('b', '1.0.0', { requires: [{ name: 'a' }] })],
      want: ['b 1.0.0', 'a 1.0.0'],
    },
    {
      name: 'nobody has it',
      query: { packages: [{ name: 'a' }] },
      shelf: [],
      want: ['PACKAGES_CONFLICT', 'a is wanted: there is no package a here'],
    },
    {
      name: 'not in this version',
      query: { packages: [{ name: 'a', range: '^3' }] },
      shelf: [v('a', '1.0.0'), v('a', '2.0.0')],
      want: ['PACKAGES_CONFLICT', 'a ^3 is wanted: here are only a 2.0.0, a 1.0.0'],
    },
    {
      name: 'not for this machine',
      query: { packages: [{ name: 'a' }] },
      shelf: [v('a', '1.0.0', { architectures: ['arm64'] })],
      want: ['PACKAGES_CONFLICT', 'a is wanted: a 1.0.0 – it is for arm64, the machine is x64'],
    },
    {
      name: 'two that conflict',
      query: { packages: [{ name: 'a' }, { name: 'b' }] },
      shelf: [v('a', '1.0.0', { conflicts: [{ name: 'b', range: '<2' }] }), v('b', '1.0.0')],
      want: [
        'PACKAGES_CONFLICT',
        'b is wanted: b 1.0.0 – a 1.0.0 says that it conflicts with b <2, which b 1.0.0 is',
        'a is wanted: a 1.0.0 – with it: b is wanted: b 1.0.0 – a 1.0.0 says that it conflicts with b <2, which b 1.0.0 is',
      ],
    },
    {
      name: 'a requirement that nothing meets',
      query: { packages: [{ name: 'a' }] },
      shelf: [v('a', '1.0.0', { requires: [{ name: 'lib', range: '>=2', or: [{ name: 'other' }] }] }), v('lib', '1.0.0')],
      want: ['PACKAGES_CONFLICT', 'a is wanted: a 1.0.0 – it needs lib >=2 or other: here is only lib 1.0.0'],
    },
    {
      name: 'two that need another version of one',
      query: { packages: [{ name: 'lib', range: '2.0.0' }, { name: 'a' }] },
      shelf: [v('a', '1.0.0', { requires: [{ name: 'lib', range: '<2' }] }), v('lib', '1.0.0'), v('lib', '2.0.0')],
      want: [
        'PACKAGES_CONFLICT',
        'a is wanted: a 1.0.0 – it needs lib <2, and lib 2.0.0 is taken, because lib 2.0.0 is wanted',
        'lib 2.0.0 is wanted: lib 2.0.0 – with it: a is wanted: a 1.0.0 – it needs lib <2, and lib 2.0.0 is taken, because lib 2.0.0 is wanted',
      ],
    },
  ])('$name', ({ query, shelf, want }) => {
    expect(chosen(query, shelf)).toEqual(want)
  })

  it('says what a .deb leaves to the image, and of each newer version why it lost', () => {
    const shelf = [
      deb('a', '1.0', { requires: [{ name: 'libc6' }] }),
      deb('a', '2.0', { requires: [{ name: 'b', range: '>= 9' }] }),
      deb('a', '3.0', { architectures: ['arm64'] }),
      deb('b', '1'),
    ]
    const answer = resolve(asked({ packages: [{ name: 'a' }] }), shelf)
    expect(answer).toMatchObject({
      packages: [
        {
          version: '1.0',
          because: 'a is wanted',
          passedOver: [
            { version: '3.0', reason: 'it is for arm64, the machine is x64' },
            { version: '2.0', reason: 'it needs b >= 9: here is only b 1' },
          ],
        },
      ],
      leftToImage: ['a 1.0 needs libc6'],
    })
  })

  it('finds its way among hundreds that need each other', () => {
    const nameAt = (at: number) => `p${at % 300}`
    const shelf = Array.from({ length: 300 }, (_, at) =>
      ['1.0.0', '2.0.0', '3.0.0'].map((version) =>
        v(nameAt(at), version, {
          requires: Array.from({ length: 20 }, (_, n) => ({ name: nameAt(at + 7 * n + 1), range: n % 5 === 0 ? '<4' : '>=1' })),
        }),
      ),
    ).flat()
    const answer = resolve(asked({ packages: [{ name: 'p0' }] }), shelf)
    expect(answer.kind === 'resolved' && answer.packages.length).toBe(300)
  })

  it('gives up within its tries', () => {
    // Twelve of twelve versions each, where none goes with none but pair by pair through providers: a search without end.
    const names = Array.from({ length: 12 }, (_, at) => `p${at}`)
    const shelf = names.flatMap((name) =>
      Array.from({ length: 12 }, (_, at) =>
        v(name, `1.0.${at}`, { requires: [{ name: 'x', range: `1.0.${at}`, or: [{ name: 'y' }, { name: 'w' }] }] }),
      ),
    )
    for (const name of ['x', 'y', 'w'])
      shelf.push(...names.map((_, at) => v(name, `1.0.${at}`, { requires: [{ name: 'never', or: [{ name: 'x' }] }] })))
    shelf.push(v('never', '1.0.0', { conflicts: [{ name: 'p11' }] }), v('z', '1.0.0', { conflicts: [{ name: 'x' }] }))
    const answer = resolve(asked({ packages: [...names.map((name) => ({ name })), { name: 'z' }] }), shelf, 500)
    expect(answer).toMatchObject({ kind: 'refused', code: 'PACKAGES_TOO_TANGLED' })
  })
})
