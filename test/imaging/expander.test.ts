import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createExpander } from '../../src/imaging/expander.ts'

const ROOM = 4096
const some = Buffer.from('a chunk that repeats itself, a chunk that repeats itself')

describe('expanding a chunk', () => {
  it('is the inverse of compressing, whatever was expanded before', () => {
    const expand = createExpander()
    const room = new Uint8Array(new SharedArrayBuffer(ROOM))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: ROOM }), fc.boolean(), (content, isAfterRubbish) => {
        if (isAfterRubbish) expand(some, room)
        const length = expand(zstdCompressSync(content), room)
        expect(length).toBe(content.length)
        expect(room.subarray(0, content.length)).toEqual(content)
      }),
    )
  })

  it.each([
    { name: 'rubbish', bytes: some, reason: /Unknown frame/ },
    { name: 'nothing', bytes: new Uint8Array(0), reason: /unexpected end/ },
    { name: 'a frame that is cut', bytes: zstdCompressSync(some).subarray(0, -4), reason: /unexpected end/ },
    { name: 'one byte more than there is room', bytes: zstdCompressSync(Buffer.alloc(ROOM + 1)), reason: /longer than 4096/ },
    { name: 'far more than there is room', bytes: zstdCompressSync(Buffer.alloc(1 << 20)), reason: /longer than 4096/ },
  ])('$name: says why there is no content', ({ bytes, reason }) => {
    expect(createExpander()(bytes, new Uint8Array(ROOM))).toMatch(reason)
  })

  it('never throws, whatever arrives, and goes on', () => {
    const expand = createExpander()
    const room = new Uint8Array(ROOM)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 80 }), (noise, at) => {
        const spoiled = zstdCompressSync(some)
        spoiled.set(noise.subarray(0, spoiled.length - Math.min(at, spoiled.length)), Math.min(at, spoiled.length))
        expect(['number', 'string']).toContain(typeof expand(spoiled, room))
        expect(expand(zstdCompressSync(some), room)).toBe(some.length)
      }),
    )
  })
})
