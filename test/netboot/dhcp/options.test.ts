import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeOptions, encodedLength, encodeOptions, oddOptionText } from '../../../src/netboot/dhcp/options.ts'

describe('decodeOptions', () => {
  it.each([
    { name: 'pads between options', wire: [0, 53, 1, 1, 0, 255], want: [[53, [1]]] },
    { name: 'an empty value', wire: [80, 0, 255], want: [[80, []]] },
    { name: 'a repeated code is one value', wire: [43, 1, 9, 43, 2, 8, 7, 255], want: [[43, [9, 8, 7]]] },
    { name: 'no END marker', wire: [53, 1, 1], want: [[53, [1]]] },
    { name: 'what follows END is not read', wire: [53, 1, 1, 255, 60, 9], want: [[53, [1]]] },
  ])('$name', ({ wire, want }) => {
    expect([...decodeOptions(Uint8Array.from(wire))].map(([code, value]) => [code, [...value]])).toEqual(want)
  })

  it.each([
    { name: 'cut off', wire: [60, 4, 65, 66], want: [[60, [65, 66]]], says: '60 (vendor class) says 4 bytes, 2 follow' },
    {
      name: 'an id that is cut off is none',
      wire: [61, 4, 1, 2],
      want: [],
      says: '61 (client identifier) says 4 bytes, 2 follow',
    },
    { name: 'a code and no length', wire: [53, 1, 1, 93], want: [[53, [1]]], says: '93 (client architecture) has no length' },
    {
      name: 'of fixed size, twice: the first that is large enough',
      wire: [57, 1, 5, 57, 2, 5, 220, 57, 2, 2, 64, 255],
      want: [[57, [5, 220]]],
      says: '57 (maximum message size) comes 3 times',
    },
    {
      name: 'the same text twice says it once',
      wire: [77, 4, 105, 80, 88, 69, 77, 4, 105, 80, 88, 69, 255],
      want: [[77, [105, 80, 88, 69]]],
      says: '77 (user class) comes 2 times',
    },
  ])('keeps what can be read, and tells what was odd: $name', ({ wire, want, says }) => {
    const odd: string[] = []
    const options = decodeOptions(Uint8Array.from(wire), undefined, (one) => odd.push(oddOptionText(one)))
    expect([...options].map(([code, value]) => [code, [...value]])).toEqual(want)
    expect(odd).toEqual([says])
  })

  it('reads any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (wire) => void decodeOptions(wire)))
  })

  it('steps over what comes more often than long values have parts', () => {
    const wire = Uint8Array.from([43, 1, 7, ...Array.from({ length: 5000 }, () => [43, 1, 9]).flat(), 53, 1, 1])
    const options = decodeOptions(wire)
    expect([options.get(43)!.length, [...options.get(53)!]]).toEqual([257, [1]])
  })

  it.each([
    { name: 'empty ones', option: [43, 0] },
    { name: 'parts of one byte', option: [43, 1, 9] },
    { name: 'long parts', option: [43, 255, ...Array<number>(255).fill(9)] },
    { name: 'of every code in turn', option: Array.from({ length: 254 }, (_, at) => [at + 1, 1, 7]).flat() },
  ])('does not get slow by repeats: $name', ({ option }) => {
    const wire = Uint8Array.from({ length: 65_000 }, (_, at) => option[at % option.length]!)
    const least = Math.min(...Array.from({ length: 20 }, () => milliseconds(() => void decodeOptions(wire))))
    // It was 101; the fastest of twenty, because others use this machine too.
    expect(least).toBeLessThan(20)
  })
})

function milliseconds(work: () => void): number {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}

describe('encodeOptions', () => {
  it('writes the message type first and the relay option last', () => {
    const options = new Map([
      [82, Uint8Array.of(1)],
      [93, Uint8Array.of(0, 7)],
      [1, Uint8Array.of(255)],
      [53, Uint8Array.of(2)],
    ])
    expect([...encodeOptions(options)]).toEqual([53, 1, 2, 1, 1, 255, 93, 2, 0, 7, 82, 1, 1, 255])
  })

  it('writes a PAD behind names that firmware reads to the first NUL', () => {
    const options = new Map([66, 67, 17, 12].map((code) => [code, Uint8Array.of(65)]))
    expect([...encodeOptions(options)]).toEqual([12, 1, 65, 17, 1, 65, 0, 66, 1, 65, 0, 67, 1, 65, 0, 255])
  })

  it('is undone by decodeOptions, and as long as it said', () => {
    const option = fc.tuple(fc.integer({ min: 1, max: 254 }), fc.uint8Array({ maxLength: 700 }))
    fc.assert(
      fc.property(fc.array(option), (pairs) => {
        const options = new Map(pairs)
        const wire = encodeOptions(options)
        expect(wire.length).toBe(encodedLength(options))
        const back = decodeOptions(wire)
        expect(new Map([...back].map(([code, value]) => [code, [...value]]))).toEqual(
          new Map([...options].map(([code, value]) => [code, [...value]])),
        )
      }),
    )
  })
})
