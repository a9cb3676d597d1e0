import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCompressor, createExpander } from '../../src/imaging/zstd-rooms.ts'

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

describe('compressing a chunk', () => {
  const params = { [constants.ZSTD_c_compressionLevel]: 3 }

  it('makes a frame of its own of each chunk, which any zstd reads', () => {
    const compress = createCompressor(params)
    const room = new Uint8Array(new SharedArrayBuffer(ROOM + 1000))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: ROOM }), (content) => {
        const frame = room.slice(0, compress(content, room))
        expect(Uint8Array.from(zstdDecompressSync(frame))).toEqual(content)
      }),
    )
  })

  it('is as small as the public call makes it, also the second time', () => {
    const compress = createCompressor(params)
    const content = Buffer.from(Array.from({ length: 20_000 }, (_, index) => `${index * index} `).join(''))
    const room = new Uint8Array(content.length)
    const sizes = [compress(content, room), compress(content, room)]
    const whole = zstdCompressSync(content, { params, pledgedSrcSize: content.length } as Parameters<typeof zstdCompressSync>[1])
    expect(sizes).toEqual([whole.length, whole.length])
  })

  it('says that there is no room', () => {
    expect(() => createCompressor(params)(some, new Uint8Array(20))).toThrow(/no room in 20 bytes/)
  })
})
