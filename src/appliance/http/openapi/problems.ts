// What a route refuses with, in the API description: for each status the problems that it may be, each a schema with its code. Pure.
import { ERROR_CODES, type ErrorCode } from '../../../contract/errors.ts'
import { PROBLEM_TYPE, Problem, problemOf, problemTypeOf, titleOf } from '../../../contract/problem.ts'
import type { Components, Json } from './references.ts'

/** By status. */
export function problemResponses(codes: readonly ErrorCode[], components: Components): Record<string, Json> {
  const byStatus = Map.groupBy(codes, (code) => ERROR_CODES[code].status)
  const statuses = [...byStatus].sort(([a], [b]) => a - b)
  return Object.fromEntries(statuses.map(([status, ofStatus]) => [String(status), responseOf(ofStatus, components)]))
}

function responseOf(codes: readonly ErrorCode[], components: Components): Json {
  const schemas = codes.map((code) => referenceTo(code, components))
  const mapping = Object.fromEntries(codes.map((code, at) => [code, schemas[at]!.$ref]))
  const schema = schemas.length === 1 ? schemas[0] : { oneOf: schemas, discriminator: { propertyName: 'code', mapping } }
  const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]))
  return { description: codes.map((code) => titleOf(code)).join('; '), content: { [PROBLEM_TYPE]: { schema, examples } } }
}

function referenceTo(code: ErrorCode, components: Components): { readonly $ref: string } {
  const name = schemaNameOf(code)
  const { status } = ERROR_CODES[code]
  const fixed = { type: problemTypeOf(code), title: titleOf(code), status, code }
  const properties = Object.fromEntries(Object.entries(fixed).map(([key, value]) => [key, { const: value }]))
  components.add(name, { allOf: [components.refer(Problem), { type: 'object', required: ['code'], properties }] })
  return { $ref: `#/components/schemas/${name}` }
}

/** NODE_NOT_FOUND: NodeNotFoundProblem */
export function schemaNameOf(code: ErrorCode): string {
  const words = code.toLowerCase().split('_')
  return `${words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('')}Problem`
}

/** One for each code. */
export function problemExamples(codes: readonly ErrorCode[]): Json {
  const hint = `See docs/errors.md for what to do.`
  return Object.fromEntries(
    codes.toSorted().map((code) => [code, { summary: titleOf(code), value: problemOf({ code, message: titleOf(code), hint }) }]),
  )
}
