// A value that a schema takes, made of the samples: what the API description shows as an example. Pure.
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { INSTANT_SAMPLE, KEY_SAMPLES, SCHEMA_SAMPLES, UUID_SAMPLE } from './samples.ts'

/** No sample fits a part of the schema. */
export class NoSample extends Error {}

/** As much of JSON Schema as the contract uses. */
interface Shape {
  readonly $id?: string
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly Shape[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly format?: string
  readonly default?: unknown
  readonly minimum?: number
}

/** With all that must be there, and of the rest what there is a sample of. Throws NoSample when none fits, for instance a text with a pattern. */
export function exampleOf(schema: TSchema, key = ''): unknown {
  const shape = schema as Shape
  const whole = shape.$id === undefined ? undefined : SCHEMA_SAMPLES[shape.$id]
  const sample = [whole, ...(KEY_SAMPLES[key] ?? [])].find((value) => value !== undefined && Value.Check(schema, value))
  const value = sample ?? made(shape, key)
  if (Value.Check(schema, value)) return value
  throw new NoSample(`no sample fits ${key} ${JSON.stringify(schema)}: ${JSON.stringify(value)}`)
}

function made(shape: Shape, key: string): unknown {
  if (shape.const !== undefined) return shape.const
  if (shape.default !== undefined) return shape.default
  if (shape.anyOf !== undefined) return exampleOf(bestOf(shape.anyOf), key)
  switch (shape.type) {
    case 'object':
      return objectOf(shape)
    case 'array':
      return shape.items === undefined ? [] : [exampleOf(shape.items, key)]
    case 'string':
      return textOf(shape, key)
    case 'integer':
    case 'number':
      return shape.minimum ?? 1
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return {}
  }
}

/** What says most: false and null stand beside something that is worth showing. */
function bestOf(shapes: readonly Shape[]): TSchema {
  const [first = {}] = shapes
  return (shapes.find(({ const: fixed, type }) => fixed !== false && type !== 'null') ?? first) as TSchema
}

function objectOf({ properties = {}, required = [] }: Shape): Record<string, unknown> {
  const shown = Object.entries(properties).filter(([key, shape]) => required.includes(key) || hasSample(key, shape))
  return Object.fromEntries(shown.map(([key, shape]) => [key, exampleOf(shape as TSchema, key)]))
}

function hasSample(key: string, shape: Shape): boolean {
  return (KEY_SAMPLES[key] ?? []).some((value) => Value.Check(shape as TSchema, value))
}

function textOf({ format }: Shape, key: string): string {
  if (format === 'date-time') return INSTANT_SAMPLE
  return format === 'uuid' ? UUID_SAMPLE : key
}
