import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import { type ChunkFrame, decodeFrames, encodeErrorFrame, encodeFrameHeader } from '../../src/imaging/chunk-frames.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const frame = fc.record({ digest, bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }) })
const encode = (frames: readonly ChunkFrame[]) =>
  Buffer.concat(frames.flatMap(({ digest: name, bytes }) => [encodeFrameHeader(name, bytes.length), bytes]))

async function collect(bytes: Uint8Array, size: number): Promise<ChunkFrame[]> {
  const frames: ChunkFrame[] = []
  for await (const one of decodeFrames(inPieces(bytes, size)))
    frames.push({ digest: one.digest, bytes: Uint8Array.from(one.bytes) })
  return frames
}

describe('chunk frames', () => {
  it('come back however the body is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 8 }), fc.integer({ min: 1, max: 700 }), async (frames, size) => {
        expect(await collect(encode(frames), size)).toEqual(
          frames.map(({ digest: name, bytes }) => ({ digest: name, bytes: Uint8Array.from(bytes) })),
        )
      }),
    )
  })

  it('give what is whole, then say that the body broke off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), fc.nat(), async (frames, cut) => {
        const body = encode(frames)
        const end = 1 + (cut % (body.length - 1))
        const boundaries = frames.map((_, index) => encode(frames.slice(0, index)).length)
        if (boundaries.includes(end)) return
        await expect(collect(body.subarray(0, end), 64)).rejects.toMatchObject({ code: 'IMAGE_CHUNK_STREAM_INVALID' })
      }),
    )
  })

  it('carry an error of the other side', async () => {
    const name = 'ab'.repeat(32)
    const body = Buffer.concat([
      encode([{ digest: name, bytes: Uint8Array.of(1, 2) }]),
      encodeErrorFrame(name, new AppError('IMAGE_CHUNK_CORRUPT', 'rot', 'look')),
    ])
    const got: string[] = []
    const read = async () => {
      for await (const one of decodeFrames(inPieces(body, 7))) got.push(one.digest)
    }
    await expect(read()).rejects.toMatchObject({ code: 'IMAGE_CHUNK_CORRUPT', message: 'rot', hint: 'look' })
    expect(got).toEqual([name])
  })

  it('refuse a length that no chunk has', async () => {
    await expect(collect(encodeFrameHeader('00'.repeat(32), 0x7fff_ffff), 64)).rejects.toMatchObject({
      code: 'IMAGE_CHUNK_STREAM_INVALID',
    })
  })
})
