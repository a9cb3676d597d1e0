// Secrets that people keep here for the steps of profiles: set once, never shown again, given to the step that names them. Pure.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { Name } from './values.ts'

export const SECRET_MAX_BYTES = 32 * 1024
/** Shorter ones could not be masked: they would be found in every line. */
export const SECRET_LEAST_CHARS = 6

/** Environments of programs hold no NUL. */
const Value = Type.String({ minLength: SECRET_LEAST_CHARS, maxLength: SECRET_MAX_BYTES, pattern: '^[^\\u0000]*$' })

export const NewSecret = NamedObject('NewSecret', { value: Value }, { additionalProperties: false })
export type NewSecret = Static<typeof NewSecret>

export const SecretView = NamedObject('SecretView', {
  name: Name,
  setAt: Type.String(),
  setBy: Type.String(),
  /** false: what is kept cannot be decrypted, since the identity of this appliance was replaced. Set it anew. */
  isReadable: Type.Boolean(),
})
export type SecretView = Static<typeof SecretView>

export const SecretList = NamedObject('SecretList', { secrets: Type.Array(SecretView) })

/** What a step's agent asks for, and gets. */
export const SecretsWish = NamedObject('SecretsWish', {
  leaseId: Type.String({ maxLength: 200 }),
  step: Type.Integer({ minimum: 0 }),
})
export const StepSecrets = NamedObject('StepSecrets', { secrets: Type.Record(Type.String(), Type.String()) })
export type StepSecrets = Static<typeof StepSecrets>

const LEFT_OUT = '•••'
/** Of a secret of several lines, each that is worth it. */
const linesOf = (secret: string): readonly string[] =>
  secret.split(/\r?\n/).filter((line) => line.trim().length >= SECRET_LEAST_CHARS)

/** As programs spell it: itself, line by line, inside JSON and addresses, in base64. The longest first: one may be a part of another. */
function spellings(secrets: Iterable<string>): readonly string[] {
  const forms = new Set<string>()
  for (const secret of secrets) {
    for (const part of [secret, ...linesOf(secret)]) {
      for (const form of [part, JSON.stringify(part).slice(1, -1), encodeURIComponent(part.toWellFormed())]) forms.add(form)
      const base64 = Buffer.from(part).toString('base64')
      for (const form of [base64, base64.replace(/=+$/, ''), Buffer.from(part).toString('base64url')]) forms.add(form)
    }
  }
  return [...forms].filter((form) => form.length >= SECRET_LEAST_CHARS).sort((a, b) => b.length - a.length)
}

/** Takes these secrets out of any text. */
export function maskOf(secrets: Iterable<string>): (text: string) => string {
  const forms = spellings(secrets)
  if (forms.length === 0) return (text) => text
  return (text) => {
    let left = text
    for (const form of forms) left = left.replaceAll(form, LEFT_OUT)
    return left
  }
}
