import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { decodeOptions, encodedLength, encodeOptions } from '../../../src/netboot/dhcp/options.ts'

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
    { name: 'a value that is too short', wire: [93, 2, 0], message: /option 93 announces 2 bytes but 1 follow/ },
    { name: 'a code and no length', wire: [93], message: /option 93 announces no bytes but 0 follow/ },
  ])('names the option that lies about its length: $name', ({ wire, message }) => {
    expect(() => decodeOptions(Uint8Array.from(wire))).toThrow(message)
  })

  it('never fails with anything but an AppError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (wire) => {
        try {
          decodeOptions(wire)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
    )
  })
})

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
