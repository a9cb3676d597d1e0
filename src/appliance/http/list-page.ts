// One page of a list: filter, sort, cut, thin out. Pure.
import { AppError } from '../../contract/errors.ts'
import type { ListQuery, ListRow } from '../../contract/lists.ts'
import { valueAt } from './value-at.ts'

type Item = Readonly<Record<string, unknown>>

export interface Page {
  readonly items: readonly Item[]
  /** As filtered. */
  readonly total: number
  /** Asks for the next page. Left out: there is none. */
  readonly next?: string
}

/** Where a page ended: found again by its key, and when that item is gone by what it was sorted by, or by its place. */
interface Mark {
  /** sort and filter, which must be the same on the next page. */
  readonly of: string
  readonly key: string
  readonly sorted: readonly Value[]
  readonly place: number
}

type Value = string | number

/** Throws REQUEST_INVALID when the query names what the list has not, or a mark of another list. */
export function pageOf(all: readonly Item[], query: ListQuery, row: ListRow): Page {
  const orders = ordersOf(query.sort, row)
  const kept = filtered(all, query.filter, row)
  const sorted = orders.length === 0 ? kept : [...kept].sort((one, other) => compare(one, other, orders, row))
  const of = `${query.sort ?? ''}\n${query.filter ?? ''}`
  const begin = query.after === undefined ? 0 : placeAfter(sorted, markIn(query.after, of), orders, row)
  const end = query.limit === undefined ? sorted.length : begin + query.limit
  const cut = sorted.slice(begin, end)
  const last = cut.at(-1)
  const items = query.fields === undefined ? cut : cut.map((item) => thinned(item, namesIn(query.fields!)))
  if (last === undefined || end >= sorted.length) return { items, total: sorted.length }
  const mark: Mark = { of, key: textAt(last, row.key), sorted: orders.map(({ path }) => sortValueOf(last, path)), place: end }
  return { items, total: sorted.length, next: Buffer.from(JSON.stringify(mark)).toString('base64url') }
}

interface Order {
  readonly path: string
  readonly sign: 1 | -1
}

function ordersOf(sort: string | undefined, { by, key }: ListRow): readonly Order[] {
  if (sort === undefined) return []
  return namesIn(sort).map((name) => {
    const path = name.replace(/^-/, '')
    if (path !== key && !by.includes(path)) throw unknown('sorted', path, by)
    return { path, sign: name.startsWith('-') ? -1 : 1 }
  })
}

/** By the key at the end, so that no two items are equal. */
function compare(one: Item, other: Item, orders: readonly Order[], { key }: ListRow): number {
  for (const { path, sign } of orders) {
    const difference = compareValues(sortValueOf(one, path), sortValueOf(other, path))
    if (difference !== 0) return sign * difference
  }
  return compareValues(textAt(one, key), textAt(other, key))
}

/** Numbers in text by their size: n2 before n10. */
const collator = new Intl.Collator('en', { numeric: true })

function compareValues(one: Value, other: Value): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return collator.compare(String(one), String(other)) || (String(one) < String(other) ? -1 : Number(one !== other))
}

function placeAfter(sorted: readonly Item[], mark: Mark, orders: readonly Order[], row: ListRow): number {
  const found = sorted.findIndex((item) => textAt(item, row.key) === mark.key)
  if (orders.length === 0) return found === -1 ? Math.min(mark.place, sorted.length) : found + 1
  // Whatever changed meanwhile: all that comes after where the page ended.
  const isAfter = (item: Item): boolean => {
    for (const [at, { path, sign }] of orders.entries()) {
      const difference = compareValues(sortValueOf(item, path), mark.sorted[at] ?? '')
      if (difference !== 0) return sign * difference > 0
    }
    return compareValues(textAt(item, row.key), mark.key) > 0
  }
  const first = sorted.findIndex(isAfter)
  return first === -1 ? sorted.length : first
}

function markIn(text: string, of: string): Mark {
  const mark = parsed(text)
  if (mark !== undefined && mark.of === of) return mark
  const hint = 'Take `next` of the page before as it is, with the same sort and filter; or begin anew without `after`.'
  throw new AppError('REQUEST_INVALID', 'after: it is not from a page of this list', hint)
}

function parsed(text: string): Mark | undefined {
  try {
    const { of, key, sorted, place } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Mark>
    const isWhole =
      typeof of === 'string' && typeof key === 'string' && Array.isArray(sorted) && Number.isSafeInteger(place) && place! >= 0
    return isWhole
      ? { of, key, sorted: sorted.map((value) => (typeof value === 'number' ? value : String(value))), place: place! }
      : undefined
  } catch {
    return undefined
  }
}

/** state=approved|held;location=room 2*;name!=spare */
function filtered(all: readonly Item[], filter: string | undefined, { by, key }: ListRow): readonly Item[] {
  if (filter === undefined) return all
  const parts = filter
    .split(';')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [, path = '', not = '', wanted = ''] = /^\s*([\w.]+)\s*(!?)=(.*)$/s.exec(part) ?? []
      if (path !== key && !by.includes(path)) throw unknown('filtered', path === '' ? part : path, by)
      const patterns = wanted.split('|').map((pattern) => pattern.trim())
      return { path, isNot: not === '!', patterns }
    })
  return all.filter((item) =>
    parts.every(({ path, isNot, patterns }) => patterns.some((pattern) => hasAt(item, path, pattern)) !== isNot),
  )
}

function hasAt(item: Item, path: string, pattern: string): boolean {
  const value = valueAt(item, path)
  const texts = Array.isArray(value) ? value.map(String) : [textOf(value)]
  const isBeginning = pattern.endsWith('*')
  return (
    texts.some((text) => (isBeginning ? text.startsWith(pattern.slice(0, -1)) : text === pattern)) ||
    (texts.length === 0 && pattern === '')
  )
}

/** Of a path that is not there: nothing. */
function thinned(item: Item, paths: readonly string[]): Item {
  const thin: Record<string, unknown> = {}
  for (const path of paths) {
    const value = valueAt(item, path)
    if (value === undefined) continue
    const names = path.split('.')
    let into = thin
    for (const name of names.slice(0, -1)) {
      if (!Object.hasOwn(into, name)) into[name] = {}
      into = into[name] as Record<string, unknown>
    }
    into[names.at(-1)!] = value
  }
  return thin
}

const textOf = (value: unknown): string => (value === undefined || value === null ? '' : String(value))
const textAt = (item: Item, path: string): string => textOf(valueAt(item, path))

function sortValueOf(item: Item, path: string): Value {
  const value = valueAt(item, path)
  return typeof value === 'number' ? value : textOf(value)
}

/** __proto__ is nobody's field. */
const namesIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.split('.').includes('__proto__'))

function unknown(how: string, what: string, by: readonly string[]): AppError {
  return new AppError('REQUEST_INVALID', `this list is not ${how} by ${what}`, `Take one of these: ${by.join(', ')}.`)
}
