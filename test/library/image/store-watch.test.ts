// Scrubs by the clock, what outlives a restart, and who is told.
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApplianceEvent } from '../../../src/contract/events.ts'
import type { ScrubResult } from '../../../src/contract/image-care.ts'
import { StoreWatch } from '../../../src/library/image/store-watch.ts'
import { makeNotice } from '../../../src/orchestrator/notices/make-notice.ts'
import { Events } from '../../../src/store/events.ts'
import { SilentLog } from '../../fakes/silent-log.ts'
import { StateFolder } from '../../fakes/state-folder.ts'
import { TestClock } from '../../fakes/test-clock.ts'

const DAY_MS = 86_400_000
const WHOLE: ScrubResult = { checkedChunks: 3, damaged: [], hurt: [] }
const ROTTEN: ScrubResult = {
  checkedChunks: 3,
  damaged: [{ digest: 'a'.repeat(64), reason: 'rotten' }],
  hurt: [{ imageName: 'web', version: 2, chunks: 1, heldBy: ['node-7'] }],
}

let folder: StateFolder
let clock: TestClock
let log: SilentLog
let told: ApplianceEvent[]
let scrubs: number
let next: () => Promise<ScrubResult>
let space: { totalBytes: number; freeBytes: number }

beforeEach(() => {
  folder = new StateFolder()
  clock = new TestClock()
  log = new SilentLog()
  told = []
  scrubs = 0
  next = async () => WHOLE
  space = { totalBytes: 1000, freeBytes: 500 }
})
afterEach(() => folder[Symbol.dispose]())

async function watch(scrubDays = 7): Promise<StoreWatch> {
  const events = new Events()
  events.subscribe((event) => told.push(event))
  return StoreWatch.open({
    scrub: () => {
      scrubs++
      return next()
    },
    space: async () => space,
    clock,
    events,
    log,
    memoryPath: join(folder.path, 'scrub.json'),
    scrubDays,
    fullPercent: 90,
  })
}

describe('a scrub', () => {
  it('begins by itself when its days are over, counted from the last one, also after a restart', async () => {
    const first = await watch()
    await first.look()
    expect(scrubs).toBe(0)
    clock.advance(7 * DAY_MS)
    await first.look()
    await first.settled()
    expect(scrubs).toBe(1)

    clock.advance(6 * DAY_MS)
    const second = await watch()
    expect(second.status().last?.result).toEqual(WHOLE)
    await second.look()
    expect(scrubs).toBe(1)
    clock.advance(DAY_MS)
    await second.look()
    await second.settled()
    expect(scrubs).toBe(2)
  })

  it('never begins by itself with 0 days, and one at a time when asked', async () => {
    const watched = await watch(0)
    clock.advance(400 * DAY_MS)
    await watched.look()
    expect(scrubs).toBe(0)
    expect(watched.begin()).toMatchObject({ isRunning: true, checkedChunks: 0 })
    watched.begin()
    await watched.settled()
    expect(scrubs).toBe(1)
    expect(watched.status()).toMatchObject({ isRunning: false, last: { result: WHOLE } })
  })

  it('that finds rot tells people which versions it hurts and who holds them', async () => {
    next = async () => ROTTEN
    const watched = await watch()
    watched.begin()
    await watched.settled()
    expect(told).toEqual([{ type: 'store.damaged', result: ROTTEN }])
    const notice = makeNotice(told[0]!, 'n-1', '2026-01-02T03:04:05.000Z')
    expect(notice).toMatchObject({ event: 'store.damaged', subject: ROTTEN })
    expect(notice?.summary).toContain('web 2 (held by node-7)')
  })

  it('that fails is logged, and what the last one found stays', async () => {
    const watched = await watch()
    watched.begin()
    await watched.settled()
    next = async () => Promise.reject(new Error('the disk is gone'))
    watched.begin()
    await watched.settled()
    expect(log.complaints).toEqual(['the store could not be scrubbed'])
    expect(watched.status().last?.result).toEqual(WHOLE)
  })

  it('is ended when the appliance stops', async () => {
    const watched = await watch()
    let isAborted = false
    const { promise, reject } = Promise.withResolvers<ScrubResult>()
    next = () => promise
    watched.begin()
    const stopped = watched.stop().then(() => {
      isAborted = true
    })
    reject(new Error('aborted'))
    await stopped
    expect(isAborted).toBe(true)
    expect(log.complaints).toEqual([])
  })
})

it('tells once that the store is nearly full, and again after there was space', async () => {
  const watched = await watch()
  const lookWith = async (freeBytes: number) => {
    space = { totalBytes: 1000, freeBytes }
    await watched.look()
  }
  for (const freeBytes of [101, 100, 50, 500, 99]) await lookWith(freeBytes)
  expect(told.map((event) => (event.type === 'store.nearly-full' ? event.space.freeBytes : 0))).toEqual([100, 99])
  expect(makeNotice(told[0]!, 'n', '2026-01-02T03:04:05.000Z')?.summary).toContain('100 B of 1000 B left')
})
