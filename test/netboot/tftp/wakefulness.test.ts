import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Promptness, WakefulLoop } from '../../../src/netboot/tftp/wakefulness.ts'

/** A clock that goes on by one each time somebody looks. */
function steppingClock() {
  let looks = 0
  return { now: () => looks++, looks: () => looks }
}

describe('the event loop', () => {
  it('turns until the time that was said, and then sleeps', async () => {
    const clock = steppingClock()
    const loop = new WakefulLoop(clock.now)
    loop.stayAwakeUntil(5)
    while (loop.isAwake) await turn()
    await turn()
    expect(clock.looks()).toBe(6)
  })

  it('turns once for all who keep it awake, to the latest of their times', async () => {
    const clock = steppingClock()
    const loop = new WakefulLoop(clock.now)
    for (const until of [9, 3, 5]) loop.stayAwakeUntil(until)
    while (loop.isAwake) await turn()
    expect(clock.looks()).toBe(10)
  })

  it('can be kept awake again', async () => {
    const clock = steppingClock()
    const loop = new WakefulLoop(clock.now)
    loop.stayAwakeUntil(2)
    while (loop.isAwake) await turn()
    loop.stayAwakeUntil(7)
    expect(loop.isAwake).toBe(true)
    while (loop.isAwake) await turn()
    expect(clock.looks()).toBe(8)
  })

  it('sleeps for ten seconds when a turn was long: others need the processor', async () => {
    let now = 0
    const turns: number[] = []
    const loop = new WakefulLoop(() => {
      turns.push(now)
      // The third turn comes two milliseconds late.
      now += turns.length === 2 ? 2 : 0.01
      return turns.at(-1)!
    })
    loop.stayAwakeUntil(5)
    while (loop.isAwake) await turn()
    expect(turns).toEqual([0, 0.01, 2.01])
    loop.stayAwakeUntil(10_002)
    expect(loop.isAwake).toBe(false)
    loop.stayAwakeUntil(10_002.1)
    expect(loop.isAwake).toBe(true)
  })
})

describe('a client is awaited', () => {
  const awaited = () => {
    const until: number[] = []
    return { until, promptness: new Promptness((time) => until.push(time)) }
  }

  it('for a moment after what was sent to it, as long as it answers quickly', () => {
    const { until, promptness } = awaited()
    for (let window = 0; window < 5; window++) {
      promptness.sent(window)
      promptness.answered(window + 0.05)
    }
    expect(until.map((time, window) => time - window)).toEqual(Array(5).fill(expect.closeTo(0.15)))
  })

  it('no longer once its answers take longer than that, and again when they do not', () => {
    const { until, promptness } = awaited()
    const windows = (count: number, answerMs: number) => {
      const before = until.length
      for (let window = 0; window < count; window++) {
        promptness.sent(window)
        promptness.answered(window + answerMs)
      }
      return until.length - before
    }
    expect(windows(100, 0.5)).toBeLessThan(5)
    expect(windows(100, 0.05)).toBeGreaterThan(90)
  })

  it('once and no more when it went silent', () => {
    const { until, promptness } = awaited()
    promptness.sent(0)
    expect(until).toHaveLength(1)
  })
})
