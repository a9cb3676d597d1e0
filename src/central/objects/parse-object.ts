// The text of a file -> an object of central, or every mistake in it with its line. Pure.
import { type CentralObject, OBJECT_SCHEMAS, type ObjectKind } from '../../contract/central/objects.ts'
import { nearest } from '../../contract/nearest.ts'
import { type LineProblem, parseYaml } from '../../library/index.ts'
import { mistakesIn } from './mistakes.ts'

export type ParsedObject =
  | { readonly kind: 'good'; readonly object: CentralObject }
  | { readonly kind: 'bad'; readonly problems: readonly LineProblem[] }

const KINDS = Object.keys(OBJECT_SCHEMAS) as readonly ObjectKind[]
/** The first line that says the kind; YAML and JSON. */
const KIND_LINE = /^\s*\{?\s*["']?kind["']?\s*:\s*["']?([^"'\s,#]*)/

export function parseObject(text: string): ParsedObject {
  const lines = text.split(/\r?\n/)
  const at = lines.findIndex((line) => KIND_LINE.test(line))
  const said = KIND_LINE.exec(lines[at] ?? '')?.[1] ?? ''
  const kind = KINDS.find((each) => each === said)
  if (kind === undefined) return { kind: 'bad', problems: [unknownKind(said, at)] }
  const parsed = parseYaml(text, OBJECT_SCHEMAS[kind], (value) => mistakesIn(value as CentralObject))
  return parsed.kind === 'bad' ? parsed : { kind: 'good', object: parsed.value as CentralObject }
}

function unknownKind(said: string, at: number): LineProblem {
  if (said === '') return { line: 1, reason: `the key "kind" is missing: it is one of ${KINDS.join(', ')}` }
  const meant = nearest(said, KINDS)
  const hint = meant === undefined ? `it is one of ${KINDS.join(', ')}` : `did you mean ${meant}?`
  return { line: at + 1, reason: `kind: there is no kind "${said}"; ${hint}` }
}
