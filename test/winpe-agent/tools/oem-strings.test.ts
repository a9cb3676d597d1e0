import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { featuresOf, oemStrings } from '../../../src/winpe-agent/tools/oem-strings.ts'

const structure = (type: number, formatted: number, texts: readonly string[]) =>
  Buffer.concat([
    Buffer.from([type, 4 + formatted, 0, 0]),
    Buffer.alloc(formatted, 1),
    Buffer.from(texts.length === 0 ? '\0\0' : `${texts.join('\0')}\0\0`, 'latin1'),
  ])

describe('OEM strings', () => {
  it('are those of type 11 alone, wherever they stand', () => {
    const table = Buffer.concat([
      structure(1, 23, ['Example', 'platen.features=not-here']),
      structure(127 - 100, 8, []),
      structure(11, 1, ['one', 'platen.features=web, db']),
      structure(127, 0, []),
    ])
    expect(oemStrings(table)).toEqual(['one', 'platen.features=web, db'])
    expect(featuresOf(oemStrings(table))).toEqual(['web', 'db'])
  })

  it('never fail, whatever a firmware has', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (table) => featuresOf(oemStrings(table)).length <= 50))
  })
})
