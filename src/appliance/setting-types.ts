// The kinds of values that settings have, each with its description, default and example. Pure.
import { Type } from 'typebox'

/** Keys that are not listed are mistakes. */
export const strict = { additionalProperties: false }

export const port = (fallback: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 65_535, default: fallback, description, examples: [fallback] })

export const seconds = (fallback: number, minimum: number, description: string) =>
  Type.Integer({ minimum, maximum: 30 * 86_400, default: fallback, unit: 'seconds', description, examples: [fallback] })

export const count = (fallback: number, minimum: number, maximum: number, description: string, unit?: string) =>
  Type.Integer({
    minimum,
    maximum,
    default: fallback,
    description,
    examples: [fallback],
    ...(unit === undefined ? {} : { unit }),
  })

export const flag = (fallback: boolean, description: string) =>
  Type.Boolean({ default: fallback, description, examples: [!fallback] })

export const ipv4 = (description: string, example: string) => Type.String({ format: 'ipv4', description, examples: [example] })

export const addresses = (description: string) =>
  Type.Array(Type.String({ format: 'ipv4' }), { description, examples: [['10.77.0.1']], maxItems: 8 })

export const names = (description: string, example: readonly string[]) =>
  Type.Array(Type.String({ pattern: '^[A-Za-z0-9*]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$' }), {
    wants: 'a list of names of hosts',
    description,
    examples: [[...example]],
    maxItems: 32,
  })

export const text = (description: string, example: string, fallback?: string) =>
  Type.String({ minLength: 1, description, examples: [example], ...(fallback === undefined ? {} : { default: fallback }) })

/** wants: what it must look like, in words. */
export const patterned = (pattern: string, wants: string, description: string, example: string) =>
  Type.String({ pattern, wants, description, examples: [example] })

/** Without a fallback it has to be said, or may be left out where it is optional. */
export const oneOf = <T extends string>(values: readonly T[], fallback: T | undefined, description: string) =>
  Type.Unsafe<T>(
    Type.Enum([...values], {
      description,
      examples: [fallback ?? values[0]],
      ...(fallback === undefined ? {} : { default: fallback }),
    }),
  )

export const OwnUserSetting = Type.Optional(
  text(
    'Who the appliance is when root starts it. Left out: who the data folder belongs to, else the account platen. root: it stays root.',
    'platen',
  ),
)
