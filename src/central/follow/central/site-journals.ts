// What happened at sites, as they told it: in order, each once, whatever they send again. Touches the state.
import type { JournalEntry } from '../../../contract/central/follow.ts'
import type { History, RecordStore } from '../../../store/index.ts'
import type { JournalMark } from './site-record.ts'

export interface KeptEntry extends JournalEntry {
  /** SITE/JOURNAL/SEQ */
  readonly id: string
  readonly site: string
}

/** Shown of one site at most; older ones stay in the file. */
const SHOWN = 100
const LOOKED_AT = 2000

export class SiteJournals {
  readonly #marks: RecordStore<JournalMark>
  readonly #history: History<KeptEntry>
  /** One batch after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(marks: RecordStore<JournalMark>, history: History<KeptEntry>) {
    this.#marks = marks
    this.#history = history
  }

  /** Gives up to where the journal is kept; on disk when it answers. A gap is what a central lost that came back from a backup. */
  add(site: string, journal: string, entries: readonly JournalEntry[]): Promise<number> {
    const added = this.#turn.then(() => this.#addNow(site, journal, entries))
    this.#turn = added.catch(() => undefined)
    return added
  }

  /** Newest first. */
  async latest(site: string): Promise<readonly JournalEntry[]> {
    const all = await this.#history.latest(LOOKED_AT)
    return all
      .filter((entry) => entry.site === site)
      .slice(0, SHOWN)
      .map(({ id: _id, site: _site, ...entry }) => entry)
  }

  async #addNow(site: string, journal: string, entries: readonly JournalEntry[]): Promise<number> {
    const mark = this.#marks.get(site)
    let seq = mark?.journal === journal ? mark.seq : 0
    for (const entry of entries) {
      if (entry.seq <= seq) continue
      const id = `${site}/${journal}/${entry.seq}`
      // Kept before a crash that lost the mark.
      if (!this.#history.has(id)) await this.#history.add({ ...entry, id, site })
      seq = entry.seq
    }
    await this.#marks.put({ id: site, journal, seq })
    return seq
  }
}
