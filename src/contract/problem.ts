// How a refusal looks over HTTP: problem details (RFC 9457) with the code, message and hint that every failure has. Pure.
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { AppError, ERROR_CODES, type ErrorCode } from './errors.ts'
import { NamedObject } from './named.ts'

export const PROBLEM_TYPE = 'application/problem+json'

export const Problem = NamedObject('Problem', {
  /** urn:platen:problem:NODE_NOT_FOUND */
  type: Type.String(),
  /** The code in words: the same each time. */
  title: Type.String(),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  /** What happened this time, with the values: the message. */
  detail: Type.String(),
  code: Type.String(),
  message: Type.String(),
  /** What to do next. */
  hint: Type.String(),
})
export type Problem = Static<typeof Problem>

type Told = Pick<AppError, 'code' | 'message' | 'hint'>

export function problemOf({ code, message, hint }: Told, status: number = ERROR_CODES[code].status): Problem {
  return { type: problemTypeOf(code), title: titleOf(code), status, detail: message, code, message, hint }
}

export const problemTypeOf = (code: ErrorCode): string => `urn:platen:problem:${code}`

/** NODE_NOT_FOUND: Node not found */
export function titleOf(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return `${words[0]?.toUpperCase()}${words.slice(1)}`
}

/** By its code alone; what other versions leave out is made up for. */
const Readable = Type.Object({
  code: Type.String(),
  message: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  hint: Type.Optional(Type.String()),
})

/** The failure that a body tells of. undefined: it tells of none that this version knows. */
export function readProblem(body: unknown): AppError | undefined {
  if (!Value.Check(Readable, body) || !isErrorCode(body.code)) return undefined
  const { code, message, detail, hint = '' } = body
  return new AppError(code, message ?? detail ?? titleOf(code), hint)
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code)
