// A test of free memory: patterns are written to all of it and read back, turn after turn, for as long as there is time. Touches nothing but
// memory of this program.
import { randomBytes } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import type { MemoryMeasures } from '../../contract/hardware.ts'

const BLOCK_BYTES = 1024 * 1024
const PAGE_BYTES = 4096
/** The rest is for the system, which has no disk to swap to. */
const SHARE = 0.7
/** Of the time, for the first turn of writing: what is not reached by then is not tested. */
const FIRST_SHARE = 0.3

export interface MemoryTest {
  readonly totalBytes: number
  readonly availableBytes: number
  readonly seconds: number
  readonly signal: AbortSignal
  tell(percent: number): void
  /** Monotonic. */
  nowMs(): number
  /** A block of memory; a test hands out one that forgets. */
  readonly allocate?: (bytes: number) => Buffer
}

/** Fills a block so that no other block of the same turn has the same content. */
type Fill = (block: Buffer, index: number) => void

export async function testMemory(test: MemoryTest): Promise<MemoryMeasures> {
  const { totalBytes, availableBytes, seconds, signal, tell, nowMs, allocate = Buffer.allocUnsafeSlow } = test
  const mostBlocks = Math.floor((availableBytes * SHARE) / BLOCK_BYTES)
  const startMs = nowMs()
  const elapsed = () => (nowMs() - startMs) / (seconds * 1000)
  const blocks: Buffer[] = []
  let patterns = 0
  let wrongBlocks = 0
  const expected = Buffer.allocUnsafe(BLOCK_BYTES)
  for (const fill of fills()) {
    const turnBegan = elapsed()
    const count = patterns === 0 ? mostBlocks : blocks.length
    for (let index = 0; index < count; index++) {
      if (patterns === 0) {
        if (elapsed() > FIRST_SHARE && index > 0) break
        blocks.push(allocate(BLOCK_BYTES))
      }
      fill(blocks[index]!, index)
      await rest(index)
    }
    for (let index = 0; index < blocks.length; index++) {
      fill(expected, index)
      if (!blocks[index]!.equals(expected)) wrongBlocks++
      await rest(index)
    }
    if (blocks.length > 0) patterns++
    if (blocks.length === 0 || elapsed() + (elapsed() - turnBegan) > 1) break
  }
  return { item: 'memory', totalBytes, testedBytes: blocks.length * BLOCK_BYTES, patterns, wrongBlocks }

  /** Heartbeats go on, and a stop is heard. */
  async function rest(index: number): Promise<void> {
    if (index % 16 !== 0) return
    signal.throwIfAborted()
    tell(Math.min(100, 100 * elapsed()))
    await breathe()
  }
}

/** Neighbouring bits that differ, both ways round; then noise with the number of each page in it, and its opposite, without end. */
function* fills(): Generator<Fill> {
  yield (block, index) => stamp(block.fill(0x55), index)
  yield (block, index) => stamp(block.fill(0xaa), index)
  for (;;) {
    const noise = randomBytes(BLOCK_BYTES)
    yield (block, index) => {
      noise.copy(block)
      stamp(block, index)
    }
    const opposite = Buffer.from(noise.map((byte) => byte ^ 0xff))
    yield (block, index) => {
      opposite.copy(block)
      stamp(block, index)
    }
  }
}

/** A wire of an address that is stuck makes two pages one: each has its own number. */
function stamp(block: Buffer, index: number): void {
  for (let at = 0; at < BLOCK_BYTES; at += PAGE_BYTES)
    block.writeUInt32LE((index * (BLOCK_BYTES / PAGE_BYTES) + at / PAGE_BYTES) >>> 0, at)
}
