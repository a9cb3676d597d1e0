// The last events, numbered, so that a reader whose connection broke goes on where it was (Last-Event-ID, WHATWG HTML section 9.2.4).
import { randomUUID } from 'node:crypto'
import { type ApplianceEvent, EVENT_LIFE, type EventType } from '../../contract/events.ts'
import type { Events } from '../../store/index.ts'

const typesOf = (life: string): readonly EventType[] =>
  (Object.keys(EVENT_LIFE) as EventType[]).filter((type) => EVENT_LIFE[type] === life)
const KEPT = typesOf('kept')
const PASSING = typesOf('passing')
const MOST_KEPT = 10_000

type Reader = (event: NumberedEvent) => void

export class NumberedEvent {
  readonly event: ApplianceEvent
  /** Empty: it is not kept, nobody can go on behind it. */
  readonly #id: string
  #text: string | undefined

  constructor(event: ApplianceEvent, id: string) {
    this.event = event
    this.#id = id
  }

  /** As it goes out; made once for all readers, and only when there is one. */
  get text(): string {
    const numbered = this.#id === '' ? '' : `id: ${this.#id}\n`
    this.#text ??= `${numbered}event: ${this.event.type}\ndata: ${JSON.stringify(this.event)}\n\n`
    return this.#text
  }
}

export class EventHistory {
  readonly #events: Events
  /** Numbers of another run of the appliance mean nothing here. */
  readonly #run = randomUUID().slice(0, 8)
  readonly #kept: NumberedEvent[] = []
  readonly #readers = new Set<Reader>()
  #last = 0
  #endPassing = (): void => undefined

  constructor(events: Events) {
    this.#events = events
    events.subscribe((event) => this.#keep(event), KEPT)
  }

  /** Of the newest event. */
  get lastId(): string {
    return `${this.#run}-${this.#last}`
  }

  /** What came after the event with this id (empty: nothing), and from now on whatever comes. Not whole: some of it is not known any more, read the lists anew. */
  readFrom(lastId: string, reader: Reader): { readonly isWhole: boolean; readonly end: () => void } {
    const missed = lastId === '' ? [] : this.#after(lastId)
    for (const event of missed ?? []) reader(event)
    if (this.#readers.size === 0) {
      this.#endPassing = this.#events.subscribe((event) => this.#tell(new NumberedEvent(event, '')), PASSING)
    }
    this.#readers.add(reader)
    return { isWhole: missed !== undefined, end: () => this.#end(reader) }
  }

  #end(reader: Reader): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0) this.#endPassing()
  }

  #keep(event: ApplianceEvent): void {
    const numbered = new NumberedEvent(event, `${this.#run}-${++this.#last}`)
    this.#kept.push(numbered)
    // Not one by one: that would move ten thousand each time.
    if (this.#kept.length >= 2 * MOST_KEPT) this.#kept.splice(0, MOST_KEPT)
    this.#tell(numbered)
  }

  #tell(event: NumberedEvent): void {
    for (const reader of this.#readers) reader(event)
  }

  /** undefined: from another run, or too long ago. */
  #after(lastId: string): readonly NumberedEvent[] | undefined {
    const [run, number] = lastId.split('-')
    const at = Number(number)
    const first = this.#last - this.#kept.length
    if (run !== this.#run || !Number.isInteger(at) || at < first || at > this.#last) return undefined
    return this.#kept.slice(at - first)
  }
}
