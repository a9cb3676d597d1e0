import { describe, expect, it } from 'vitest'
import { TransferMeter } from '../../../src/winpe-agent/imaging/transfer-meter.ts'
import type { Progress } from '../../../src/winpe-agent/performer.ts'

function watched(total: number) {
  const told: Progress[] = []
  const clock = { nowMs: 0 }
  const threads = { spent: { threads: 2, diskMs: 0, processorMs: 0 } }
  const meter = new TransferMeter({ progress: (update) => void told.push(update) }, total, () => clock.nowMs)
  return { told, clock, threads, meter }
}

describe('the meter of a transfer', () => {
  it('tells percent and seconds left from what is through', () => {
    const { told, clock, meter } = watched(1000)
    meter.now('writing')
    clock.nowMs = 10_000
    meter.advance(250)
    expect(told.at(-1)).toMatchObject({ minorState: 'writing', percent: 25, secondsLeft: 30 })
    expect(told.at(-1)).not.toHaveProperty('flow')
  })

  it('tells after two seconds what is the wall, with the speed of each', () => {
    const { told, clock, threads, meter } = watched(1000)
    meter.watch(threads)
    meter.advance(1)
    clock.nowMs = 2000
    threads.spent = { threads: 2, diskMs: 400, processorMs: 3000 }
    meter.count('bytesRead', 600_000_000)
    meter.count('bytesSent', 150_000_000)
    meter.advance(1)
    expect(told.at(-1)!.flow).toEqual({
      wall: 'processor',
      diskBytesPerSecond: 300_000_000,
      networkBytesPerSecond: 75_000_000,
      processorPercent: 75,
    })
    expect(meter.effort).toEqual({ level: 3, lanes: 3 })
  })

  it('tries harder after a time in which the threads had nothing to do', () => {
    const { clock, threads, meter } = watched(1000)
    meter.watch(threads)
    meter.advance(1)
    clock.nowMs = 2500
    meter.advance(1)
    expect(meter.effort).toEqual({ level: 5, lanes: 4 })
  })
})
