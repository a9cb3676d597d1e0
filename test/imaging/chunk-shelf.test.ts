import { describe, expect, it } from 'vitest'
import { ChunkShelf } from '../../src/imaging/chunk-shelf.ts'

describe('a shelf of memory for chunks', () => {
  it('gives what came back again, in the length that is asked for', () => {
    const shelf = new ChunkShelf()
    const first = shelf.take(1000)
    expect(first.length).toBe(1000)
    shelf.giveBack(first)
    const second = shelf.take(2_000_000)
    expect(second.buffer).toBe(first.buffer)
    expect(second.length).toBe(2_000_000)
  })

  it('never gives one place twice while it is in use', () => {
    const shelf = new ChunkShelf()
    const taken = Array.from({ length: 20 }, () => shelf.take(10))
    expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(20)
  })

  it('keeps nothing that it did not make, and nothing larger than usual', () => {
    const shelf = new ChunkShelf()
    const large = shelf.take(10_000_000)
    const foreign = new Uint8Array(2 * 1024 * 1024 + 65_536)
    shelf.giveBack(large)
    shelf.giveBack(foreign)
    expect([large.buffer, foreign.buffer]).not.toContain(shelf.take(5).buffer)
  })
})
