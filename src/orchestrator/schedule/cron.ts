// Cron expressions: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), in UTC. Pure.
// As cron(8) does it: when both days are restricted, either of them is enough.

export interface Cron {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
  readonly eitherDay: boolean
}

export type ParsedCron = { readonly kind: 'good'; readonly cron: Cron } | { readonly kind: 'bad'; readonly reason: string }

const FIELDS = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12 },
  { name: 'day of the week', from: 0, to: 7 },
] as const

/** Longer than from one 29 February to the next, even over a year like 2100. */
const LOOK_AHEAD_DAYS = 366 * 9
const MINUTE_MS = 60_000

export function parseCron(text: string): ParsedCron {
  const words = text.trim().split(/\s+/)
  if (words.length !== FIELDS.length) return { kind: 'bad', reason: `"${text}" has ${words.length} fields, not five` }
  const sets: Set<number>[] = []
  for (const [index, { name, from, to }] of FIELDS.entries()) {
    const set = parseField(words[index]!, from, to)
    if (set === undefined)
      return { kind: 'bad', reason: `"${words[index]}" is no ${name}: ${from} to ${to}, lists, ranges, steps, or *` }
    sets.push(set)
  }
  const [minutes, hours, days, months, weekdays] = sets as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>]
  if (weekdays.has(7)) weekdays.add(0)
  const eitherDay = !words[2]!.startsWith('*') && !words[4]!.startsWith('*')
  return { kind: 'good', cron: { minutes, hours, days, months, weekdays, eitherDay } }
}

/** The first minute after this instant; undefined: never (30 February). */
export function nextRun(cron: Cron, afterMs: number): number | undefined {
  const start = new Date(Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS)
  for (let day = 0; day <= LOOK_AHEAD_DAYS; day++) {
    const date = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate() + day))
    if (!isDay(cron, date)) continue
    for (const hour of sorted(cron.hours)) {
      for (const minute of sorted(cron.minutes)) {
        const at = date.getTime() + (hour * 60 + minute) * MINUTE_MS
        if (at >= start.getTime()) return at
      }
    }
  }
  return undefined
}

function isDay({ days, months, weekdays, eitherDay }: Cron, date: Date): boolean {
  if (!months.has(date.getUTCMonth() + 1)) return false
  const [isDate, isWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())]
  return eitherDay ? isDate || isWeekday : isDate && isWeekday
}

/** One field: 5, 1-5, 1,3,5, *, with a step after a slash. */
function parseField(word: string, from: number, to: number): Set<number> | undefined {
  const set = new Set<number>()
  for (const part of word.split(',')) {
    const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part)
    if (match === null) return undefined
    const [, low, high, step = '1'] = match
    const first = low === undefined ? from : Number(low)
    const last = high !== undefined ? Number(high) : low === undefined || match[3] !== undefined ? to : first
    if (first < from || last > to || first > last || Number(step) < 1) return undefined
    for (let value = first; value <= last; value += Number(step)) set.add(value)
  }
  return set
}

const sorted = (values: ReadonlySet<number>): readonly number[] => [...values].sort((a, b) => a - b)
