import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adapt, LANE_LIMITS, sharesOf, wallOf } from '../../../src/winpe-agent/imaging/wall.ts'

const none = { threads: 4, diskMs: 0, processorMs: 0 }

describe('what a transfer waits for', () => {
  it.each([
    { name: 'threads that compress', diskMs: 500, processorMs: 3200, wall: 'processor' },
    { name: 'threads that wait for the disk', diskMs: 3000, processorMs: 900, wall: 'disk' },
    { name: 'threads that wait for work', diskMs: 300, processorMs: 700, wall: 'network' },
    { name: 'nothing done at all', diskMs: 0, processorMs: 0, wall: 'network' },
  ])('$name: the $wall', ({ diskMs, processorMs, wall }) => {
    expect(wallOf(sharesOf(none, { threads: 4, diskMs, processorMs }, 1000))).toBe(wall)
  })

  it('splits the time into shares that are one together, whatever the clocks say', () => {
    const ms = fc.double({ min: 0, max: 1e7, noNaN: true })
    fc.assert(
      fc.property(ms, ms, ms, fc.integer({ min: 1, max: 16 }), (diskMs, processorMs, elapsedMs, threads) => {
        const { network, disk, processor } = sharesOf({ ...none, threads }, { threads, diskMs, processorMs }, elapsedMs)
        expect(network + disk + processor).toBeCloseTo(1)
        expect(Math.min(network, disk, processor)).toBeGreaterThanOrEqual(-1e-9)
      }),
    )
  })
})

describe('how hard it tries', () => {
  const start = { level: 3, lanes: 3 }
  it.each([
    {
      name: 'a slow network and an idle processor',
      shares: { network: 0.8, disk: 0.1, processor: 0.1 },
      next: { level: 5, lanes: 4 },
    },
    {
      name: 'a slow network, but no time to compress more',
      shares: { network: 0.5, disk: 0.1, processor: 0.4 },
      next: { level: 3, lanes: 4 },
    },
    { name: 'a slow disk', shares: { network: 0.1, disk: 0.8, processor: 0.1 }, next: { level: 3, lanes: 2 } },
    { name: 'a slow processor', shares: { network: 0.1, disk: 0.1, processor: 0.8 }, next: { level: 3, lanes: 3 } },
  ])('$name', ({ shares, next }) => {
    expect(adapt(start, shares)).toEqual(next)
  })

  it('falls back when the processor becomes the wall', () => {
    expect(adapt({ level: 7, lanes: 4 }, { network: 0.2, disk: 0.1, processor: 0.7 })).toEqual({ level: 5, lanes: 4 })
  })

  it('stays within its limits, and settles while nothing changes', () => {
    const shares = fc
      .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([disk, rest]) => ({ disk, processor: (1 - disk) * rest, network: (1 - disk) * (1 - rest) }))
    fc.assert(
      fc.property(shares, (steady) => {
        let effort = start
        for (let turn = 0; turn < 10; turn++) effort = adapt(effort, steady)
        expect(effort.level).toBeGreaterThanOrEqual(3)
        expect(effort.level).toBeLessThanOrEqual(9)
        expect(effort.lanes).toBeGreaterThanOrEqual(LANE_LIMITS.least)
        expect(effort.lanes).toBeLessThanOrEqual(LANE_LIMITS.most)
        expect(adapt(effort, steady)).toEqual(effort)
      }),
    )
  })
})
