// Requests to one route that are odd in every part: path, query, headers, body. Made from the description of the API, the same for a seed.
import fc from 'fast-check'
import type { Route } from '../../src/contract/routes.ts'

/** An operation of the API description, with schemas in place. */
export interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> }
}

export interface OddRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload?: Buffer
}

/** Names that lead to something: `:node` to a node that there is. */
export type RealNames = Readonly<Record<string, string>>

const ODD_TEXTS = [
  '',
  ' ',
  '.',
  '..',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '%00',
  '%ff%fe',
  '%',
  '%zz',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  '-1',
  '0',
  '1e309',
  '9007199254740993',
  'NaN',
  'null',
  '[object Object]',
  'a%0ab',
  '%F0%9F%92%BE',
  '%ED%A0%80',
  "x';--",
  '{{7*7}}',
  'x'.repeat(300),
  'x'.repeat(8000),
  '00000000-0000-0000-0000-000000000000',
]
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  2 ** 53,
  1e308,
  '',
  'x',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  'x'.repeat(5000),
  '2026-02-31T25:61:00Z',
  '0'.repeat(64),
  [],
  [null],
  [[]],
  Array.from({ length: 3000 }, () => 0),
  {},
  { length: 1e9 },
  JSON.parse('{"__proto__":{"isAdmin":true}}'),
  { constructor: { prototype: { x: 1 } } },
  { toString: 1, valueOf: null },
]
/** Bodies that are no JSON value of ours, as bytes. */
const ODD_BODIES: readonly Buffer[] = [
  'null',
  '[]',
  '0',
  '-0',
  '1e400',
  '"text"',
  'true',
  '',
  ' ',
  '{',
  '{}',
  '{"a":1,"a":2}',
  '[[[[',
  '['.repeat(5000) + ']'.repeat(5000),
  `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
  `"${'x'.repeat(12_000)}"`,
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '\ufeff{}',
  '<xml/>',
  'a=1&b=2',
]
  .map((text) => Buffer.from(text))
  .concat([
    Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
    Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0]),
    Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]),
    Buffer.alloc(9000),
  ])
const ODD_TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/json;;;',
  'text/plain',
  'text/html',
  'application/xml',
  'application/zstd',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/vnd.platen.chunks',
  'image/png',
  '*/*',
  'x',
  '/',
]
const ODD_HEADERS: readonly (readonly [string, string])[] = [
  ['range', 'bytes=9-1'],
  ['range', 'bytes=-9999999999999999999'],
  ['range', 'bytes=0-,1-,2-'],
  ['if-range', '"x'],
  ['accept', 'image/*;q=x'],
  ['accept-encoding', 'br, gzip;q=0, zstd'],
  ['content-encoding', 'gzip'],
  ['cookie', '=; a=%ff; __Host-x'],
  ['origin', 'null'],
  ['x-forwarded-for', '0.0.0.0, ::, x'],
  ['if-none-match', '*'],
  ['last-event-id', '\u00ff'],
]

const odd = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

export function oddRequests(route: Route, operation: Operation | undefined, real: RealNames): fc.Arbitrary<OddRequest> {
  const query = operation?.parameters?.filter((each) => each.in === 'query').map(({ name }) => name) ?? []
  return fc
    .record({
      path: pathOf(route, real),
      query: queryOf(query, real),
      headers: headersOf(),
      body: bodyOf(route, operation, real),
    })
    .map(({ path, query, headers, body }) => ({
      method: route.method,
      url: `${path}${query}`,
      headers: { ...headers, ...body?.headers },
      ...(body === undefined ? {} : { payload: body.bytes }),
    }))
}

function pathOf({ path }: Route, real: RealNames): fc.Arbitrary<string> {
  const names = [...path.matchAll(/:\w+|\*$/g)].map(([name]) => name)
  const one = (name: string) =>
    fc.oneof({ weight: 5, arbitrary: fc.constant(encodeURIComponent(real[name] ?? 'x')) }, odd(ODD_TEXTS))
  return fc.tuple(...names.map(one)).map((parts) => {
    let at = 0
    return path.replaceAll(/:\w+|\*$/g, () => parts[at++]!)
  })
}

function queryOf(names: readonly string[], real: RealNames): fc.Arbitrary<string> {
  const some = odd([...names, ...names, 'x', '__proto__', 'a[b]'])
  const pair = some.chain((name) =>
    fc.oneof(fc.constant(encodeURIComponent(real[name] ?? '1')), odd(ODD_TEXTS)).map((value) => `${name}=${value}`),
  )
  return fc
    .oneof(
      // What must be there is, mostly: else nothing behind it is ever asked.
      { weight: 4, arbitrary: fc.constant(names.flatMap((name) => (name in real ? [`${name}=${real[name]}`] : [])).join('&')) },
      fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.join('&')),
      odd(['?', '&&&', '=', '%', '%00=%ff', 'x'.repeat(9000)]),
    )
    .map((text) => (text === '' ? '' : `?${text}`))
}

const headersOf = (): fc.Arbitrary<Record<string, string>> =>
  fc.array(odd(ODD_HEADERS), { maxLength: 2 }).map((pairs) => Object.fromEntries(pairs))

interface Body {
  readonly bytes: Buffer
  readonly headers: Readonly<Record<string, string>>
}

function bodyOf({ method, takes }: Route, operation: Operation | undefined, real: RealNames): fc.Arbitrary<Body | undefined> {
  if (method === 'GET') return fc.constant(undefined)
  const example = operation?.requestBody?.content['application/json']?.example
  const right = takes ?? 'application/json'
  const type = fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, odd(ODD_TYPES))
  const bytes = fc.oneof(
    odd(ODD_BODIES),
    fc.uint8Array({ maxLength: 64 }).map((raw) => Buffer.from(raw)),
    ...(example === undefined ? [] : [{ weight: 6, arbitrary: changed(withNames(example, real)) }]),
  )
  return fc.oneof(
    { weight: 12, arbitrary: fc.record({ bytes, headers: type.map((value) => ({ 'content-type': value })) }) },
    fc.record({ bytes, headers: fc.constant({}) }),
    fc.constant(undefined),
  )
}

/** The example with one to three places in it changed, taken away or added. */
function changed(example: unknown): fc.Arbitrary<Buffer> {
  const change = fc.record({ place: fc.nat(), value: odd(ODD_VALUES), how: odd(['set', 'set', 'set', 'remove', 'add', 'twice']) })
  return fc.array(change, { maxLength: 3 }).map((changes) => {
    const value = { whole: structuredClone(example) }
    for (const each of changes) apply(value, each.place, structuredClone(each.value), each.how)
    return Buffer.from(JSON.stringify(value.whole) ?? '')
  })
}

type Holder = Record<string, unknown>

function apply(value: { whole: unknown }, place: number, odd: unknown, how: string): void {
  const places = placesIn(value as Holder)
  // Everything was taken away already.
  if (places.length === 0) return
  const [holder, key] = places[place % places.length]!
  if (how === 'remove') delete holder[key]
  else if (how === 'add') holder[`${key}x`] = odd
  else if (how === 'twice') holder[key] = [holder[key], structuredClone(holder[key])]
  else holder[key] = odd
}

function placesIn(holder: Holder): readonly (readonly [Holder, string])[] {
  return Object.keys(holder).flatMap((key) => {
    const inner = holder[key]
    const below = typeof inner === 'object' && inner !== null ? placesIn(inner as Holder) : []
    return [[holder, key] as const, ...below]
  })
}

/** Fields of the example that are called as something real is. */
function withNames(example: unknown, real: RealNames): unknown {
  return JSON.parse(JSON.stringify(example), (key, value) => (typeof value === 'string' && key in real ? real[key] : value))
}
