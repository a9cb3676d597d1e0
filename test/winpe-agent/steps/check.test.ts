// The measures of a check, each on something that is whole and on something that is not.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPieces, strideOf } from '../../../src/winpe-agent/steps/check-disk.ts'
import { testMemory } from '../../../src/winpe-agent/steps/check-memory.ts'
import { testNetwork } from '../../../src/winpe-agent/steps/check-network.ts'
import { testProcessor } from '../../../src/winpe-agent/steps/check-processor.ts'
import { OutcomeClient } from '../../fakes/outcome-client.ts'

const MIB = 1024 * 1024
const { signal } = new AbortController()

/** Each look at it is a tenth of a second later. */
function ticking(stepMs = 100) {
  let nowMs = 0
  return () => (nowMs += stepMs)
}

describe('memory', () => {
  const sizes = { totalBytes: 100 * MIB, availableBytes: 15 * MIB, seconds: 6, signal }

  it('that keeps what is written is tested with several patterns', async () => {
    const measures = await testMemory({ ...sizes, tell: () => {}, nowMs: ticking() })
    expect(measures).toMatchObject({ testedBytes: 10 * MIB, wrongBlocks: 0 })
    expect(measures.patterns).toBeGreaterThan(3)
  })

  it('that forgets a bit is found', async () => {
    const blocks: Buffer[] = []
    const allocate = (bytes: number) => {
      const block = Buffer.alloc(bytes)
      blocks.push(block)
      return block
    }
    let looks = 0
    const forget = () => {
      looks++
      // Between the writing of the first pattern and its reading.
      if (blocks.length === 10 && looks === 2) blocks[7]![123_456]! ^= 0x10
    }
    const measures = await testMemory({ ...sizes, allocate, tell: forget, nowMs: ticking() })
    expect(measures.wrongBlocks).toBe(1)
  })

  it('of which there is more than time for is tested in part', async () => {
    const measures = await testMemory({ ...sizes, tell: () => {}, nowMs: ticking(600) })
    expect(measures.testedBytes).toBeGreaterThan(0)
    expect(measures.testedBytes).toBeLessThan(10 * MIB)
    expect(measures.patterns).toBeGreaterThan(0)
  })

  it('of which nothing is free is not tested', async () => {
    expect(await testMemory({ ...sizes, availableBytes: 0, tell: () => {}, nowMs: ticking() })).toMatchObject({ patterns: 0 })
  })
})

describe('a processor', () => {
  it('that computes right gives the known result on every core', async () => {
    const measures = await testProcessor({ cores: 2, seconds: 1.5, signal, tell: () => {} })
    expect(measures).toMatchObject({ cores: 2, wrongRounds: 0 })
    expect(measures.rounds).toBeGreaterThan(0)
  })

  it('that computes something else is found', async () => {
    const measures = await testProcessor({ cores: 1, seconds: 1, signal, tell: () => {}, result: '1' })
    expect(measures.wrongRounds).toBe(measures.rounds)
    expect(measures.rounds).toBeGreaterThan(0)
  })
})

describe('a disk', () => {
  const disk = (badOffset?: number) => ({
    async read(_buffer: Buffer, _at: number, length: number, offset: number) {
      if (offset === badOffset) throw Object.assign(new Error('read'), { code: 'EIO' })
      return { bytesRead: length, buffer: _buffer }
    },
  })
  const wish = { sizeBytes: 102 * MIB, seconds: 60, isWhole: true, signal, tell: () => {} }
  const read = (badOffset: number | undefined, more: Partial<typeof wish>, stepMs = 1) =>
    readPieces(disk(badOffset) as unknown as Parameters<typeof readPieces>[0], { ...wish, ...more, nowMs: ticking(stepMs) })

  it('is read to its end, and the places that cannot be read are named', async () => {
    expect(await read(undefined, {})).toMatchObject({ readBytes: 102 * MIB, isWhole: true, badReads: 0 })
    expect(await read(8 * MIB, {})).toMatchObject({ readBytes: 98 * MIB, badReads: 1, badOffsets: [8 * MIB] })
    expect(await read(8 * MIB, { isWhole: false })).toMatchObject({ isWhole: true, badReads: 1 })
  })

  it('that is too large for the time is read in part, all over it', async () => {
    const { readBytes, isWhole } = await read(undefined, { isWhole: false, seconds: 1 }, 100)
    expect(isWhole).toBe(false)
    expect(readBytes).toBeGreaterThan(10 * MIB)
  })

  it('has every piece read once, whatever their count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), (count) => {
        const step = strideOf(count)
        expect(new Set(Array.from({ length: count }, (_, turn) => (turn * step) % count)).size).toBe(count)
      }),
    )
  })
})

describe('the network', () => {
  const measure = (client: OutcomeClient) => testNetwork({ seconds: 1, tell: () => {}, nowMs: ticking(50) }, { client, signal })

  it('is measured both ways', async () => {
    expect(await measure(new OutcomeClient())).toMatchObject({ isDamaged: false, upSeconds: expect.any(Number) })
  })

  it('that changes a byte is found', async () => {
    const client = new OutcomeClient()
    client.disturb = (part) => part.with(70_000, part[70_000]! ^ 1)
    expect(await measure(client)).toMatchObject({ isDamaged: true })
  })
})
