import { describe, expect, it } from 'vitest'
import type { Wanted } from '../../../src/contract/wanted.ts'
import type { FunctionMeaning } from '../../../src/orchestrator/wanted/function-desk.ts'
import { mergeWanted } from '../../../src/orchestrator/wanted/merge.ts'

const MEANS: Record<string, FunctionMeaning> = {
  web: {
    kind: 'means',
    from: 'function web (debian-web by standard)',
    wanted: { runs: [{ image: 'debian-13' }], packages: [{ name: 'nginx' }], features: ['web-server'] },
  },
  kiosk: { kind: 'refused', reason: 'it has 1024 MiB of memory, the function needs 4096 (kiosk)' },
}
const merge = (own: Wanted, ...classes: Wanted[]) =>
  mergeWanted({
    node: { name: 'n1', wanted: own },
    classes: classes.map((wanted, index) => ({ name: `c${index}`, ...wanted })),
    meaningOf: ({ name }) => MEANS[name]!,
    rollOut: { value: { runs: [{ image: 'debian-13', version: 9 }] }, from: 'roll-out r' },
  })

describe('a function among what a node should run', () => {
  it.each([
    {
      name: 'of a class: image, packages and features follow, and a roll-out goes over the image',
      got: merge({}, { function: { name: 'web' } }),
      runs: 'roll-out r',
      packages: ['nginx'],
    },
    {
      name: 'of the node: a roll-out of its class does not concern it',
      got: merge({ function: { name: 'web' } }, { runs: [{ image: 'other' }] }),
      runs: 'function web (debian-web by standard) of node n1',
      packages: ['nginx'],
    },
    {
      name: 'an image that the node says itself goes over it',
      got: merge({ runs: [{ image: 'mine' }] }, { function: { name: 'web' } }),
      runs: 'node n1',
      packages: ['nginx'],
    },
    {
      name: 'packages are added to those that are said, and a range that is said stays',
      got: merge({ packages: [{ name: 'nginx', range: '1.2.0' }, { name: 'vim' }] }, { function: { name: 'web' } }),
      runs: 'roll-out r',
      packages: ['nginx 1.2.0', 'vim'],
    },
  ])('$name', ({ got, runs, packages }) => {
    expect(got.runs?.from).toBe(runs)
    expect(got.packages?.value.map(({ name, range }) => (range === undefined ? name : `${name} ${range}`))).toEqual(packages)
    expect(got.features.map(({ value }) => value)).toEqual(['web-server'])
  })

  it('counts once: the first that says one says it', () => {
    const got = merge({}, { function: { name: 'web' } }, { function: { name: 'kiosk' } })
    expect(got.function).toEqual({ value: { name: 'web' }, from: 'class c0' })
  })

  it('that is refused says why', () => {
    expect(merge({ function: { name: 'kiosk' } }).function?.refused).toContain('needs 4096')
  })
})
