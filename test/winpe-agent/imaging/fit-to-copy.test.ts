// What --include-unknown and --include-broken make of a filesystem that is not fit.
import { describe, expect, it } from 'vitest'
import { fitnessOf, mapOrBroken } from '../../../src/winpe-agent/imaging/fit-to-copy.ts'
import type { FilesystemCheck } from '../../../src/winpe-agent/imaging/imaging-tools.ts'
import { brokenContent, uncleanContent } from '../../../src/winpe-agent/imaging/unfit-content.ts'

const BROKEN: FilesystemCheck = { kind: 'broken', lines: ['fsck.fat ends with exit code 1:', 'FATs differ'] }

const fitness = (found: FilesystemCheck, wishes: { includeUnknown: boolean; includeBroken?: boolean }) =>
  fitnessOf({ name: '/dev/vda1', content: 'fat', head: new Uint8Array(4096), sizeBytes: 1e9, check: async () => found }, wishes)

it.each([
  { name: 'whole', found: { kind: 'whole' } as const, includeBroken: false, gives: { kind: 'fit' } },
  { name: 'whole, whatever else would be taken', found: { kind: 'whole' } as const, includeBroken: true, gives: { kind: 'fit' } },
  {
    name: 'nobody could check it',
    found: { kind: 'unchecked', reason: 'no such program' } as const,
    includeBroken: false,
    gives: { kind: 'fit', note: 'not checked at the source: no such program' },
  },
  {
    name: 'broken, and taken as it is',
    found: BROKEN,
    includeBroken: true,
    gives: { kind: 'raw', broken: expect.stringContaining('FATs differ') },
  },
])('$name', async ({ found, includeBroken, gives }) => {
  expect(await fitness(found, { includeUnknown: false, includeBroken })).toMatchObject(gives)
})

it.each([
  { name: 'broken', found: BROKEN, wishes: { includeUnknown: false }, code: 'IMAGE_CONTENT_BROKEN' },
  { name: 'broken, when only unknown is taken', found: BROKEN, wishes: { includeUnknown: true }, code: 'IMAGE_CONTENT_BROKEN' },
  {
    name: 'not clean, which can be mended where it is',
    found: { kind: 'unclean', reason: 'a journal with changes' } as const,
    wishes: { includeUnknown: true, includeBroken: true },
    code: 'IMAGE_CONTENT_UNCLEAN',
  },
])('is refused: $name', async ({ found, wishes, code }) => {
  await expect(fitness(found, wishes)).rejects.toMatchObject({ code })
})

/** Pages of 4 KiB, of which the header counts so many. */
function swapOf(pages: number): Uint8Array {
  const head = Buffer.alloc(8192)
  head.writeUInt32LE(1, 1024)
  head.writeUInt32LE(pages - 1, 1028)
  head.write('SWAPSPACE2', 4086, 'latin1')
  return head
}

it.each([
  { name: 'as large as its partition', sizeBytes: 25_600 * 4096, gives: { kind: 'fit' } },
  { name: 'of which the last pages do not count', sizeBytes: 25_700 * 4096, gives: { kind: 'fit' } },
  {
    name: 'that leaves room for something else',
    sizeBytes: 26_000 * 4096,
    gives: { kind: 'raw', reason: expect.stringContaining('smaller') },
  },
])('a swap area $name', async ({ sizeBytes, gives }) => {
  const place = { name: '/dev/vda1', content: 'swap', head: swapOf(25_600), sizeBytes, check: async () => BROKEN } as const
  expect(await fitnessOf(place, { includeUnknown: false })).toMatchObject(gives)
})

describe('a map that contradicts itself, of a filesystem that no check finds broken', () => {
  const broken = brokenContent('/dev/vda1', 'ext', ['group 3 has no map of blocks'])
  const read = async () => {
    throw broken
  }

  it('is refused', async () => {
    await expect(mapOrBroken(read, {})).rejects.toBe(broken)
  })

  it('is no map when what is broken is to be taken as it is', async () => {
    expect(await mapOrBroken(read, { includeBroken: true })).toEqual({
      kind: 'raw',
      reason: 'its map of used blocks cannot be read',
      broken: 'group 3 has no map of blocks',
    })
  })

  it('is another matter than what is not clean', async () => {
    const unclean = uncleanContent('/dev/vda1', 'ext', 'another machine has it')
    await expect(
      mapOrBroken(
        async () => {
          throw unclean
        },
        { includeBroken: true },
      ),
    ).rejects.toBe(unclean)
  })
})
