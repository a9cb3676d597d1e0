// Commands that list things: read, rows, and with --watch a line for each that changed, until the person has seen enough.
import type { OperatorApi } from './api.ts'
import type { OptionSpecs, Values } from './arguments.ts'
import { API_OPTIONS, apiOf, type Command, type CommandContext, defineCommand } from './command.ts'
import { table } from './table.ts'
import { lookWhenTold } from './watch.ts'

const WATCH_OPTION = {
  watch: {
    type: 'boolean',
    description: 'Then print each that changes, as it changes, until you end it; comes back after a lost connection.',
  },
} as const satisfies OptionSpecs

type ListOptions<S extends OptionSpecs> = S & typeof WATCH_OPTION & typeof API_OPTIONS

interface Listing<T, S extends OptionSpecs> {
  readonly name: string
  readonly summary: string
  /** Beside those of every list. */
  readonly options?: S
  read(api: OperatorApi, values: Values<ListOptions<S>>): Promise<readonly T[]>
  /** The first column names the thing. */
  readonly heading: readonly string[]
  readonly right?: readonly number[]
  /** The column that tells how long ago something was: another one does not make a thing another. */
  readonly agoColumn?: number
  row(one: T, now: number): readonly string[]
  /** What is printed when there is none. */
  readonly empty: string
  /** Events after which the list may be another: "job.*". */
  readonly changesWith: readonly string[]
}

export function defineList<T, const S extends OptionSpecs = Readonly<Record<string, never>>>(listing: Listing<T, S>): Command {
  const { name, summary, heading, right = [], empty, changesWith } = listing
  const options = { ...listing.options, ...WATCH_OPTION, ...API_OPTIONS } as ListOptions<S>
  return defineCommand({
    name,
    summary,
    words: [],
    options,

    async run(input, context) {
      const api = apiOf(input as { values: Values<typeof API_OPTIONS> }, context)
      const values = input.values as Values<ListOptions<S>>
      const { watch, json } = values as Values<typeof WATCH_OPTION & typeof API_OPTIONS>
      const first = await listing.read(api, values)
      if (json && !watch) return context.out.print(JSON.stringify(first, undefined, 2))
      if (first.length === 0) context.out.print(json ? '[]' : empty)
      else if (json) for (const one of first) context.out.print(JSON.stringify(one))
      else context.out.table([heading, ...first.map((one) => listing.row(one, Date.now()))], { right })
      if (!watch) return
      const seen = new Seen(listing, first)
      await lookWhenTold(api, changesWith, context, async () => {
        const { changed, gone } = seen.next(await listing.read(api, values))
        printChanges(context, listing, json ? changed.map((one) => JSON.stringify(one)) : linesOf(listing, seen, changed), gone)
      })
    },
  })
}

/** What was printed of each, by its name. */
class Seen<T> {
  readonly #listing: Pick<Listing<T, OptionSpecs>, 'row' | 'agoColumn'>
  #rows = new Map<string, string>()
  /** Of the widest list so far: lines that come one by one stand under each other. */
  widths: readonly string[] = []

  constructor(listing: Pick<Listing<T, OptionSpecs>, 'row' | 'agoColumn'>, first: readonly T[]) {
    this.#listing = listing
    this.next(first)
  }

  next(list: readonly T[]): { readonly changed: readonly T[]; readonly gone: readonly string[] } {
    const before = this.#rows
    const rows = list.map((one) => this.#listing.row(one, 0))
    this.#rows = new Map(rows.map((row) => [row[0]!, this.#markOf(row)]))
    this.widths = rows.reduce<readonly string[]>((widest, row) => row.map((cell, at) => longer(cell, widest[at])), this.widths)
    const changed = list.filter((_, at) => before.get(rows[at]![0]!) !== this.#rows.get(rows[at]![0]!))
    return { changed, gone: [...before.keys()].filter((name) => !this.#rows.has(name)) }
  }

  #markOf(row: readonly string[]): string {
    return JSON.stringify(row.filter((_, at) => at !== this.#listing.agoColumn))
  }
}

const longer = (one: string, other = ''): string => (one.length > other.length ? one : other)

/** Without the heading, which stands above them already; as wide as it is. */
function linesOf<T>({ row, right = [], heading }: Listing<T, OptionSpecs>, { widths }: Seen<T>, changed: readonly T[]) {
  const rows = changed.map((one) => row(one, Date.now()))
  return table([heading, widths, ...rows], { right })
    .split('\n')
    .slice(2)
}

function printChanges(
  { out }: CommandContext,
  { name }: { name: string },
  lines: readonly string[],
  gone: readonly string[],
): void {
  for (const line of lines) out.print(line)
  for (const one of gone) out.printError(`${one} is not in ${name} any more`)
}
