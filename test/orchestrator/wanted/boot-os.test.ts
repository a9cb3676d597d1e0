// Which boot OS a machine gets: who says it, what that means with the builds that are there, and what it booted.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BootedSystem, BootOsWish } from '../../../src/contract/boot-build.ts'
import type { Architecture } from '../../../src/contract/values.ts'
import {
  type BootModel,
  bootedWords,
  bootFilesOf,
  chooseBoot,
  compileBootModels,
  mergeBootOs,
  refuseBootWish,
  wantsBuild,
} from '../../../src/orchestrator/wanted/boot-os.ts'

const RECIPE = 'a'.repeat(64)
const ADDITIONS = 'b'.repeat(64)

function build(number: number, variant?: string, architecture: Architecture = 'x64') {
  const names = ['vmlinuz', 'initrd.img', 'agent.img', ...(variant === undefined ? [] : ['variant.img'])]
  return {
    architecture,
    number,
    ...(variant === undefined ? {} : { variant }),
    builtAt: '',
    digest: '',
    artefacts: names.map((name) => ({ name, sizeBytes: 1, digest: '' })),
    inputs: [
      { name: 'recipe', version: '', digest: RECIPE },
      ...(variant === undefined ? [] : [{ name: 'variant', version: '', digest: ADDITIONS }]),
    ],
  }
}

const ALL = [build(1), build(2), build(3, 'cards'), build(4, 'cards')]
/** 2 is the plain one in use, 3 that of cards. */
const builds = {
  get: (architecture: Architecture, number: number) =>
    ALL.find((each) => each.architecture === architecture && each.number === number),
  inUse: (architecture: Architecture, variant?: string) =>
    architecture === 'x64' ? ALL[variant === undefined ? 1 : variant === 'cards' ? 2 : 99] : undefined,
}
const said = (value: BootOsWish | undefined, from: string) => ({ value, from })

describe('mergeBootOs', () => {
  it.each<{ name: string; node?: BootOsWish; web?: BootOsWish; model?: BootOsWish; want: unknown }>([
    { name: 'nobody', want: {} },
    { name: 'the class', web: { build: 1 }, want: { which: { value: { build: 1 }, from: 'class web' } } },
    {
      name: 'the node over the class',
      node: { build: 2 },
      web: { build: 1 },
      want: { which: { value: { build: 2 }, from: 'node n' } },
    },
    {
      name: 'each field by itself',
      node: { console: ['ttyS1'] },
      web: { kernelArguments: ['quiet'], console: ['ttyS0'] },
      model: { variant: 'cards', kernelArguments: ['x=1'] },
      want: {
        which: { value: { variant: 'cards' }, from: 'model' },
        kernelArguments: { value: ['quiet'], from: 'class web' },
        console: { value: ['ttyS1'], from: 'node n' },
      },
    },
    {
      name: 'a variant of the node, not the build of its class',
      node: { variant: 'cards' },
      web: { build: 1 },
      want: { which: { value: { variant: 'cards' }, from: 'node n' } },
    },
  ])('$name', ({ node, web, model, want }) => {
    expect(mergeBootOs([said(node, 'node n'), said(web, 'class web'), said(model, 'model')])).toEqual(want)
  })
})

describe('chooseBoot', () => {
  it.each<{ name: string; wish: BootOsWish; architecture?: Architecture; gets: number | undefined; says: RegExp }>([
    { name: 'nothing asked', wish: {}, gets: 2, says: /^build 2, the one in use$/ },
    { name: 'an older build', wish: { build: 1 }, gets: 1, says: /^build 1, as class web says$/ },
    { name: 'a build of a variant by its number', wish: { build: 4 }, gets: 4, says: /build 4 of the variant cards/ },
    { name: 'a variant: the one of it in use', wish: { variant: 'cards' }, gets: 3, says: /build 3 of the variant cards/ },
    { name: 'a build that is gone', wish: { build: 9 }, gets: 2, says: /class web wants build 9, and there is none for x64/ },
    { name: 'a variant that is gone', wish: { variant: 'old' }, gets: 2, says: /wants a build of the variant old/ },
    { name: 'no boot OS at all', wish: {}, architecture: 'arm64', gets: undefined, says: /there is no boot OS for arm64/ },
  ])('$name', ({ wish, architecture = 'x64', gets, says }) => {
    const chosen = chooseBoot(mergeBootOs([said(wish, 'class web')]), architecture, builds)
    expect([chosen.build?.number, chosen.words]).toEqual([gets, expect.stringMatching(says)])
  })

  it('never leaves a machine without a boot OS while one is in use, whatever is asked', () => {
    const wish = fc.record(
      { build: fc.integer({ min: 1, max: 9 }), variant: fc.constantFrom('cards', 'old') },
      { requiredKeys: [] },
    )
    const speakers = fc.array(fc.option(wish, { nil: undefined }), { maxLength: 4 })
    fc.assert(
      fc.property(speakers, (wishes) => {
        const wants = mergeBootOs(wishes.map((each, index) => said(each, `${index}`)))
        const { build: chosen } = chooseBoot(wants, 'x64', builds)
        const first = wishes.find((each) => each?.build !== undefined || each?.variant !== undefined)
        const meant = first?.build !== undefined ? builds.get('x64', first.build) : builds.inUse('x64', first?.variant)
        expect(chosen).toBe(meant ?? builds.inUse('x64'))
      }),
    )
  })
})

it('the paths of a build name it, and its additions lie over its system', () => {
  expect(bootFilesOf(ALL[2]!)).toEqual({
    kernelPath: '/boot-os/x64/3/vmlinuz',
    initrdPaths: ['/boot-os/x64/3/initrd.img', '/boot-os/x64/3/variant.img', '/boot-os/x64/3/agent.img'],
  })
  expect(bootFilesOf(ALL[0]!).initrdPaths).toHaveLength(2)
})

describe('bootedWords', () => {
  it.each<{ name: string; booted: BootedSystem | undefined; says: string }>([
    { name: 'nothing told', booted: undefined, says: 'not told yet' },
    { name: 'proven by what its system was made from', booted: { build: 1, recipe: RECIPE }, says: 'build 1' },
    { name: 'a variant', booted: { build: 3, recipe: RECIPE, variant: ADDITIONS }, says: 'build 3 of the variant cards' },
    {
      name: 'an older system, which cannot say',
      booted: { build: 1 },
      says: 'build 1, which does not say what it was made from',
    },
    {
      name: 'another system under its number',
      booted: { build: 1, recipe: 'c'.repeat(64) },
      says: 'something else than build 1, which its command line names',
    },
    {
      name: 'a variant without its additions',
      booted: { build: 3, recipe: RECIPE },
      says: 'something else than build 3, which its command line names',
    },
    { name: 'started by hand', booted: { recipe: RECIPE }, says: 'one that was started without a number' },
    { name: 'a build that is gone', booted: { build: 9, recipe: RECIPE }, says: 'build 9, which is removed' },
  ])('$name', ({ booted, says }) => {
    expect(bootedWords(booted, 'x64', builds)).toBe(says)
  })
})

describe('refuseBootWish', () => {
  it.each<{ name: string; wish: BootOsWish | undefined; code?: string }>([
    { name: 'none', wish: undefined },
    { name: 'a build that is there', wish: { build: 1 } },
    { name: 'a variant that is there', wish: { variant: 'cards', kernelArguments: ['a'] } },
    { name: 'a build that is not there', wish: { build: 9 }, code: 'BOOT_BUILD_NOT_FOUND' },
    { name: 'a variant that is not there', wish: { variant: 'old' }, code: 'BOOT_BUILD_NOT_FOUND' },
    { name: 'both', wish: { build: 3, variant: 'cards' }, code: 'REQUEST_INVALID' },
  ])('$name', ({ wish, code }) => {
    const refuse = () => refuseBootWish('n1', wish, ['x64'], builds)
    if (code === undefined) expect(refuse).not.toThrow()
    else expect(refuse).toThrow(expect.objectContaining({ code }))
  })
})

it.each<{ wish: BootOsWish | undefined; isInUse: boolean; keeps: boolean }>([
  { wish: undefined, isInUse: true, keeps: false },
  { wish: { build: 3 }, isInUse: false, keeps: true },
  { wish: { build: 1 }, isInUse: true, keeps: false },
  { wish: { variant: 'cards' }, isInUse: true, keeps: true },
  { wish: { variant: 'cards' }, isInUse: false, keeps: false },
])('$wish keeps build 3 of cards ($isInUse): $keeps', ({ wish, isInUse, keeps }) => {
  expect(wantsBuild(wish, { number: 3, variant: 'cards' }, isInUse)).toBe(keeps)
})

describe('rules for models', () => {
  const rules: readonly BootModel[] = [
    { manufacturer: 'Dell*', product: 'PowerEdge R6*', variant: 'cards' },
    { manufacturer: 'dell inc.', console: ['ttyS1'] },
    { kernelArguments: ['quiet'] },
  ]
  it.each([
    {
      smbios: { manufacturer: 'Dell Inc.', product: 'PowerEdge R640' },
      from: ['Dell* PowerEdge R6*', 'dell inc.', 'all models'],
    },
    { smbios: { manufacturer: 'Dell Inc.', product: 'OptiPlex' }, from: ['dell inc.', 'all models'] },
    { smbios: {}, from: ['all models'] },
  ])('$smbios', ({ smbios, from }) => {
    expect(compileBootModels(rules)(smbios).map((each) => each.from)).toEqual(from.map((name) => `the settings for ${name}`))
  })
})
