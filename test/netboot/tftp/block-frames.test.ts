import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BlockFrames } from '../../../src/netboot/tftp/block-frames.ts'
import { decodeTftp } from '../../../src/netboot/tftp/packet.ts'

const fileOf = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, at) => (at * 31) >>> 3)

it.each([
  { name: 'a whole block', sizeBytes: 100, block: 1, want: 10 },
  { name: 'the short one at the end', sizeBytes: 97, block: 10, want: 7 },
  { name: 'the empty one after a whole number of blocks', sizeBytes: 100, block: 11, want: 0 },
  { name: 'the only one of an empty file', sizeBytes: 0, block: 1, want: 0 },
  { name: 'the only one of a small file', sizeBytes: 3, block: 1, want: 3 },
])('frames $name', ({ sizeBytes, block, want }) => {
  const bytes = fileOf(sizeBytes)
  const frame = new BlockFrames({ bytes, blockSizeBytes: 10, windowBlocks: 4 }).frame(block)
  expect(decodeTftp(frame)).toEqual({ kind: 'data', block, payload: Buffer.from(bytes.subarray((block - 1) * 10, block * 10)) })
  expect(frame.length).toBe(4 + want)
})

it('the number on the wire rolls over after 65535', () => {
  const frames = new BlockFrames({ bytes: fileOf(8 * 65_540), blockSizeBytes: 8, windowBlocks: 2 })
  expect(decodeTftp(frames.frame(65_536))).toMatchObject({ kind: 'data', block: 0 })
  expect(decodeTftp(frames.frame(65_537))).toMatchObject({ kind: 'data', block: 1 })
})

it('what was framed stays as it was for as long as its window may be sent again', () => {
  const sizes = fc.record({
    sizeBytes: fc.nat(2000),
    blockSizeBytes: fc.integer({ min: 8, max: 64 }),
    windowBlocks: fc.integer({ min: 1, max: 20 }),
  })
  fc.assert(
    fc.property(sizes, fc.nat(), ({ sizeBytes, blockSizeBytes, windowBlocks }, seed) => {
      const bytes = fileOf(sizeBytes)
      const frames = new BlockFrames({ bytes, blockSizeBytes, windowBlocks })
      const last = Math.floor(sizeBytes / blockSizeBytes) + 1
      const first = 1 + (seed % last)
      const sent = new Map<number, Buffer>()
      for (let block = first; block <= Math.min(first + windowBlocks, last); block++) sent.set(block, frames.frame(block))
      for (const [block, frame] of sent) {
        const start = (block - 1) * blockSizeBytes
        expect(decodeTftp(frame)).toEqual({
          kind: 'data',
          block,
          payload: Buffer.from(bytes.subarray(start, Math.min(start + blockSizeBytes, sizeBytes))),
        })
      }
    }),
  )
})
