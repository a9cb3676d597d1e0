// What a request says of packages means for a node: what is installed, what goes first, and what is refused.
import { describe, expect, it } from 'vitest'
import type { PackageContent, PackageRef, ResolveQuery } from '../../../src/contract/package.ts'
import { resolve } from '../../../src/library/package/resolve.ts'
import type { Candidate } from '../../../src/library/package/shelf.ts'
import { packagesAfter, packagesOfChange, packagesOfDeploy, planPackages } from '../../../src/orchestrator/job/pin-packages.ts'
import type { NodeRecord } from '../../../src/orchestrator/node/record.ts'

const digestOf = (name: string, version: string) => Buffer.from(`${name} ${version}`).toString('hex').padEnd(64, '0')
const v = (name: string, version: string, more: Partial<Candidate> = {}): Candidate => ({
  name,
  version,
  order: 'semver',
  kind: 'folder',
  digest: digestOf(name, version),
  sizeBytes: 1,
  ...more,
})
const ref = (text: string): PackageRef => {
  const [name = '', version = ''] = text.split(' ')
  return { name, version, digest: digestOf(name, version) }
}
const texts = (refs: readonly { name: string; version: string }[]) => refs.map(({ name, version }) => `${name} ${version}`)

const SHELF = [
  v('agent', '1.0.0', { requires: [{ name: 'lib' }] }),
  v('agent', '2.0.0', { requires: [{ name: 'lib', range: '>=2' }] }),
  v('lib', '1.0.0'),
  v('lib', '2.0.0'),
  v('other', '1.0.0', { requires: [{ name: 'lib', range: '<2' }] }),
  v('other', '1.1.0'),
  v('model-only', '1.0.0', { models: ['Laptop*'] }),
]
const desk = { resolve: (query: ResolveQuery) => resolve(query, SHELF) }
const node = (...has: string[]): NodeRecord =>
  ({
    name: 'rack1-07',
    inventory: { architecture: 'x64', smbios: { product: 'Laptop 3' } },
    installed: { imageName: 'debian', version: 1, at: '', packages: has.map(ref) },
  }) as unknown as NodeRecord

describe('what a node gets', () => {
  it('after an image: all that is wanted and what that requires', () => {
    expect(texts(packagesOfDeploy([{ name: 'agent', range: '^2' }, { name: 'model-only' }], node(), [], desk))).toEqual([
      'lib 2.0.0',
      'agent 2.0.0',
      'model-only 1.0.0',
    ])
    expect(packagesOfDeploy([], node(), [], desk)).toEqual([])
  })

  it.each<{ name: string; has: string[]; request: Parameters<typeof packagesOfChange>[0]; installs: string[] }>([
    {
      name: 'one more; the others stay as they are',
      has: ['lib 1.0.0'],
      request: { packages: [{ name: 'other', range: '1.0.0' }] },
      installs: ['other 1.0.0'],
    },
    {
      name: 'a newer one, and what it requires follows',
      has: ['lib 1.0.0', 'agent 1.0.0'],
      request: { packages: [{ name: 'agent', range: '^2' }] },
      installs: ['lib 2.0.0', 'agent 2.0.0'],
    },
    {
      name: 'what stands against it follows as well',
      has: ['lib 1.0.0', 'other 1.0.0'],
      request: { packages: [{ name: 'agent', range: '^2' }] },
      installs: ['lib 2.0.0', 'agent 2.0.0', 'other 1.1.0'],
    },
    { name: 'one less', has: ['lib 1.0.0', 'agent 1.0.0'], request: { removePackages: ['agent'] }, installs: [] },
    { name: 'a look', has: ['lib 1.0.0'], request: { checkPackages: true }, installs: [] },
  ])('$name', ({ has, request, installs }) => {
    expect(texts(packagesOfChange(request, node(...has), desk))).toEqual(installs)
  })

  it.each<[string, string[], Parameters<typeof packagesOfChange>[0], string, RegExp]>([
    ['it has it', ['lib 2.0.0'], { packages: [{ name: 'lib' }] }, 'JOB_REQUEST_INVALID', /nothing to do: rack1-07 has lib 2.0.0/],
    ['it does not have it', [], { removePackages: ['lib'] }, 'JOB_REQUEST_INVALID', /has no package lib/],
    [
      'something needs it',
      ['lib 1.0.0', 'agent 1.0.0'],
      { removePackages: ['lib'] },
      'JOB_REQUEST_INVALID',
      /lib cannot be removed: agent 1.0.0 needs lib/,
    ],
    ['nobody has it', [], { packages: [{ name: 'nowhere' }] }, 'PACKAGES_CONFLICT', /there is no package nowhere here/],
  ])('is refused when %s', (_name, has, request, code, says) => {
    const refused = () => packagesOfChange(request, node(...has), desk)
    expect(refused).toThrowError(says)
    expect(refused).toThrowError(expect.objectContaining({ code }))
  })
})

describe('what the step does', () => {
  const contentOf = ({ name, version, digest }: PackageRef): PackageContent => ({
    name,
    version,
    digest,
    kind: name === 'deb' ? 'deb' : 'folder',
    files: [],
  })
  it('takes the version before away first, last installed first; a .deb is changed by dpkg', () => {
    const has = ['lib 1.0.0', 'agent 1.0.0', 'deb 1', 'gone 1.0.0'].map(ref)
    const installs = ['lib 2.0.0', 'agent 2.0.0', 'deb 2'].map(ref)
    const plan = planPackages({ removePackages: ['gone'], checkPackages: true }, installs, has, contentOf)
    expect(texts(plan.removes)).toEqual(['gone 1.0.0', 'agent 1.0.0', 'lib 1.0.0'])
    expect(texts(plan.installs)).toEqual(['lib 2.0.0', 'agent 2.0.0', 'deb 2'])
    expect(texts(plan.checks)).toEqual(['lib 2.0.0', 'agent 2.0.0', 'deb 2'])
    const after = packagesAfter(has, ['gone'], installs)
    expect(texts(after)).toEqual(['lib 2.0.0', 'agent 2.0.0', 'deb 2'])
    expect(packagesAfter(after, ['gone'], installs)).toEqual(after)
  })
})
