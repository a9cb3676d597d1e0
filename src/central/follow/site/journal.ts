// What happens at a site, kept until central has it: numbered from 1 without a gap, in order, over restarts and months without a line.
import { randomUUID } from 'node:crypto'
import type { JournalEntry } from '../../../contract/central/follow.ts'
import type { ApplianceEvent } from '../../../contract/events.ts'
import { type Clock, instantOf, type Log, type RecordStore } from '../../../store/index.ts'

export type JournalRecord =
  | { readonly id: 'mark'; readonly journal: string; readonly seq: number }
  | (JournalEntry & { readonly id: string })

interface JournalDeps {
  readonly store: RecordStore<JournalRecord>
  readonly clock: Clock
  readonly log: Log
}

/** A year of a large site. Beyond it the oldest go: what happens now is worth more. */
const MOST_ENTRIES = 200_000
const MOST_ENDED = 10_000

export class Journal {
  readonly #deps: JournalDeps
  readonly #journal: string
  readonly #entries = new Map<number, string>()
  readonly #ended = new Set<string>()
  #seq: number

  constructor(deps: JournalDeps) {
    this.#deps = deps
    const mark = deps.store.get('mark')
    this.#journal = mark !== undefined && 'journal' in mark ? mark.journal : randomUUID()
    const seqs = [...deps.store.values()].flatMap((record) => ('journal' in record ? [] : record.seq))
    for (const seq of seqs.sort((a, b) => a - b)) this.#entries.set(seq, idOf(seq))
    this.#seq = Math.max(mark !== undefined && 'journal' in mark ? mark.seq : 0, ...this.#entries.keys(), 0)
  }

  /** Which journal this is: an appliance that was made anew begins another. */
  get journal(): string {
    return this.#journal
  }

  get length(): number {
    return this.#entries.size
  }

  /** From an event of the appliance; most of them are nothing that central keeps. */
  note(event: ApplianceEvent): void {
    const told = tellingOf(event)
    if (told === undefined) return
    if (event.type === 'job.changed' && !this.#isFirstEnd(event.job.id)) return
    this.add(told.what, told.about, told.detail)
  }

  add(what: string, about: string, detail?: string): void {
    const { store, clock, log } = this.#deps
    const seq = ++this.#seq
    const told = { what, about: about.slice(0, 300), ...(detail === undefined ? {} : { detail: detail.slice(0, 2000) }) }
    const entry = { id: idOf(seq), seq, at: instantOf(clock.now()), ...told }
    this.#entries.set(seq, entry.id)
    // Numbers are given once: the mark is written with the entry.
    store
      .write([{ put: entry }, { put: { id: 'mark', journal: this.#journal, seq } }])
      .catch((error: unknown) => log.error({ err: error }, 'what happened could not be kept for central'))
    if (this.#entries.size > MOST_ENTRIES) void this.acknowledged(this.#entries.keys().next().value!)
  }

  /** The oldest that central does not have. */
  next(count: number): readonly JournalEntry[] {
    const found: JournalEntry[] = []
    for (const id of this.#entries.values()) {
      if (found.length === count) break
      const record = this.#deps.store.get(id)
      if (record === undefined || 'journal' in record) continue
      const { id: _id, ...entry } = record
      found.push(entry)
    }
    return found
  }

  /** Central keeps all up to this one. */
  async acknowledged(seq: number): Promise<void> {
    const gone = [...this.#entries].filter(([each]) => each <= seq)
    for (const [each] of gone) this.#entries.delete(each)
    if (gone.length > 0) await this.#deps.store.write(gone.map(([, id]) => ({ remove: id })))
  }

  #isFirstEnd(jobId: string): boolean {
    if (this.#ended.has(jobId)) return false
    if (this.#ended.size >= MOST_ENDED) this.#ended.delete(this.#ended.values().next().value!)
    this.#ended.add(jobId)
    return true
  }
}

interface Telling {
  readonly what: string
  readonly about: string
  readonly detail?: string
}

/** undefined: central does not keep it. */
function tellingOf(event: ApplianceEvent): Telling | undefined {
  switch (event.type) {
    case 'node.enrolled':
      return { what: event.type, about: event.node.name }
    case 'node.held':
    case 'node.drifted':
    case 'node.doubtful':
      return { what: event.type, about: event.node.name, detail: event.reason }
    case 'job.changed': {
      const { id, state, request, nodeName, failure } = event.job
      if (state === 'queued' || state === 'running') return undefined
      const node = nodeName === undefined ? '' : ` on ${nodeName}`
      const why = failure === undefined ? {} : { detail: `${failure.code}: ${failure.message}` }
      return { what: `job.${state}`, about: `${request.kind}${node} (${id})`, ...why }
    }
    case 'store.damaged':
    case 'store.nearly-full':
      return { what: event.type, about: 'the store of chunks' }
    case 'profile.refused':
      return { what: event.type, about: event.name, detail: event.reason }
    case 'profile.loaded':
      return { what: event.type, about: event.name, detail: event.revision }
    case 'package.added':
    case 'package.removed':
      return { what: event.type, about: `${event.name} ${event.version}` }
    default:
      return undefined
  }
}

const idOf = (seq: number): string => String(seq).padStart(12, '0')
