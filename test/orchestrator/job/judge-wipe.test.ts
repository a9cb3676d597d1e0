import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WipedDisk, WipeMethod } from '../../../src/contract/wipe.ts'
import { digestOfBytes, patternAt, SAMPLE_BYTES, samplePlaces } from '../../../src/imaging/wipe-samples.ts'
import { judgeWipe } from '../../../src/orchestrator/job/judge-wipe.ts'

const SEED = 'd'.repeat(64)
const asked = { seed: SEED, samples: 16 }
const SIZE = 64 * 1024 ** 2
const ZEROS = digestOfBytes(Buffer.alloc(SAMPLE_BYTES))
const ONES = digestOfBytes(Buffer.alloc(SAMPLE_BYTES, 0xff))
const OTHER = digestOfBytes(Buffer.from('anything'))

type Holds = 'zeros' | 'ones' | 'pattern' | 'other'

function diskOf(method: WipeMethod, holds: (index: number) => Holds): WipedDisk {
  const samples = samplePlaces(SEED, SIZE, asked.samples).map((offset, index) => {
    const before = digestOfBytes(patternAt(SEED, offset, SAMPLE_BYTES))
    return { offset, before, after: { zeros: ZEROS, ones: ONES, other: OTHER, pattern: before }[holds(index)] }
  })
  const at = '2026-01-01T00:00:00.000Z'
  return { serial: 'A', sizeBytes: SIZE, method, startedAt: at, endedAt: at, samples }
}

it.each<[WipeMethod, Holds, boolean]>([
  ['overwrite', 'pattern', true],
  ['overwrite', 'zeros', false],
  ['overwrite', 'other', false],
  ['discard', 'zeros', true],
  ['discard', 'ones', true],
  ['discard', 'pattern', false],
  ['discard', 'other', false],
  ['nvme-format', 'zeros', true],
  ['nvme-format', 'other', false],
  ['nvme-sanitize-block', 'ones', true],
  ['ata-secure-erase', 'zeros', true],
  ['ata-secure-erase', 'other', false],
  ['nvme-sanitize-crypto', 'other', true],
  ['nvme-format-crypto', 'zeros', true],
  ['nvme-format-crypto', 'pattern', false],
  ['ata-secure-erase-enhanced', 'other', true],
])('%s after which all places hold %s: proven %s', (method, holds, isProven) => {
  expect(
    judgeWipe(
      diskOf(method, () => holds),
      asked,
    ).kind,
  ).toBe(isProven ? 'proven' : 'unproven')
})

describe('one thing that is wrong', () => {
  const good = diskOf('discard', () => 'zeros')

  it('at one place, whichever it is, is no proof', () => {
    fc.assert(
      fc.property(fc.nat(15), fc.constantFrom<Holds>('pattern', 'other', 'ones'), (bad, holds) => {
        const judged = judgeWipe(
          diskOf('discard', (index) => (index === bad ? holds : 'zeros')),
          asked,
        )
        expect(judged.kind).toBe('unproven')
      }),
    )
  })

  it.each([
    ['a place fewer', { ...good, samples: good.samples.slice(1) }],
    ['a place elsewhere', { ...good, samples: good.samples.map((each) => ({ ...each, offset: each.offset + 4096 })) }],
    ['no mark before', { ...good, samples: good.samples.map((each) => ({ ...each, before: ZEROS })) }],
    ['another size', { ...good, sizeBytes: SIZE / 2 }],
  ])('%s is no proof', (_, disk) => {
    expect(judgeWipe(disk, asked).kind).toBe('unproven')
  })

  it('the places of another seed are no proof', () => {
    expect(judgeWipe(good, { ...asked, seed: 'e'.repeat(64) }).kind).toBe('unproven')
  })
})
