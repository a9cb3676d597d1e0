// The figures of a day by minutes, and of five weeks by quarters of an hour. Bounded by construction: whatever the clock does, points outside
// of these spans are dropped. Pure: lines of text in and out.
import {
  FIGURE_NAMES,
  FIGURES,
  type FigureName,
  type FigureSeries,
  type FigureSpan,
  type Sample,
} from '../../contract/figures.ts'

interface Ring {
  readonly stepSeconds: number
  readonly most: number
}

const RINGS: Readonly<Record<FigureSpan, Ring>> = {
  day: { stepSeconds: 60, most: 24 * 60 },
  weeks: { stepSeconds: 900, most: 35 * 24 * 4 },
}

/** So many lines a file has after it was written anew. */
export const MOST_LINES = RINGS.day.most + RINGS.weeks.most

type Point = Partial<Record<FigureName, number>>

/** m: a minute. c: a minute that is in its quarter of an hour already. q: a quarter of an hour. The number: which since 1970. */
interface Line {
  readonly is: 'm' | 'c' | 'q'
  readonly n: number
  readonly v: Point
}

export class FigureHistory {
  readonly #points: Readonly<Record<FigureSpan, Map<number, Point>>> = { day: new Map(), weeks: new Map() }

  /** Lines that cannot be read are left out. A minute that was added is added once more: what it pushed out goes again. */
  static read(lines: Iterable<string>): FigureHistory {
    const history = new FigureHistory()
    for (const line of lines) {
      const read = parse(line)
      if (read?.is === 'm') history.#add(read.n, read.v)
      else if (read !== undefined) history.#put(read.is === 'c' ? 'day' : 'weeks', read.n, read.v)
    }
    return history
  }

  /** Gives the line that keeps it. */
  add(atMs: number, sample: Sample): string {
    const minute = Math.floor(atMs / 60_000)
    this.#add(minute, sample)
    return format({ is: 'm', n: minute, v: sample })
  }

  /** All of it, as short as it can be said, the newest last. */
  *lines(): Iterable<string> {
    for (const [n, v] of inOrder(this.#points.weeks)) yield format({ is: 'q', n, v })
    for (const [n, v] of inOrder(this.#points.day)) yield format({ is: 'c', n, v })
  }

  series(span: FigureSpan): FigureSeries {
    const { stepSeconds } = RINGS[span]
    const points = inOrder(this.#points[span])
    return {
      stepSeconds,
      at: points.map(([n]) => (n + 1) * stepSeconds),
      figures: Object.fromEntries(
        FIGURE_NAMES.map((name) => [name, points.map(([, point]) => point[name] ?? 0)]),
      ) as FigureSeries['figures'],
    }
  }

  #add(minute: number, point: Point): void {
    this.#put('day', minute, point)
    this.#put('weeks', quarterOf(minute), point)
    this.#prune('day', minute)
    this.#prune('weeks', quarterOf(minute))
  }

  #put(span: FigureSpan, n: number, point: Point): void {
    const points = this.#points[span]
    const known = points.get(n)
    points.set(n, known === undefined ? point : joined(known, point))
  }

  /** What is too old; and what is still to come, as after a clock was set back. */
  #prune(span: FigureSpan, now: number): void {
    const points = this.#points[span]
    for (const n of points.keys()) if (n > now || n <= now - RINGS[span].most) points.delete(n)
  }
}

const inOrder = (points: ReadonlyMap<number, Point>) => [...points].sort(([a], [b]) => a - b)
const quarterOf = (minute: number): number => Math.floor(minute / 15)

function joined(earlier: Point, later: Point): Point {
  return Object.fromEntries(
    FIGURE_NAMES.map((name) => [
      name,
      FIGURES[name] === 'sum' ? (earlier[name] ?? 0) + (later[name] ?? 0) : (later[name] ?? earlier[name] ?? 0),
    ]),
  )
}

/** Nothing is not written. */
function format({ is, n, v }: Line): string {
  const said = Object.fromEntries(FIGURE_NAMES.filter((name) => (v[name] ?? 0) !== 0).map((name) => [name, v[name]]))
  return `${JSON.stringify({ is, n, v: said })}\n`
}

function parse(text: string): Line | undefined {
  try {
    const { is, n, v } = JSON.parse(text) as Partial<Line>
    if ((is !== 'm' && is !== 'c' && is !== 'q') || !Number.isSafeInteger(n) || n! < 0 || typeof v !== 'object' || v === null)
      return undefined
    // What is not written is nothing, and that is a figure, too.
    const known = FIGURE_NAMES.map((name) => [name, Number.isFinite(v[name]) ? v[name] : 0] as const)
    return { is, n: n!, v: Object.fromEntries(known) }
  } catch {
    return undefined
  }
}
