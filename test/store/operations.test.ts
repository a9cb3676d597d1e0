// Long work of the appliance: how it is told, called off, and forgotten.
import { beforeEach, describe, expect, it } from 'vitest'
import type { ApplianceEvent } from '../../src/contract/events.ts'
import { Events, Operations } from '../../src/store/index.ts'
import { TestClock } from '../fakes/test-clock.ts'

let clock: TestClock
let told: ApplianceEvent[]
let operations: Operations
beforeEach(() => {
  clock = new TestClock()
  told = []
  const events = new Events()
  events.subscribe((event) => void told.push(event))
  operations = new Operations({ clock, events })
})

const scrub = { kind: 'store-scrub', title: 'every chunk' } as const
const until = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

describe('an operation', () => {
  it('gives what its work gives, and is told at its beginning and its end', async () => {
    const found = await operations.run({ ...scrub, total: 2 }, async ({ progress }) => {
      progress(2)
      return 'found'
    })
    expect(found).toBe('found')
    expect(operations.list()).toMatchObject([{ state: 'succeeded', done: 2, total: 2, endedAt: expect.any(String) }])
    expect(told.map((event) => ('operation' in event ? [event.type, event.operation.state] : []))).toEqual([
      ['operation.changed', 'running'],
      ['operation.progressed', 'running'],
      ['operation.changed', 'succeeded'],
    ])
  })

  it('says why it failed', async () => {
    await expect(operations.run(scrub, async () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk')
    expect(operations.list()).toMatchObject([{ state: 'failed', failure: 'no disk' }])
  })

  it('is called off once, and says so to whoever waits for it', async () => {
    const work = operations.run(scrub, ({ signal }) => until(signal))
    const [{ id } = { id: '' }] = operations.list()
    operations.cancel(id)
    await expect(work).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' })
    expect(operations.show(id).state).toBe('cancelled')
    expect(() => operations.cancel(id)).toThrowError(expect.objectContaining({ code: 'OPERATION_OVER' }))
    expect(() => operations.show('nobody')).toThrowError(expect.objectContaining({ code: 'OPERATION_NOT_FOUND' }))
  })

  it('is told at most once a second how far it is', async () => {
    await operations.run(scrub, async ({ progress }) => {
      for (let done = 1; done <= 30; done++) {
        progress(done)
        clock.advance(100)
      }
    })
    expect(told.filter(({ type }) => type === 'operation.progressed')).toHaveLength(3)
  })

  it('is listed while it runs, however many end', async () => {
    const stop = new AbortController()
    const running = operations.run({ ...scrub, title: 'long' }, () => until(stop.signal)).catch(() => undefined)
    for (let count = 0; count < 120; count++) await operations.run({ ...scrub, title: String(count) }, async () => undefined)
    const titles = operations.list().map(({ title }) => title)
    expect([titles.length, titles[0], titles[1]]).toEqual([101, 'long', '119'])
    stop.abort()
    await running
  })
})
