// Which version a new one is compared with, and that its capture may read that one and no other.
import { describe, expect, it } from 'vitest'
import type { ImageStoreService } from '../../../src/library/image/image-service.ts'
import { basisOf, ReadGate } from '../../../src/library/image/read-gate.ts'

const VERSIONS: Readonly<Record<string, readonly number[]>> = { base: [1, 2], own: [3, 7], empty: [] }
const images = {
  list: () => Object.entries(VERSIONS).map(([name, versions]) => ({ name, versions: versions.map((version) => ({ version })) })),
} as unknown as ImageStoreService

describe('a new version is compared with', () => {
  const runs = (imageName: string, version: number) => ({ runs: { imageName, version } })
  it.each([
    { what: 'the newest one of its image', of: { imageName: 'own' }, basis: { imageName: 'own', version: 7 } },
    {
      what: 'that one, whatever the node runs',
      of: { imageName: 'own', ...runs('base', 1) },
      basis: { imageName: 'own', version: 7 },
    },
    {
      what: 'what the node runs, when it is the first',
      of: { imageName: 'new', ...runs('base', 1) },
      basis: { imageName: 'base', version: 1 },
    },
    {
      what: 'the same, when the others were removed',
      of: { imageName: 'empty', ...runs('base', 2) },
      basis: { imageName: 'base', version: 2 },
    },
    { what: 'nothing, when what the node runs is gone', of: { imageName: 'new', ...runs('base', 9) }, basis: undefined },
    { what: 'nothing, when its whole image is gone', of: { imageName: 'new', ...runs('gone', 1) }, basis: undefined },
    { what: 'nothing, when nothing is known', of: { imageName: 'new' }, basis: undefined },
  ])('$what', ({ of, basis }) => {
    expect(basisOf(images, of)).toEqual(basis)
  })
})

describe('a capture', () => {
  const gate = () => new ReadGate({ images, contents: { contentOf: () => ({ jobId: 'job-1', imageName: 'new' }) } })

  it('reads what it was told when it reserved, and nothing else', () => {
    const own = gate()
    own.grant('job-1', { imageName: 'base', version: 1 }, 1)
    expect(() => own.mayReadManifest('node-1', 'base', 1)).not.toThrow()
    for (const [image, version] of [
      ['base', 2],
      ['own', 7],
      ['new', 1],
    ] as const)
      expect(() => own.mayReadManifest('node-1', image, version)).toThrow(
        expect.objectContaining({ code: 'JOB_CONTENT_REFUSED' }),
      )
  })

  it('reads nothing of another image before it reserved', () => {
    expect(() => gate().mayReadManifest('node-1', 'base', 1)).toThrow(expect.objectContaining({ code: 'JOB_CONTENT_REFUSED' }))
  })
})
