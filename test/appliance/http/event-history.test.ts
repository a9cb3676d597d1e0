// A reader of the events whose connection broke goes on where it was, or is told that it cannot.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EventHistory, type NumberedEvent } from '../../../src/appliance/http/event-history.ts'
import type { ApplianceEvent } from '../../../src/contract/events.ts'
import { Events } from '../../../src/store/index.ts'
import { LoopbackAppliance } from '../../fakes/loopback-appliance.ts'

const loaded = (name: string): ApplianceEvent => ({ type: 'profile.loaded', name, revision: 'r' })
const idOf = ({ text }: NumberedEvent) => /^id: (\S+)$/m.exec(text)?.[1]
const nameOf = ({ event }: NumberedEvent) => ('name' in event ? event.name : event.type)

function reading(history: EventHistory, lastId = '') {
  const seen: NumberedEvent[] = []
  return { ...history.readFrom(lastId, (event) => seen.push(event)), seen }
}

describe('the history', () => {
  it('gives a reader what it missed, in order, once, and then what comes', () => {
    const events = new Events()
    const history = new EventHistory(events)
    const first = reading(history)
    for (const name of ['a', 'b', 'c']) events.emit(loaded(name))
    first.end()
    events.emit(loaded('d'))
    const again = reading(history, idOf(first.seen[1]!))
    events.emit(loaded('e'))
    expect(again.isWhole).toBe(true)
    expect(again.seen.map(nameOf)).toEqual(['c', 'd', 'e'])
    expect(first.seen.map(nameOf)).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['of another run', () => '12345678-1'],
    ['of nothing', () => 'x'],
    ['of what has not been yet', (id: string) => id.replace(/-\d+$/, '-99')],
    ['of a number that is none', (id: string) => id.replace(/-\d+$/, '-1.5')],
  ])('says that it does not know the id %s', (_name, idFrom) => {
    const events = new Events()
    const history = new EventHistory(events)
    const reader = reading(history)
    events.emit(loaded('a'))
    const again = reading(history, idFrom(idOf(reader.seen[0]!)!))
    expect([again.isWhole, again.seen]).toEqual([false, []])
  })

  it('keeps ten thousand at least and twice as many at most', () => {
    const events = new Events()
    const history = new EventHistory(events)
    const reader = reading(history)
    for (let n = 1; n <= 25_000; n++) events.emit(loaded(String(n)))
    expect(reading(history, idOf(reader.seen[14_999]!)).seen.map(nameOf)).toEqual(
      Array.from({ length: 10_000 }, (_, n) => String(15_001 + n)),
    )
    expect(reading(history, idOf(reader.seen[4_000]!)).isWhole).toBe(false)
  })
})

describe('the stream', () => {
  let appliance: LoopbackAppliance
  beforeAll(async () => {
    appliance = await LoopbackAppliance.start()
  })
  afterAll(() => appliance[Symbol.asyncDispose]())

  /** Reads until so many events came. */
  async function read(query: string, count: number, lastId?: string) {
    const token = appliance.token()
    const response = await fetch(`${appliance.url}/api/v1/events${query}`, {
      headers: { authorization: `Bearer ${token}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
    })
    const begun = { response, text: '' }
    const all = (async () => {
      const decoder = new TextDecoder()
      for await (const piece of response.body!) {
        begun.text += decoder.decode(piece, { stream: true })
        const found = [...begun.text.matchAll(/^(?:id: (?<id>\S+)\n)?event: (?<type>\S+)\ndata: (?<data>.*)\n\n/gm)]
        if (found.length >= count) {
          return found.map(({ groups }) => ({ id: groups!.id, type: groups!.type, data: JSON.parse(groups!.data!) }))
        }
      }
      throw new Error(`the stream ended: ${begun.text}`)
    })()
    return { all }
  }

  it('resumes behind the last id, and tells only what was asked for', async () => {
    const all = await read('', 2)
    const onlyProfiles = await read('?types=profile.*', 2)
    await appliance.operator('POST', '/jobs', { kind: 'build', profile: 'tiny' })
    const [begun, first] = await all.all
    expect(begun).toMatchObject({ type: 'events.begun', id: expect.any(String) })
    expect(first).toMatchObject({ type: 'job.changed' })
    // While nobody listened.
    await appliance.operator('POST', '/profiles/tiny/check')
    const second = await appliance.post({ title: 'second' })
    const [missed] = await (await read('?types=job.changed', 1, first!.id)).all
    expect(missed).toMatchObject({ type: 'job.changed', data: { job: { id: second.id } } })
    const [ofJob] = await (await read(`?job=${second.id}`, 1, first!.id)).all
    expect(ofJob!.data.job.id).toBe(second.id)
    appliance.rooms.events.emit(loaded('other'))
    expect((await onlyProfiles.all)[1]!.type).toBe('profile.loaded')
  })

  it('says when what was missed is not known any more', async () => {
    const [event] = await (await read('', 1, 'elsewhere-7')).all
    expect(event).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-\d+$/),
      type: 'events.missed',
      data: { type: 'events.missed' },
    })
  })
})
