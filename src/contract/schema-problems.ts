// A schema's complaints as sentences for people, each with the path it is about: fewer and plainer than the checker's own. Pure.
import type { TSchema } from 'typebox'
import type { TLocalizedValidationError } from 'typebox/error'
import { Settings } from 'typebox/system'
import { Errors } from 'typebox/value'
import { nearest } from './nearest.ts'

/** The checker stops at 8 by itself; a choice between shapes alone makes as many. */
const MOST_COMPLAINTS = 512
Settings.Set({ maxErrors: MOST_COMPLAINTS })

export interface SchemaProblem {
  /** Keys and indexes from the top: ['format', 'partitions', 0, 'sizeMiB']. For an unknown key, the key itself is the last. */
  readonly path: readonly (string | number)[]
  readonly reason: string
}

type Complaint = TLocalizedValidationError

export function schemaProblems(schema: TSchema, value: unknown): readonly SchemaProblem[] {
  const complaints = Errors(schema, value)
  const choices = complaints.filter(({ keyword }) => keyword === 'anyOf')
  const inChoice = (complaint: Complaint) => choices.some((choice) => complaint !== choice && isInside(complaint, choice))
  return [
    ...complaints.filter((each) => each.keyword !== 'anyOf' && !inChoice(each)).flatMap((each) => describe(schema, each)),
    ...choices.filter((choice) => !inChoice(choice)).flatMap((choice) => describeChoice(schema, choice, complaints)),
  ]
}

/** The first thing that is wrong, found without looking any further: for what machines send, where nobody reads a list. */
export function firstProblem(schema: TSchema, value: unknown): SchemaProblem {
  Settings.Set({ maxErrors: 1 })
  try {
    const [first] = Errors(schema, value)
    return first === undefined
      ? { path: [], reason: 'it has the wrong shape' }
      : { path: pathOf(first.instancePath), reason: first.message }
  } finally {
    Settings.Set({ maxErrors: MOST_COMPLAINTS })
  }
}

function isInside(complaint: Complaint, choice: Complaint): boolean {
  return complaint.schemaPath.startsWith(`${choice.schemaPath}/anyOf/`) && complaint.instancePath.startsWith(choice.instancePath)
}

function describe(schema: TSchema, complaint: Complaint): readonly SchemaProblem[] {
  const path = pathOf(complaint.instancePath)
  switch (complaint.keyword) {
    // Said again, with the name of the key, by additionalProperties.
    case 'boolean':
      return []
    case 'additionalProperties':
      return complaint.params.additionalProperties.map((key) => ({
        path: [...path, key],
        reason: unknownKey(key, keysAt(schema, complaint.schemaPath)),
      }))
    case 'required':
      return complaint.params.requiredProperties.map((key) => ({ path, reason: `the key "${key}" is missing` }))
    case 'const':
      return [{ path, reason: `must be ${String(complaint.params.allowedValue)}` }]
    case 'format':
      return [{ path, reason: `must be a ${complaint.params.format}` }]
    default:
      return [{ path, reason: complaint.message }]
  }
}

/** One of several values: name them. One of several shapes: complain about the nearest, or name what tells them apart. */
function describeChoice(schema: TSchema, choice: Complaint, complaints: readonly Complaint[]): readonly SchemaProblem[] {
  const path = pathOf(choice.instancePath)
  const inside = complaints.filter((each) => each !== choice && isInside(each, choice))
  const values = inside.flatMap((each) => (each.keyword === 'const' ? [String(each.params.allowedValue)] : []))
  if (values.length === inside.length) return [{ path, reason: `must be one of ${values.join(', ')}` }]
  const variants = [...Map.groupBy(inside, (each) => each.schemaPath.slice(choice.schemaPath.length).split('/')[2]!).values()]
    .map((group) => group.flatMap((each) => (each.keyword === 'anyOf' ? [] : describe(schema, each))))
    .sort((a, b) => a.length - b.length)
  const [best, second] = variants
  if (best !== undefined && (second === undefined || best.length < second.length)) return best
  const marks = inside.flatMap((each) => (each.keyword === 'required' ? [each.params.requiredProperties[0]!] : []))
  return [{ path, reason: marks.length > 0 ? `needs one of the keys ${marks.join(', ')}` : choice.message }]
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known)
  return meant === undefined
    ? `unknown key "${key}"; known are ${known.join(', ')}`
    : `unknown key "${key}"; did you mean "${meant}"?`
}

/** The properties that the schema at this place has. */
function keysAt(schema: TSchema, schemaPath: string): readonly string[] {
  let place: unknown = schema
  for (const part of schemaPath.split('/').slice(1)) place = (place as Record<string, unknown> | undefined)?.[part]
  return Object.keys((place as { properties?: object } | undefined)?.properties ?? {})
}

function pathOf(pointer: string): readonly (string | number)[] {
  const parts = pointer.split('/').slice(1)
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))
}
