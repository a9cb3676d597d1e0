import { describe, expect, it } from 'vitest'
import type { DiskManifest } from '../../src/contract/image.ts'
import { decideShrink, splitChunks } from '../../src/imaging/shrink-plan.ts'

const MiB = 1024 * 1024

/** Two partitions: the first up to 50 MiB, the last up to 400 MiB. */
function imageOf(last: 'ext' | 'xfs'): DiskManifest {
  const partition = { typeId: 0x83, isContainer: false }
  return {
    sizeBytes: 400 * MiB,
    sectorBytes: 512,
    table: {
      kind: 'mbr',
      id: '01020304',
      partitions: [
        { ...partition, number: 1, startBytes: MiB, sizeBytes: 49 * MiB },
        { ...partition, number: 2, startBytes: 50 * MiB, sizeBytes: 350 * MiB },
      ],
      records: [{ startBytes: 0, bytes: Buffer.alloc(512).toString('base64') }],
    },
    contents: [
      { number: 1, content: 'ext', usedBytes: 10 * MiB },
      { number: 2, content: last, usedBytes: 60 * MiB },
    ],
    usedBytes: 70 * MiB,
    chunkBytes: 2 * MiB,
    extents: '',
    digests: '',
    contentDigest: 'ab'.repeat(32),
  }
}

function withFilesystemOf(filesystemBytes: number): DiskManifest {
  const image = imageOf('ext')
  return { ...image, contents: image.contents.map((each) => (each.number === 2 ? { ...each, filesystemBytes } : each)) }
}

const USED = [
  { offset: MiB, length: 10 * MiB },
  { offset: 60 * MiB, length: 30 * MiB },
  // At the end of its partition: it has to come to the front.
  { offset: 360 * MiB, length: 30 * MiB },
]
const targetOf = (mebibytes: number) => ({ sizeBytes: mebibytes * MiB, sectorBytes: 512 })
const decide = (mebibytes: number, last: 'ext' | 'xfs' = 'ext', keepSizes = false) =>
  decideShrink(imageOf(last), USED, targetOf(mebibytes), keepSizes)

describe('a smaller disk', () => {
  it.each([
    { name: 'as large as the image needs', mebibytes: 400 },
    { name: 'larger', mebibytes: 500 },
  ])('is none when it is $name', ({ mebibytes }) => {
    expect(decide(mebibytes)).toBeUndefined()
  })

  it('makes the last filesystem as large as there is room, in whole MiB', () => {
    expect(decide(200.5)).toEqual({
      number: 2,
      content: 'ext',
      startBytes: 50 * MiB,
      fromBytes: 350 * MiB,
      toBytes: 150 * MiB,
      usedBytes: 60 * MiB,
    })
  })

  it.each([
    { name: 'the last filesystem cannot become smaller', run: () => decide(200, 'xfs'), says: /holds xfs: only ext/ },
    { name: 'the job says so', run: () => decide(200, 'ext', true), says: /keep their size/ },
    { name: 'its used bytes have no room', run: () => decide(110), says: /has 62914560 bytes in use, and room for 62914560/ },
    { name: 'the first partition has none', run: () => decide(40), says: /room for 0 here/ },
    {
      name: 'something that is no part of the filesystem stands behind it',
      run: () => decideShrink(withFilesystemOf(200 * MiB), USED, targetOf(200), false),
      says: /cannot be made smaller, its filesystem ends at byte 262144000, and what stands behind that/,
    },
  ])('is refused with the figures: $name', ({ run, says }) => {
    expect(run).toThrowError(expect.objectContaining({ code: 'IMAGE_DOES_NOT_FIT', message: expect.stringMatching(says) }))
  })
})

it('a chunk that reaches into the last partition is written in part, and its other part made smaller', () => {
  const shrink = { number: 2, content: 'ext', startBytes: 51 * MiB, fromBytes: 349 * MiB, toBytes: MiB, usedBytes: MiB } as const
  const chunk = (index: number) => ({
    index,
    offset: index * 2 * MiB,
    digest: 'ab'.repeat(32),
    used: [{ offset: 0, length: 2 * MiB }],
  })
  const { outside, inside } = splitChunks([chunk(24), chunk(25), chunk(26)], shrink)
  expect(outside).toEqual([chunk(24), { ...chunk(25), used: [{ offset: 0, length: MiB }], isPart: true }])
  expect(inside).toEqual([{ ...chunk(25), used: [{ offset: MiB, length: MiB }] }, chunk(26)])
})
