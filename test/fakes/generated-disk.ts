// Generated partition tables and what the partitions hold, for properties over disks that fit in memory.
import fc from 'fast-check'
import type { GptTable } from '../../src/contract/image.ts'
import type { UsedContent } from '../../src/imaging/capture-plan.ts'

const MiB = 1024 * 1024
const uuid = fc.uuid()

export interface GeneratedDisk {
  readonly sizeBytes: number
  readonly sectorBytes: 512 | 4096
  readonly table: GptTable
  readonly contents: readonly UsedContent[]
}

/** A GPT disk of up to 24 MiB with up to twelve partitions that do not overlap, and used blocks in each. */
export const gptDisk: fc.Arbitrary<GeneratedDisk> = fc
  .record({
    sectorBytes: fc.constantFrom(512 as const, 4096 as const),
    id: uuid,
    bootCode: fc.uint8Array({ minLength: 440, maxLength: 440 }),
    parts: fc.array(
      fc.record({
        gapUnits: fc.nat(40),
        units: fc.integer({ min: 1, max: 400 }),
        typeId: uuid,
        id: uuid,
        attributes: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => bits.toString(16).padStart(16, '0')),
        name: fc.string({ maxLength: 36, unit: 'grapheme-ascii' }),
        used: fc.array(fc.record({ offset: fc.nat(400 * 4096), length: fc.nat(300_000) }), { maxLength: 6 }),
      }),
      { maxLength: 12 },
    ),
    tailUnits: fc.nat(100),
    numbersSkip: fc.nat(3),
  })
  .map(({ sectorBytes, id, bootCode, parts, tailUnits, numbersSkip }) => {
    let at = MiB
    const placed = parts.map((part, index) => {
      const startBytes = at + part.gapUnits * 4096
      const sizeBytes = part.units * 4096
      at = startBytes + sizeBytes
      return { ...part, number: index + 1 + (index > 1 ? numbersSkip : 0), startBytes, sizeBytes }
    })
    const table: GptTable = {
      kind: 'gpt',
      id,
      entryCount: 128,
      firstUsableBytes: sectorBytes === 512 ? 34 * 512 : 6 * 4096,
      partitions: placed.map(({ number, startBytes, sizeBytes, typeId, id: partId, attributes, name }) => ({
        number,
        startBytes,
        sizeBytes,
        typeId,
        id: partId,
        attributes,
        name,
      })),
      bootCode: Buffer.from(bootCode).toString('base64'),
    }
    const contents = placed.map(({ number, startBytes, sizeBytes, used }) => ({
      number,
      startBytes,
      sizeBytes,
      content: 'ext' as const,
      used,
    }))
    return { sizeBytes: at + tailUnits * 4096 + 40 * 4096, sectorBytes, table, contents }
  })
